// A flow (RFC 5626 §3): the way to one far end, over which both requests and answers travel.
import type { Source } from '../stack.ts'
import type { Transport } from './transport.ts'

export interface Flow {
  readonly source: Source
  /** Same for the same far end: transport, address and port. */
  readonly key: string
  /** RFC 3261 §17: reliable transports need no retransmission. */
  readonly reliable: boolean
  readonly isOpen: () => boolean
  readonly send: (data: Buffer) => void
  /** Ends a connection; nothing for UDP. */
  readonly close: () => void
}

/** What arrives over any transport. */
export interface Arrivals {
  /** One whole message, or what claims to be one. `oversized` stands for a head whose body is over the limit. */
  onMessage(flow: Flow, data: Buffer, oversized?: boolean): void
  onClosed(flow: Flow): void
  /** What leaves, for those who keep copies. */
  onSent?(flow: Flow, data: Buffer): void
}

export interface StreamLimits {
  readonly headBytes: number
  readonly bodyBytes: number
  readonly connections: number
  /** A connection that never said a whole message. */
  readonly silentMs: number
  /** Nothing, not even a keep-alive, for this long. */
  readonly idleMs: number
}

export const STREAM_LIMITS: StreamLimits = {
  headBytes: 65_536,
  bodyBytes: 262_144,
  connections: 2000,
  silentMs: 30_000,
  idleMs: 7_200_000,
}

export function flowKey(transport: Transport, address: string, port: number): string {
  return `${transport}/${address}/${port}`
}

/** IPv4 addresses come as ::ffff:192.0.2.1 on a socket of both families. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
