// What arrives on one stream: order, loss, duplicates and jitter (RFC 3550 appendix A.1, A.3 and A.8).
import type { RtpHeader } from './packet.ts'

export type Verdict = 'accepted' | 'duplicate' | 'late' | 'probation'

/** A sequence step larger than this is a restart of the sender, not a loss (RFC 3550 A.1). */
const MAX_DROPOUT = 3000
/** Packets older than this many are useless for a talk. 16 packets of 20 ms are 320 ms. */
const MAX_AGE = 16
const WINDOW = 32

export class Reception {
  ssrc = 0
  /** Rises with each new stream, so that receivers know a new numbering from a gap. */
  generation = 0
  /** Sequence number and timestamp of the last accepted packet, without wrap. */
  sequence = 0
  timestamp = 0
  received = 0
  duplicate = 0
  late = 0

  readonly #rate: number
  #highest = 0
  #base = 0
  #highestTimestamp = 0
  #seen = 0
  #started = false
  #suspect = { ssrc: 0, next: -1 }
  #lostBefore = 0
  #transit = Number.NaN
  #jitter = 0
  #reported = { expected: 0, received: 0 }

  constructor(rate: number) {
    this.#rate = rate
  }

  /** Judges a packet that came from the right place, and says its place in the stream. */
  accept(header: RtpHeader, arrivalMs: number): Verdict {
    if (!this.#started) return this.#start(header, arrivalMs)
    if (header.ssrc !== this.ssrc) return this.#suspicious(header, arrivalMs)
    const step = ((header.sequence - this.#highest) << 16) >> 16
    if (step > MAX_DROPOUT || step < -MAX_DROPOUT) return this.#suspicious(header, arrivalMs)
    if (step > 0) {
      this.#seen = step >= WINDOW ? 1 : ((this.#seen << step) | 1) >>> 0
      this.#highest += step
    } else {
      const bit = step > -WINDOW ? (1 << -step) >>> 0 : 0
      if (bit !== 0 && (this.#seen & bit) >>> 0 !== 0) {
        this.duplicate++
        return 'duplicate'
      }
      this.received++
      if (step < -MAX_AGE) {
        this.late++
        return 'late'
      }
      this.#seen = (this.#seen | bit) >>> 0
      this.sequence = this.#highest + step
      this.timestamp = this.#unwrap(header.timestamp)
      return 'accepted'
    }
    this.received++
    this.sequence = this.#highest
    this.timestamp = this.#unwrap(header.timestamp)
    this.#highestTimestamp = this.timestamp
    this.#measure(arrivalMs)
    return 'accepted'
  }

  /** Packets that never came, over all streams of this port. */
  get lost(): number {
    return this.#lostBefore + Math.max(0, this.expected - this.#receivedNow())
  }

  get expected(): number {
    return this.#started ? this.#highest - this.#base + 1 : 0
  }

  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#rate
  }

  /** Fields of a report block (RFC 3550 §6.4.1); the fraction covers the time since the last call. */
  report(): { fraction: number; lost: number; highest: number; jitter: number } {
    const expected = this.expected - this.#reported.expected
    const received = this.#receivedNow() - this.#reported.received
    this.#reported = { expected: this.expected, received: this.#receivedNow() }
    const missing = expected - received
    return {
      fraction:
        expected > 0 && missing > 0 ? Math.min(255, Math.floor((missing * 256) / expected)) : 0,
      lost: Math.min(0x7fffff, Math.max(0, this.expected - this.#receivedNow())),
      highest: this.#highest >>> 0,
      jitter: Math.floor(this.#jitter),
    }
  }

  #receivedEarlier = 0
  #receivedNow(): number {
    return this.received - this.#receivedEarlier
  }

  #start(header: RtpHeader, arrivalMs: number): Verdict {
    if (this.#started) this.#lostBefore += Math.max(0, this.expected - this.#receivedNow())
    this.#receivedEarlier = this.received
    this.#reported = { expected: 0, received: 0 }
    this.#started = true
    this.generation++
    this.ssrc = header.ssrc
    // Room below, so that packets reordered around the first one keep a place above zero.
    this.#highest = header.sequence + 65_536
    this.#base = this.#highest
    this.#seen = 1
    this.#transit = Number.NaN
    this.#highestTimestamp = header.timestamp + 2 ** 32
    this.sequence = this.#highest
    this.timestamp = this.#highestTimestamp
    this.received++
    this.#measure(arrivalMs)
    return 'accepted'
  }

  /** A new source or a jump counts from its second packet in a row, so that a flood of strangers changes nothing. */
  #suspicious(header: RtpHeader, arrivalMs: number): Verdict {
    const isExpected = this.#suspect.ssrc === header.ssrc && this.#suspect.next === header.sequence
    if (isExpected) {
      this.#suspect.next = -1
      return this.#start(header, arrivalMs)
    }
    this.#suspect = { ssrc: header.ssrc, next: (header.sequence + 1) & 0xffff }
    return 'probation'
  }

  #unwrap(timestamp: number): number {
    return this.#highestTimestamp + ((timestamp - this.#highestTimestamp) | 0)
  }

  #measure(arrivalMs: number): void {
    const transit = (arrivalMs * this.#rate) / 1000 - this.timestamp
    if (!Number.isNaN(this.#transit)) {
      const deviation = Math.abs(transit - this.#transit)
      // A pause of the sender's clock is not jitter.
      if (deviation < this.#rate) this.#jitter += (deviation - this.#jitter) / 16
    }
    this.#transit = transit
  }
}
