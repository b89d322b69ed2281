// The switches we drive: FreeSWITCH nodes by their addresses, or the embedded one by default.
import { z } from 'zod'
import type { Ban, Bans } from '../api/door.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { askSwitch, type EventSocketAddress } from './event-socket.ts'
import { openDoor } from './switch-door.ts'
import type { SwitchContents } from './switch-file.ts'
import { startSwitch } from './switch.ts'

const ASK_MS = 3000
const bansSchema = z.array(
  z.object({ source: z.string(), until: z.number(), failures: z.number() }),
)

export interface Switches {
  readonly nodes: readonly {
    readonly name: string
    readonly url: string
    readonly mediaDir?: string
  }[]
  /** Where browsers reach a switch by themselves; undefined: through our `/sip`. */
  readonly browserUrl?: string
  /** Where our `/sip` leads; undefined when there is no such place. */
  passageUrl(): string | undefined
  apply(contents: SwitchContents): Promise<void>
  readonly bans: Bans
  restarts(): number
  /** Stops watching. Switches and calls go on. */
  close(): void
}

/** @throws {CannotStart} */
export async function openSwitches(
  config: Config,
  contents: SwitchContents,
  log: Log,
): Promise<Switches> {
  const [first] = config.switches
  if (first) {
    return {
      nodes: config.switches.map(({ url, mediaDir }) => ({
        // The same over restarts, in whatever order they are named.
        name: new URL(url).host,
        url: mediaDir ? `${url}?media=${encodeURIComponent(mediaDir)}` : url,
        ...(mediaDir && { mediaDir }),
      })),
      ...(first.webSocketUrl && { browserUrl: first.webSocketUrl }),
      passageUrl: () => undefined,
      // A FreeSWITCH has its own directory (deploy/freeswitch), which asks for what it needs.
      apply: async () => undefined,
      bans: { list: async () => [], lift: async () => false },
      restarts: () => 0,
      close: () => undefined,
    }
  }
  const door = await openDoor(config)
  const embedded = await startSwitch({ config, door, contents, log })
  const host =
    config.sip.host === '0.0.0.0' || config.sip.host === '::' ? '127.0.0.1' : config.sip.host
  return {
    nodes: [{ name: 'embedded', url: embedded.url }],
    passageUrl: () => `ws://${host.includes(':') ? `[${host}]` : host}:${embedded.webSocketPort}`,
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
