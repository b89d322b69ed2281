// What the embedded switch is told, made from what the operator has set. Pure.
import { createHash } from 'node:crypto'
import type { SwitchConfig } from '../../telephony/softswitch/config.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import type { Config } from '../config.ts'

export const REALM = 'hotline'

/** How often one source may ask; more is a flood. */
export const RATES = {
  invitesPerSecondPerAddress: 50,
  registersPerSecondPerAddress: 50,
  callsPerMinutePerCaller: 60,
  invitesPerSecondPerTrunk: 200,
}

export interface SwitchContents {
  /** Numbers a caller without authentication may reach. */
  readonly publishedNumbers: readonly string[]
  readonly phones: readonly { readonly user: string; readonly secret: string }[]
  readonly lines: { readonly limit: number; readonly reserve: number }
  readonly recordingLimit: number
  readonly blacklist: readonly string[]
  readonly trunks: readonly Trunk[]
  /** Where copies of SIP go. */
  readonly capture?: { readonly host: string; readonly port: number }
  readonly prompts: {
    readonly busy?: string
    readonly music?: string
    readonly apology?: string
    readonly comfort?: string
  }
}
/** Decided once by the supervisor of the switch's process. */
export interface SwitchDoor {
  readonly eventSocketPort: number
  readonly password: string
  readonly webSocketPort: number
}

export function toSwitchConfig(
  config: Config,
  contents: SwitchContents,
  door: SwitchDoor,
): SwitchConfig {
  const { prompts } = contents
  return {
    nodeName: 'embedded',
    realm: REALM,
    sip: {
      host: config.sip.host,
      port: config.sip.port,
      webSocketPort: door.webSocketPort,
      ...(config.publicAddress && { publicAddress: config.publicAddress }),
    },
    rtpPorts: config.rtpPorts,
    iceServers: config.iceServers.map(server =>
      server.username
        ? server.urls.replace(':', `:${server.username}:${server.credential ?? ''}@`)
        : server.urls,
    ),
    eventSocket: { host: '127.0.0.1', port: door.eventSocketPort, password: door.password },
    publishedNumbers: [...contents.publishedNumbers],
    lines: { ...contents.lines, ...(prompts.busy && { busyPrompt: prompts.busy }) },
    recordingLimit: contents.recordingLimit,
    rates: RATES,
    ...(contents.capture && { capture: { ...contents.capture, id: 1 } }),
    unclaimedMs: 3000,
    ...(prompts.music && { musicFile: prompts.music }),
    ...(prompts.apology && { apologyFile: prompts.apology }),
    ...(prompts.comfort && { comfortFile: prompts.comfort }),
    users: Object.fromEntries(contents.phones.map(({ user, secret }) => [user, ha1(user, secret)])),
    blacklist: [...contents.blacklist],
    trunks: [...contents.trunks],
  }
}

// RFC 2617 §3.2.2.2: all a registrar needs of a password, and less than the password.
export const ha1 = (user: string, secret: string) =>
  createHash('md5').update(`${user}:${REALM}:${secret}`).digest('hex')
