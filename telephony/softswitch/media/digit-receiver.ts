// Tells key presses from the many packets of one event (RFC 4733 §2.5).
import { digitOf, EVENT_BYTES, type HeardDigit } from './digit.ts'

/** An event without an end packet is over when nothing of it came for this long. */
const END_LOST_MS = 150
const SAMPLES_PER_MS = 8
const LONGEST = 0xffff

interface OpenEvent {
  readonly event: number
  /** Timestamp of the first segment; RFC 4733 §2.5.1.3 splits events longer than 65535 units. */
  readonly timestamp: number
  readonly before: number
  duration: number
  lastAtMs: number
}

export class DigitReceiver {
  #open: OpenEvent | undefined
  #doneTimestamp = Number.NaN

  /** One event packet. Returns the digits that are complete by it, mostly none or one. */
  receive(
    payload: Buffer,
    start: number,
    end: number,
    timestamp: number,
    isMarked: boolean,
    nowMs: number,
  ): readonly HeardDigit[] {
    if (end - start < EVENT_BYTES) return []
    const event = payload.readUInt8(start)
    if (digitOf(event) === undefined || timestamp <= this.#doneTimestamp) return []
    const isEnd = (payload.readUInt8(start + 1) & 0x80) !== 0
    const duration = payload.readUInt16BE(start + 2)
    const heard: HeardDigit[] = []
    let open = this.#open
    if (open !== undefined && open.timestamp !== timestamp) {
      const goesOn = !isMarked && open.event === event && timestamp - open.timestamp === LONGEST
      if (goesOn) open = { ...open, timestamp, before: open.before + LONGEST, duration: 0 }
      else {
        heard.push(this.#close(open))
        open = undefined
      }
    }
    open ??= { event, timestamp, before: 0, duration: 0, lastAtMs: nowMs }
    open.duration = Math.max(open.duration, duration)
    open.lastAtMs = nowMs
    this.#open = open
    if (isEnd) heard.push(this.#close(open))
    return heard
  }

  /** To be asked now and then: an event whose end was lost. */
  expire(nowMs: number): HeardDigit | undefined {
    const open = this.#open
    return open !== undefined && nowMs - open.lastAtMs > END_LOST_MS ? this.#close(open) : undefined
  }

  /** A new stream numbers its timestamps afresh. */
  restart(): HeardDigit | undefined {
    const open = this.#open
    const heard = open && this.#close(open)
    this.#doneTimestamp = Number.NaN
    return heard
  }

  #close(open: OpenEvent): HeardDigit {
    this.#open = undefined
    this.#doneTimestamp = open.timestamp
    const durationMs = Math.round((open.before + open.duration) / SAMPLES_PER_MS)
    return { digit: digitOf(open.event) ?? '', durationMs }
  }
}
