// A FreeSWITCH as the subject. It runs already, with the configuration of deploy/freeswitch; its addresses come from outside.
import { mkdtempSync, mkdirSync, rmSync, chmodSync } from 'node:fs'
import { join } from 'node:path'
import { openEventSocket } from './event-socket.ts'
import { USERS } from './embedded.ts'
import type { HostPort, Subject } from './subject.ts'

/** See README.md beside the suite. */
export interface FreeSwitchSettings {
  readonly url: string
  readonly trunk: string
  readonly agents: string
  readonly ws: string
  readonly realm: string
  readonly number: string
  readonly password: string
  readonly mediaFolder: string
}

/** Undefined when no FreeSWITCH is named. @throws {TypeError} when only half of it is said. */
export function readSettings(env: NodeJS.ProcessEnv): FreeSwitchSettings | undefined {
  const url = env['FREESWITCH_URL']
  if (url === undefined || url === '') return undefined
  const need = (name: string) => {
    const value = env[name]
    if (value === undefined || value === '')
      throw new TypeError(`${name} must be set for the contract with a FreeSWITCH`)

    return value
  }

  return {
    url,
    trunk: need('CONTRACT_TRUNK'),
    agents: need('CONTRACT_AGENTS'),
    ws: need('CONTRACT_WS'),
    realm: need('CONTRACT_REALM'),
    number: env['CONTRACT_NUMBER'] ?? '12393',
    password: need('CONTRACT_PASSWORD'),
    mediaFolder: need('CONTRACT_MEDIA'),
  }
}

const hostPort = (text: string): HostPort => {
  const { hostname, port } = new URL(`sip://${text}`)

  return { host: hostname, port: Number(port || 5060) }
}

/** Undefined when nothing answers at its address. */
export async function createFreeSwitch(settings: FreeSwitchSettings): Promise<Subject | undefined> {
  const eslUrl = settings.url.split('?')[0] ?? ''
  const esl = await openEventSocket(eslUrl).catch(() => undefined)
  if (!esl) return undefined
  const version = (await esl.api('version short')).trim()
  esl.close()
  mkdirSync(settings.mediaFolder, { recursive: true })
  const mediaFolder = mkdtempSync(join(settings.mediaFolder, 'contract-'))
  chmodSync(mediaFolder, 0o777)

  return {
    kind: 'freeswitch',
    version,
    eslUrl,
    trunk: hostPort(settings.trunk),
    agents: hostPort(settings.agents),
    wsUrl: settings.ws,
    realm: settings.realm,
    number: settings.number,
    users: USERS,
    password: settings.password,
    mediaFolder,
    async close() {
      rmSync(mediaFolder, { recursive: true, force: true })
    },
  }
}
