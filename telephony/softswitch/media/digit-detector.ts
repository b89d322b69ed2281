// Keys heard as tones (ITU-T Q.23, Q.24), for far ends that agreed to no telephone events.
import type { HeardDigit } from './digit.ts'

const RATE_HZ = 8000
/** 25.6 ms: wide enough to part neighbouring tones, short enough for keys of 50 ms. */
const BLOCK = 205
const BLOCK_MS = (BLOCK * 1000) / RATE_HZ
const ROWS_HZ = [697, 770, 852, 941]
const COLUMNS_HZ = [1209, 1336, 1477, 1633]
const KEYPAD = ['123A', '456B', '789C', '*0#D']
/** Mean square of a block that is loud enough: about -36 dBm0. */
const LEAST_POWER = 40_000
/** The two tones together carry nearly all power of a key, and little of speech. */
const LEAST_SHARE = 0.75
/** Q.24: one tone may be stronger than the other by 8 dB at most. */
const MOST_TWIST = 6.4
const LEAST_BLOCKS = 2

const coefficient = (hz: number) => 2 * Math.cos((2 * Math.PI * hz) / RATE_HZ)
const ROWS = ROWS_HZ.map(coefficient)
const COLUMNS = COLUMNS_HZ.map(coefficient)

/** Power of one frequency as a share of a block's mean square times its length (Goertzel). */
const powerAt = (block: Int16Array, factor: number): number => {
  let before = 0
  let last = 0
  for (let i = 0; i < BLOCK; i++) {
    const next = (block[i] ?? 0) + factor * last - before
    before = last
    last = next
  }
  return (2 * (before * before + last * last - factor * before * last)) / BLOCK / BLOCK
}

const strongest = (block: Int16Array, factors: readonly number[]) => {
  let best = { index: -1, power: 0 }
  factors.forEach((factor, index) => {
    const power = powerAt(block, factor)
    if (power > best.power) best = { index, power }
  })
  return best
}

/** The key whose tones fill the block. */
export const keyOf = (block: Int16Array): string | undefined => {
  let total = 0
  for (let i = 0; i < BLOCK; i++) total += (block[i] ?? 0) ** 2
  total /= BLOCK
  if (total < LEAST_POWER) return undefined
  const row = strongest(block, ROWS)
  const column = strongest(block, COLUMNS)
  if (row.power + column.power < LEAST_SHARE * total) return undefined
  if (row.power > column.power * MOST_TWIST || column.power > row.power * MOST_TWIST)
    return undefined
  return KEYPAD[row.index]?.[column.index]
}

export class DigitDetector {
  readonly #block = new Int16Array(BLOCK)
  #filled = 0
  #key: string | undefined
  #blocks = 0
  #silentBlocks = 0

  /** Gives a digit when its key went up. */
  receive(samples: Int16Array, count: number): HeardDigit | undefined {
    let heard: HeardDigit | undefined
    for (let i = 0; i < count; i++) {
      this.#block[this.#filled++] = samples[i] ?? 0
      if (this.#filled < BLOCK) continue
      this.#filled = 0
      heard = this.#judge(keyOf(this.#block)) ?? heard
    }
    return heard
  }

  #judge(key: string | undefined): HeardDigit | undefined {
    if (key !== undefined && key === this.#key) {
      this.#blocks += 1 + this.#silentBlocks
      this.#silentBlocks = 0
      return undefined
    }
    // One bad block inside a long key does not make it two keys.
    if (key === undefined && this.#key !== undefined && this.#silentBlocks === 0) {
      this.#silentBlocks = 1
      return undefined
    }
    const ended =
      this.#key !== undefined && this.#blocks >= LEAST_BLOCKS
        ? { digit: this.#key, durationMs: Math.round(this.#blocks * BLOCK_MS) }
        : undefined
    this.#key = key
    this.#blocks = key === undefined ? 0 : 1
    this.#silentBlocks = 0
    return ended
  }
}
