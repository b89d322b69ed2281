// Symmetric RTP: where a port's far end really sends from. Learned from the first valid packets, then kept.
import type { RtpHeader } from './packet.ts'

/** Packets in a row from one unexpected place before we believe it. */
const ENOUGH = 3
/** A latched source silent this long may have moved (NAT rebinding). */
const MOVED_AFTER_MS = 1000

export class Latch {
  address = ''
  port = 0
  isLatched = false
  strangers = 0

  #signalledAddress = ''
  #signalledPort = 0
  #ssrc = 0
  #heardAtMs = 0
  #candidate = { address: '', port: 0, ssrc: 0, next: -1, count: 0 }

  /** The far end as its SDP says. A new place forgets what was learned. */
  expect(address: string, port: number): void {
    if (address === this.#signalledAddress && port === this.#signalledPort) return
    this.#signalledAddress = address
    this.#signalledPort = port
    this.address = address
    this.port = port
    this.isLatched = false
    this.#candidate.count = 0
  }

  /** Whether a valid packet comes from our far end. */
  admits(address: string, port: number, header: RtpHeader, nowMs: number): boolean {
    if (this.isLatched && address === this.address && port === this.port) {
      this.#heardAtMs = nowMs
      this.#ssrc = header.ssrc
      return true
    }
    if (this.#signalledPort === 0) return this.#refuse()
    const isSignalled = address === this.#signalledAddress && port === this.#signalledPort
    if (!this.isLatched && isSignalled) return this.#take(address, port, header, nowMs)
    if (this.isLatched && !this.#mayHaveMoved(address, header, nowMs)) return this.#refuse()
    const candidate = this.#candidate
    const goesOn =
      candidate.address === address &&
      candidate.port === port &&
      candidate.ssrc === header.ssrc &&
      candidate.next === header.sequence
    this.#candidate = {
      address,
      port,
      ssrc: header.ssrc,
      next: (header.sequence + 1) & 0xffff,
      count: goesOn ? candidate.count + 1 : 1,
    }
    if (this.#candidate.count < ENOUGH) return this.#refuse()
    return this.#take(address, port, header, nowMs)
  }

  #mayHaveMoved(address: string, header: RtpHeader, nowMs: number): boolean {
    if (nowMs - this.#heardAtMs < MOVED_AFTER_MS) return false
    return header.ssrc === this.#ssrc || address === this.#signalledAddress
  }

  #take(address: string, port: number, header: RtpHeader, nowMs: number): boolean {
    this.address = address
    this.port = port
    this.isLatched = true
    this.#ssrc = header.ssrc
    this.#heardAtMs = nowMs
    this.#candidate.count = 0
    return true
  }

  #refuse(): boolean {
    this.strangers++
    return false
  }
}
