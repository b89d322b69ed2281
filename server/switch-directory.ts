// What a FreeSWITCH may ask of us, out of what the operator has set.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { contains, networksOf } from '../telephony/trunk/origin.ts'
import type { Trunk } from '../telephony/trunk/trunk.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { isOwnAddress } from './process/freeswitch.ts'
import { ha1, REALM } from './process/switch-file.ts'
import { readTrunks } from './site-trunks.ts'
import type { Repositories } from './store/index.ts'
import type { DirectoryPhone, DirectoryTrunk } from './web/directory-xml.ts'
import type { SwitchDirectory } from './web/switch-directory.ts'

export interface SwitchDirectoryDeps {
  readonly config: Config
  readonly repositories: Pick<Repositories, 'agents' | 'trunks'>
  readonly banned: () => Promise<readonly string[]>
  readonly log: Log
}

export function createSwitchDirectory(deps: SwitchDirectoryDeps): SwitchDirectory {
  const { config, repositories, banned, log } = deps
  const hosts = config.switches.map(({ url }) => new URL(url).hostname.replace(/^\[|\]$/g, ''))
  /** The last answers, for the time in which the database is away. */
  const known = new Map<string, DirectoryPhone | undefined>()

  return {
    realm: REALM,
    secrets: config.switchSecret
      ? [config.switchSecret]
      : config.switches.map(({ url }) => decodeURIComponent(new URL(url).password)),
    async isSwitch(address) {
      const plain = address.replace(/^::ffff:/, '')
      if (isOwnAddress(plain)) return true
      if (config.switchNetworks.some(network => contains(network, plain))) return true
      const addresses = await Promise.all(hosts.map(host => addressesOf(host, log)))
      return addresses.flat().includes(plain)
    },
    async phone(user) {
      try {
        const agent = await repositories.agents.byId(user)
        const phone = agent && { user, realm: REALM, ha1: ha1(user, agent.phoneSecret) }
        // Names that nobody has are not kept: a scanner tries thousands.
        if (phone) known.set(user, phone)
        else known.delete(user)
        return phone
      } catch (error) {
        if (!known.has(user)) throw error
        log.warn({ err: error }, 'phone answered for from memory')
        return known.get(user)
      }
    },
    async trunks() {
      const trunks = await readTrunks(repositories.trunks, config)
      return Promise.all(
        trunks
          .filter(({ enabled }) => enabled)
          .map(trunk =>
            config.edgeAddress && trunk.access.type === 'ip-trust'
              ? { trunk, networks: [], edge: config.edgeAddress }
              : withNetworks(trunk, log),
          ),
      )
    },
    banned,
  }
}

async function withNetworks(trunk: Trunk, log: Log): Promise<DirectoryTrunk> {
  const networks = await Promise.all(networksOf(trunk).map(name => toNetworks(name, log)))
  return { trunk, networks: [...new Set(networks.flat())] }
}

/** FreeSWITCH's lists hold networks only: a name is looked up each time they are read. */
async function toNetworks(name: string, log: Log): Promise<string[]> {
  if (name.includes('/')) return [name]
  const addresses = await addressesOf(name, log)
  return addresses.map(address => `${address}/${isIP(address) === 6 ? 128 : 32}`)
}

async function addressesOf(host: string, log: Log): Promise<string[]> {
  if (isIP(host)) return [host]
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch (error) {
    log.warn({ err: error, host }, 'address unknown')
    return []
  }
}
