// One tap of one port: takes both tapes at a fixed distance behind the clock and puts them side by side into a ring.
import { FRAME } from './clock.ts'
import { writeTapRing, type TapRingWriter } from './tap-ring.ts'
import type { Tape } from './tape.ts'

/** Packets have this long to arrive and still be heard by who listens; the greater part of a tap's delay. */
const BEHIND = 800 // 100 ms

export class Tapping {
  readonly #said: Tape
  readonly #heard: Tape
  readonly #ring: TapRingWriter
  readonly #left = new Int16Array(FRAME)
  readonly #right = new Int16Array(FRAME)
  #place: number

  /** `now` in samples of the media clock. */
  constructor(
    ring: SharedArrayBuffer,
    sources: { readonly said: Tape; readonly heard: Tape },
    now: number,
  ) {
    this.#said = sources.said
    this.#heard = sources.heard
    this.#ring = writeTapRing(ring)
    this.#place = now
  }

  /** Takes every frame that is old enough. */
  advance(now: number): void {
    while (this.#place + FRAME <= now - BEHIND) this.#take()
  }

  /** Takes the rest. */
  stop(now: number): void {
    while (this.#place + FRAME <= now) this.#take()
    this.#ring.close()
  }

  #take(): void {
    this.#said.read(this.#place, this.#left, FRAME)
    this.#heard.read(this.#place, this.#right, FRAME)
    this.#ring.write(this.#left, this.#right)
    this.#place += FRAME
  }
}
