// What the parts of the switch share: its channels, its doors and its settings. One board a switch, handed to every part.
import type { BrowserLegs } from '../browser/browser.ts'
import type { SwitchConfig } from '../config.ts'
import type { Media } from '../media/media.ts'
import type { SipStack } from '../sip/stack.ts'
import type { Channel } from './channel.ts'
import type { Gateways } from './gateways.ts'
import type { Plays } from './play.ts'
import type { Schedule } from './schedule.ts'
import type { EventBus, Headers } from './switch-event.ts'
import { channelHeaders } from './channel-headers.ts'

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface Board {
  readonly channels: Map<string, Channel>
  readonly events: EventBus
  readonly media: Media
  readonly browsers: BrowserLegs
  readonly schedule: Schedule
  readonly plays: Plays
  readonly gateways: Gateways
  readonly log: Log
  readonly counts: { sessions: number; peak: number }
  config(): SwitchConfig
  sip(): SipStack
  /** Epoch ms, with fractions. */
  now(): number
  /** Address for SDP and Contact. */
  advertisedAddress(): string
  newUuid(): string
  /** A controller looks after this call: the 3 s protection of a new one ends. */
  claim(uuid: string): void
  /** New calls are refused while paused (`fsctl pause`). */
  paused: { inbound: boolean; outbound: boolean }
}

/** Emits an event about a channel. */
export function announce(
  board: Board,
  channel: Channel,
  name: string,
  extra: Headers = [],
  subclass?: string,
  body?: string,
): void {
  board.events.emit(name, [...channelHeaders(channel), ...extra], {
    ...(subclass === undefined ? {} : { subclass }),
    ...(body === undefined ? {} : { body }),
  })
}

/** Runs a promise nobody waits for; a fault of ours is logged, never lost. */
export function inBackground(
  board: Pick<Board, 'log'>,
  what: string,
  work: Promise<unknown>,
): void {
  work.catch((err: unknown) => board.log.error({ err, what }, 'background work failed'))
}
