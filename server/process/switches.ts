// The switches we drive: FreeSWITCH nodes by their addresses, or the embedded one by default.
import { z } from 'zod'
import type { Ban, Bans } from '../api/door.ts'
import type { Telephony } from '../../telephony/index.ts'
import { askSwitch, type EventSocketAddress } from './event-socket.ts'
import { openFreeSwitches, type FreeSwitchDeps } from './freeswitch.ts'
import { openDoor } from './switch-door.ts'
import type { SwitchContents } from './switch-file.ts'
import { startSwitch } from './switch.ts'

const ASK_MS = 3000
const bansSchema = z.array(
  z.object({ source: z.string(), until: z.number(), failures: z.number() }),
)

/** By themselves, or through our `/sip`. */
export type BrowserWay =
  | { readonly node: string; readonly directUrl: string }
  | { readonly node: string; readonly passageUrl: () => string }

/** For a browser: an address, or a path of our own. The first switch's path has no name, as with the embedded one. */
export const waysOf = (browsers: readonly BrowserWay[]): string[] =>
  browsers.map((way, index) => {
    if ('directUrl' in way) return way.directUrl
    return index === 0 ? '/sip' : `/sip/${encodeURIComponent(way.node)}`
  })

export interface Switches {
  readonly nodes: readonly {
    readonly name: string
    readonly url: string
    readonly mediaDir?: string
  }[]
  /** Where browsers reach each switch's SIP. */
  readonly browsers: readonly BrowserWay[]
  /** Puts admission in front of a switch that has none of its own. */
  guard(telephony: Telephony): Telephony
  apply(contents: SwitchContents): Promise<void>
  readonly bans: Bans
  restarts(): number
  /** Stops watching. Switches and calls go on. */
  close(): void
}

/** @throws {CannotStart} */
export async function openSwitches(deps: FreeSwitchDeps): Promise<Switches> {
  const { config, contents, log } = deps
  if (config.switches.length > 0) return openFreeSwitches(deps)
  const door = await openDoor(config)
  const embedded = await startSwitch({ config, door, contents, log })
  const host =
    config.sip.host === '0.0.0.0' || config.sip.host === '::' ? '127.0.0.1' : config.sip.host
  return {
    nodes: [{ name: 'embedded', url: embedded.url }],
    browsers: [
      {
        node: 'embedded',
        passageUrl: () =>
          `ws://${host.includes(':') ? `[${host}]` : host}:${embedded.webSocketPort}`,
      },
    ],
    guard: telephony => telephony,
    apply: embedded.apply,
    bans: bansOf(embedded.eventSocket),
    restarts: embedded.restarts,
    close: embedded.close,
  }
}

function bansOf(eventSocket: EventSocketAddress): Bans {
  return {
    async list() {
      const bans = bansSchema.parse(
        JSON.parse(await askSwitch(eventSocket, 'hotline_ban list', ASK_MS)),
      )
      return bans.map(({ source, until, failures }): Ban => ({
        address: source,
        until,
        reason: `${failures} wrong passwords`,
      }))
    },
    async lift(address) {
      try {
        await askSwitch(eventSocket, `hotline_ban del ${address}`, ASK_MS)
        return true
      } catch (error) {
        if (error instanceof Error && error.message.includes('No such ban')) return false
        throw error
      }
    },
  }
}
