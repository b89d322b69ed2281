// Telephone events (RFC 4733): how they look on the wire.

/** RFC 4733 §3.2: event codes 0–15. */
const DIGITS = '0123456789*#ABCD'

export const digitOf = (event: number): string | undefined => DIGITS[event]
export const eventOf = (digit: string): number => DIGITS.indexOf(digit.toUpperCase())

/** Payload of one event packet (RFC 4733 §2.3): event, end bit and volume, duration in samples. */
export const EVENT_BYTES = 4
/** -10 dBm0. */
const VOLUME = 10

export const writeEvent = (
  packet: Buffer,
  at: number,
  event: number,
  isEnd: boolean,
  duration: number,
): void => {
  packet[at] = event
  packet[at + 1] = (isEnd ? 0x80 : 0) | VOLUME
  packet.writeUInt16BE(Math.min(duration, 0xffff), at + 2)
}

export interface HeardDigit {
  readonly digit: string
  readonly durationMs: number
}
