// The door to a switch. One Telephony a switch; whoever drives several makes several.
import type { CallCommand } from './call/command.ts'
import type { CallEvent, TrunkState } from './call/event.ts'
import type { AgentId, LegId } from './call/id.ts'
import type { Tap, TapOptions } from './call/tap.ts'
import { toEslAddress } from './esl/address.ts'
import type { LinkStatus } from './esl/client.ts'
import { createDriver } from './esl/driver.ts'
import type { DriverTiming } from './esl/driver-options.ts'
import type { LinkEndReason } from './esl/link.ts'
import type { Log } from './esl/log.ts'
import type { SwitchLook } from './esl/look.ts'
import type { LegSnapshot } from './esl/snapshot.ts'
import { isTapFile } from './tap/folder.ts'
import { createTaps, type TapSettings } from './tap/taps.ts'

export type { LegOnSwitch, SwitchLook } from './esl/look.ts'
export type { LegSnapshot } from './esl/snapshot.ts'
export type { LinkStatus as TelephonyStatus } from './esl/client.ts'

export interface TelephonyOptions {
  /** `esl://:password@host:port`, with `?media=/path` where the switch sees the media folder elsewhere. */
  readonly url: string
  /** Names the switch in logs. */
  readonly nodeName: string
  /** Epoch ms; `onJump` tells when it was set. */
  readonly clock: { now(): number; onJump?(listener: (byMs: number) => void): () => void }
  readonly log: Log
  /** Our media folder: needed with `?media=`, and for taps where the switch can only record. */
  readonly mediaFolder?: string
  readonly timing?: Partial<DriverTiming>
  readonly taps?: TapSettings
}

export interface Telephony {
  readonly nodeName: string
  /** The switch answers and the legs are known. */
  readonly connected: boolean
  /** Why it is not connected; undefined while it is. */
  readonly problem: LinkEndReason | undefined
  /** When the switch began to run, epoch ms by its uptime; 0 before the first connect. */
  readonly startedAt: number
  /** Every fact of the switch, in the order told. Returns what ends the listening. */
  onEvent(listener: (event: CallEvent) => void): () => void
  /** Told at each change; a late listener reads `connected`. */
  onStatus(listener: (status: LinkStatus) => void): () => void
  /** Told every second what the switch shows, after what differed from it has been told as events. */
  onLook(listener: (look: SwitchLook) => void): () => void
  /** Resolves when the switch has replied. Never rejects: a refusal comes as `command-failed`. */
  perform(command: CallCommand): Promise<void>
  /** Every leg on the switch now, for adoption. @throws {SwitchUnreachable | CommandTimeout} */
  liveLegs(): Promise<LegSnapshot[]>
  /** Agents with a registered phone. @throws {SwitchUnreachable | CommandTimeout} */
  registrations(): Promise<AgentId[]>
  /** Every gateway to a trunk, as it is now. @throws {SwitchUnreachable | CommandTimeout} */
  trunks(): Promise<TrunkState[]>
  /**
   * The mark left by whoever said last to steer this switch; empty when nobody has since it began to run. The switch is the
   * witness between two servers that can't reach each other. @throws {SwitchUnreachable | CommandTimeout}
   */
  steerer(): Promise<string>
  /** Leaves a mark of letters, digits, `.`, `:` and `-`. @throws {SwitchUnreachable | CommandTimeout} */
  setSteerer(mark: string): Promise<void>
  /**
   * The sound of a leg from now on, both sides apart. Never throws: a failure comes by `onEnd`. An unanswered caller begins to hear
   * us (183) by it.
   */
  openTap(legId: LegId, options: TapOptions): Tap
  close(): void
}

export function createTelephony(options: TelephonyOptions): Telephony {
  const events = createListeners<CallEvent>(options.log)
  const statuses = createListeners<LinkStatus>(options.log)
  const looks = createListeners<SwitchLook>(options.log)
  const onEvent = (event: CallEvent) => {
    taps.hear(event)
    // What is recorded only to be listened to is nobody's recording.
    if (!('path' in event && isTapFile(event.path))) events.tell(event)
  }
  const onStatus = (status: LinkStatus) => {
    if (status.state === 'connected') taps.onConnected()
    else taps.onDisconnected()
    statuses.tell(status)
  }
  const address = toEslAddress(options.url)
  const driver = createDriver(options, onEvent, onStatus, looks.tell)
  const taps = createTaps({
    ask: driver.ask,
    address: () => driver.localAddress,
    hasEnded: driver.hasEnded,
    log: options.log,
    now: () => options.clock.now(),
    ...(options.mediaFolder !== undefined && {
      folder: {
        ours: options.mediaFolder,
        theirs: address.mediaFolder ?? options.mediaFolder,
      },
    }),
    settings: { ...settingsOf(address.tap), ...options.taps },
  })

  return {
    nodeName: options.nodeName,
    get connected() {
      return driver.connected
    },
    get problem() {
      return driver.problem
    },
    get startedAt() {
      return driver.startedAt
    },
    onEvent: events.add,
    onStatus: statuses.add,
    onLook: looks.add,
    perform: driver.perform,
    liveLegs: driver.liveLegs,
    registrations: driver.registrations,
    trunks: driver.trunks,
    steerer: driver.steerer,
    setSteerer: driver.setSteerer,
    openTap: taps.open,
    close() {
      // What stops them goes out before the connection is given up.
      if (taps.close()) setImmediate(driver.close)
      else driver.close()
    },
  }
}

/** As the address says it. */
const settingsOf = (tap: 'recording' | number | undefined): TapSettings => {
  if (tap === undefined) return {}

  return tap === 'recording' ? { way: tap } : { port: tap }
}

/** A listener that throws is our fault; it is logged and the others still hear. */
function createListeners<T>(log: Log) {
  const listeners = new Set<(value: T) => void>()

  return {
    add(listener: (value: T) => void) {
      listeners.add(listener)

      return () => void listeners.delete(listener)
    },
    tell(value: T) {
      for (const listener of [...listeners]) {
        try {
          listener(value)
        } catch (err) {
          log.error({ err }, 'telephony listener failed')
        }
      }
    },
  }
}
