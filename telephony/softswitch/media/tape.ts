// The last two seconds of what one party said or heard, as linear samples on the media clock. Written by packets as they come,
// read by recorders and mixers at a fixed distance behind.

const LENGTH = 16_384 // about two seconds at 8 kHz
const MASK = LENGTH - 1
/** Beyond this distance from the clock a stream's timestamps are tied to the clock afresh: 250 ms. */
const TOLERANCE = 2000

/** One who reads along, and wants to know of what came after it had read on. */
export interface TapeReader {
  readonly readUpTo: number
  onLate(samples: number): void
}

export class Tape {
  readonly readers = new Set<TapeReader>()
  readonly #samples = new Int16Array(LENGTH)
  /** After the newest sample. */
  #head = 0
  #source = -1
  #offset = 0

  /**
   * Puts samples where their timestamp says; `source` names the numbering the timestamp belongs to.
   * `beat` is the clock's last beat, `now` its true time: after a stall packets come in one burst, before the beats they
   * belong to. Returns the place of the first sample.
   */
  write(
    source: number,
    timestamp: number,
    samples: Int16Array,
    count: number,
    beat: number,
    now: number,
  ): number {
    let place = timestamp + this.#offset
    if (source !== this.#source || place - now > TOLERANCE || beat - place > TOLERANCE) {
      this.#source = source
      place = Math.max(now, this.#head > now + TOLERANCE ? now : this.#head)
      this.#offset = place - timestamp
    }
    this.#clearUpTo(place)
    for (let i = 0; i < count; i++) this.#samples[(place + i) & MASK] = samples[i] ?? 0
    if (place + count > this.#head) this.#head = place + count
    for (const reader of this.readers)
      if (place < reader.readUpTo) reader.onLate(reader.readUpTo - place)
    return place
  }

  /** Copies `count` samples from `place`; silence where nothing was written. */
  read(place: number, into: Int16Array, count: number): void {
    const oldest = this.#head - LENGTH
    for (let i = 0; i < count; i++) {
      const at = place + i
      into[i] = at < this.#head && at >= oldest ? (this.#samples[at & MASK] ?? 0) : 0
    }
  }

  #clearUpTo(place: number): void {
    if (place <= this.#head) return
    const from = Math.max(this.#head, place - LENGTH)
    for (let at = from; at < place; at++) this.#samples[at & MASK] = 0
    this.#head = place
  }
}
