// One tap of one port: takes both tapes behind the clock and puts them side by side into a ring. The distance follows how late packets
// come; a change of it is a pause or a step in the giving, never in the sound.
import { FRAME } from './clock.ts'
import { writeTapRing, type TapRingWriter } from './tap-ring.ts'
import type { Tape, TapeReader } from './tape.ts'

/** Packets have this long to arrive and still be heard by who listens; the greater part of a tap's delay. */
const LEAST_BEHIND = 2 * FRAME
/** Beyond it a tape begins its place anew. */
const MOST_BEHIND = 12 * FRAME
/** Half a minute without a late packet, and the distance shrinks by a frame: each late one is a hole in a word. */
const CALM_FRAMES = 1500

export class Tapping implements TapeReader {
  readonly #said: Tape
  readonly #heard: Tape
  readonly #ring: TapRingWriter
  readonly #left = new Int16Array(FRAME)
  readonly #right = new Int16Array(FRAME)
  #place: number
  #behind = LEAST_BEHIND
  #calmFrames = 0

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
    for (const tape of [this.#said, this.#heard]) tape.readers.add(this)
  }

  get readUpTo(): number {
    return this.#place
  }

  onLate(samples: number): void {
    const frames = Math.ceil(samples / FRAME)
    this.#behind = Math.min(MOST_BEHIND, this.#behind + frames * FRAME)
    this.#calmFrames = 0
  }

  /** Takes every frame that is old enough. */
  advance(now: number): void {
    while (this.#place + FRAME <= now - this.#behind) this.#take()
  }

  /** Takes the rest. */
  stop(now: number): void {
    for (const tape of [this.#said, this.#heard]) tape.readers.delete(this)
    while (this.#place + FRAME <= now) this.#take()
    this.#ring.close()
  }

  #take(): void {
    this.#said.read(this.#place, this.#left, FRAME)
    this.#heard.read(this.#place, this.#right, FRAME)
    this.#ring.write(this.#left, this.#right)
    this.#place += FRAME
    if (++this.#calmFrames < CALM_FRAMES || this.#behind === LEAST_BEHIND) return
    this.#behind -= FRAME
    this.#calmFrames = 0
  }
}
