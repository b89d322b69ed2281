// One port's speech as a source for mixing: read at a distance behind the clock that grows when packets come late.
import { FRAME } from './clock.ts'
import { Tape } from './tape.ts'

const LEAST_BEHIND = 3 * FRAME
const MOST_BEHIND = 12 * FRAME
/** After five seconds without a late packet the distance shrinks by a frame. */
const CALM_FRAMES = 250

export class Voice {
  readonly tape = new Tape()
  readonly frame = new Int16Array(FRAME)
  #behind = LEAST_BEHIND
  #readUpTo = Number.NEGATIVE_INFINITY
  #calmFrames = 0
  #beat = -1

  write(
    source: number,
    timestamp: number,
    samples: Int16Array,
    count: number,
    beat: number,
    now: number,
  ): void {
    const place = this.tape.write(source, timestamp, samples, count, beat, now)
    if (place >= this.#readUpTo) return
    this.#behind = Math.min(MOST_BEHIND, this.#behind + FRAME)
    this.#readUpTo = Number.NEGATIVE_INFINITY
    this.#calmFrames = 0
  }

  /** The frame for this beat; read once however many listen. */
  take(beat: number): Int16Array {
    if (beat === this.#beat) return this.frame
    this.#beat = beat
    if (++this.#calmFrames > CALM_FRAMES && this.#behind > LEAST_BEHIND) {
      this.#behind -= FRAME
      this.#calmFrames = 0
    }
    const place = beat * FRAME - this.#behind
    this.tape.read(place, this.frame, FRAME)
    this.#readUpTo = place + FRAME
    return this.frame
  }
}
