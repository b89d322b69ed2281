// What a port sends is one stream for its whole life: one SSRC, sequence numbers without holes of ours, and a
// timestamp that follows the clock, whatever the source is (play, bridge, music, mix).

interface Anchor {
  readonly source: number
  readonly sequenceOffset: number
  readonly timestampOffset: number
  /** First sequence number sent from this source; older ones come too late to be told apart. */
  readonly firstSequence: number
}

/** A source whose timestamps run ahead of the clock by this much has jumped. */
const JUMP_MS = 2000

export class Timeline {
  readonly ssrc: number
  /** Where the last `place` put its packet. Without wrap; the writer cuts to 16 and 32 bits. */
  sequence = 0
  timestamp = 0
  isSpurtStart = false

  readonly #rate: number
  readonly #startedAtMs: number
  readonly #firstTimestamp: number
  #lastSequence: number
  #lastTimestamp: number
  #nextTimestamp: number
  #anchor: Anchor | undefined

  constructor(rate: number, nowMs: number, random: () => number) {
    this.#rate = rate
    this.#startedAtMs = nowMs
    this.ssrc = Math.floor(random() * 0xfffffffe) + 1
    this.#lastSequence = 65_536 + Math.floor(random() * 32_768)
    this.#firstTimestamp = 2 ** 32 + Math.floor(random() * 2 ** 31)
    this.#nextTimestamp = this.#firstTimestamp
    this.#lastTimestamp = this.#firstTimestamp
  }

  /** The timestamp that stands for this instant. */
  timestampAt(nowMs: number): number {
    return this.#firstTimestamp + Math.round(((nowMs - this.#startedAtMs) * this.#rate) / 1000)
  }

  /**
   * Gives a packet of `source` its place. `theirSequence` is left out for sound made here, which is numbered in order.
   * False: the packet belongs before the moment this source began, and can't be placed any more.
   */
  place(
    source: number,
    theirSequence: number | undefined,
    theirTimestamp: number,
    duration: number,
    nowMs: number,
  ): boolean {
    let anchor = this.#anchor
    if (
      anchor === undefined ||
      anchor.source !== source ||
      this.#hasJumped(anchor, theirSequence, theirTimestamp, nowMs)
    )
      anchor = this.#restart(source, theirSequence, theirTimestamp, nowMs)
    else this.isSpurtStart = false
    const sequence =
      theirSequence === undefined ? this.#lastSequence + 1 : theirSequence + anchor.sequenceOffset
    if (sequence < anchor.firstSequence) return false
    const timestamp = theirTimestamp + anchor.timestampOffset
    this.sequence = sequence
    this.timestamp = timestamp
    if (sequence > this.#lastSequence) {
      if (theirSequence === undefined && timestamp > this.#nextTimestamp) this.isSpurtStart = true
      this.#lastSequence = sequence
      this.#lastTimestamp = timestamp
      this.#nextTimestamp = Math.max(this.#nextTimestamp, timestamp + duration)
    }
    return true
  }

  #restart(
    source: number,
    theirSequence: number | undefined,
    theirTimestamp: number,
    nowMs: number,
  ): Anchor {
    const timestamp = Math.max(this.#nextTimestamp, this.timestampAt(nowMs))
    this.isSpurtStart = this.#anchor === undefined || timestamp > this.#nextTimestamp
    const firstSequence = this.#lastSequence + 1
    this.#anchor = {
      source,
      firstSequence,
      sequenceOffset: theirSequence === undefined ? 0 : firstSequence - theirSequence,
      timestampOffset: timestamp - theirTimestamp,
    }
    return this.#anchor
  }

  #hasJumped(
    anchor: Anchor,
    theirSequence: number | undefined,
    theirTimestamp: number,
    nowMs: number,
  ): boolean {
    const timestamp = theirTimestamp + anchor.timestampOffset
    const isNewer =
      theirSequence === undefined || theirSequence + anchor.sequenceOffset > this.#lastSequence
    if (!isNewer) return false
    const ahead = timestamp - this.timestampAt(nowMs)
    return timestamp < this.#lastTimestamp || ahead > (JUMP_MS * this.#rate) / 1000
  }
}
