// FreeSWITCH nodes: what they must be told beside calls, and who is kept out.
import { networkInterfaces } from 'node:os'
import { copyFileSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createAdmission } from '../../telephony/admission/keeper.ts'
import type { LegCreated } from '../../telephony/call/event.ts'
import { createGuard, type Arrival } from '../../telephony/guard.ts'
import type { Telephony } from '../../telephony/index.ts'
import { BAN_RULES } from '../../telephony/admission/ban.ts'
import { calledOf } from '../../telephony/trunk/called.ts'
import { toCaller } from '../../telephony/trunk/identity.ts'
import { originOf } from '../../telephony/trunk/origin.ts'
import type { Ban } from '../api/door.ts'
import type { KeyValue } from '../auth/key-value.ts'
import type { Config, SwitchAddress } from '../config.ts'
import type { Log } from '../log.ts'
import { askSwitch } from './event-socket.ts'
import { RATES, type SwitchContents } from './switch-file.ts'
import type { Switches } from './switches.ts'

export interface FreeSwitchDeps {
  readonly config: Config
  readonly contents: SwitchContents
  /** Shared by all servers: a ban holds at every switch. */
  readonly keyValue: KeyValue
  /** Whether this server may send commands to calls now. */
  readonly mayAct: () => boolean
  readonly now: () => number
  readonly log: Log
}

const ASK_MS = 5000
/** deploy/freeswitch/vars.xml. */
const WS_PORT = 5066
const BANS = 'switch-bans'
const bansSchema = z.array(z.object({ address: z.string(), reason: z.string(), until: z.number() }))

export function openFreeSwitches(deps: FreeSwitchDeps): Switches {
  const { config, keyValue, now, log } = deps
  let { contents } = deps
  keepSwitchPrompts(config.mediaDir, contents.prompts)

  const nodes = config.switches.map(toNode)
  const admission = createAdmission(() => ({
    ...RATES,
    publishedNumbers: contents.publishedNumbers,
    blacklist: contents.blacklist,
    lineLimit: contents.lines.limit,
    reserve: contents.lines.reserve,
    hasBusyPrompt: contents.prompts.busy !== undefined,
  }))

  /** A switch that is away is told when it connects. */
  const tell = async (node: Node, commands: readonly string[]) => {
    for (const command of commands) {
      try {
        await askSwitch(node.eventSocket, command, ASK_MS)
      } catch (error) {
        log.warn({ err: error, node: node.name, command }, 'switch could not be told')
        return
      }
    }
  }
  const tellAll = (commands: readonly string[]) =>
    Promise.all(nodes.map(node => tell(node, commands)))

  const readBans = async (): Promise<Ban[]> => {
    const [text] = await keyValue.get([BANS])
    const bans = text ? bansSchema.parse(JSON.parse(text)) : []
    return bans.filter(({ until }) => until > now())
  }
  const writeBans = async (bans: readonly Ban[]) => {
    await keyValue.set(BANS, JSON.stringify(bans), BAN_RULES.banMs)
    await tellAll(['reloadacl'])
  }
  const ban = async (address: string) => {
    const others = (await readBans()).filter(each => each.address !== address)
    log.warn({ address }, 'source banned')
    const reason = `${BAN_RULES.failuresBeforeBan} wrong passwords`
    await writeBans([...others, { address, reason, until: now() + BAN_RULES.banMs }])
    // The list of the switch ends with the ban.
    setTimeout(() => void tellAll(['reloadacl']), BAN_RULES.banMs + 1000).unref()
  }
  const guard = createGuard({
    admission,
    mayAct: deps.mayAct,
    arrivalOf: leg => arrivalOf(leg, contents),
    busyPrompt: () => contents.prompts.busy,
    isOwn: isOwnAddress,
    onBanned: address =>
      void ban(address).catch((err: unknown) => log.error({ err }, 'ban not kept')),
  })

  return {
    nodes,
    browsers: nodes.map(({ name, webSocketUrl }) =>
      webSocketUrl.startsWith('wss:')
        ? { node: name, directUrl: webSocketUrl }
        : { node: name, passageUrl: () => webSocketUrl },
    ),
    guard(telephony: Telephony) {
      const node = nodes.find(({ name }) => name === telephony.nodeName)
      telephony.onStatus(({ state }) => {
        // It may be a fresh one, or have missed what was set meanwhile.
        if (state === 'connected' && node) void tell(node, REREAD)
      })
      // An edge in front of it has judged its calls already.
      return config.edgeUrl ? telephony : guard(telephony)
    },
    async apply(changed) {
      contents = changed
      keepSwitchPrompts(config.mediaDir, contents.prompts)
      await tellAll(REREAD)
    },
    bans: {
      list: readBans,
      async lift(address) {
        const bans = await readBans()
        const others = bans.filter(each => each.address !== address)
        admission.unban(address)
        if (others.length === bans.length) return false
        await writeBans(others)
        return true
      },
    },
    restarts: () => 0,
    close: () => undefined,
  }
}

/** Phones, trunks' addresses, trunks. */
const REREAD = ['xml_flush_cache', 'reloadacl', 'sofia profile trunk rescan']

type Node = ReturnType<typeof toNode>

/** The driver's address with what only the driver needs. */
function withSettings(url: string, settings: Readonly<Record<string, string | undefined>>): string {
  const whole = new URL(url)
  for (const [name, value] of Object.entries(settings))
    if (value) whole.searchParams.set(name, value)

  return whole.href
}

function toNode({ name, url, mediaDir, tap, webSocketUrl }: SwitchAddress) {
  const { hostname, port, password } = new URL(url)
  return {
    name,
    url: withSettings(url, { media: mediaDir, tap }),
    ...(mediaDir && { mediaDir }),
    webSocketUrl: webSocketUrl ?? `ws://${hostname}:${WS_PORT}`,
    eventSocket: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port),
      password: decodeURIComponent(password),
    },
  }
}

/** The same reading of the INVITE as the embedded switch's. */
function arrivalOf(leg: LegCreated, { trunks, publishedNumbers }: SwitchContents): Arrival {
  const { networkAddress: address, gateway, said } = leg
  const trunk = originOf(trunks, {
    address,
    ...(gateway !== undefined && { gateway }),
    ...(said?.trunk !== undefined && { said: said.trunk }),
  })
  const found = trunk && { trunk: { id: trunk.id, lineLimit: trunk.lineLimit } }
  if (!said) return { caller: leg.callerNumber, number: leg.calledNumber, ...found }
  return {
    caller: toCaller({ ...said, from: said.from ?? leg.callerNumber }, trunk !== undefined),
    number: calledOf(said, trunk, number => publishedNumbers.includes(number)),
    ...found,
  }
}

/** What it plays with nobody to tell it, under names that its configuration knows. */
function keepSwitchPrompts(mediaDir: string, prompts: SwitchContents['prompts']): void {
  const folder = join(mediaDir, 'switch')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  for (const name of ['apology', 'music'] as const) {
    const file = prompts[name]
    if (file === undefined) continue
    // Renamed into place: it may be playing.
    copyFileSync(file, join(folder, `${name}.new`))
    renameSync(join(folder, `${name}.new`), join(folder, `${name}.wav`))
  }
}

/** Loopback, and whatever this machine calls its own. */
export function isOwnAddress(address: string): boolean {
  if (/^(127\.|::1$)/.test(address)) return true
  return Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .some(own => own.address === address)
}
