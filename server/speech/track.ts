// Both sides of a leg as they came from a tap, from the last moments that still matter.
import type { TapSound } from '../../telephony/call/tap.ts'

export const RATE_HZ = 8000
const PER_MS = RATE_HZ / 1000

export interface Track {
  add(sound: TapSound): void
  /** What came before is forgotten. */
  forgetUntil(ms: number): void
  said(fromMs: number): readonly Int16Array[]
  /** One piece, and where it begins. */
  heard(fromMs: number): { readonly fromMs: number; readonly samples: Int16Array }
  /** Until when it goes. */
  readonly endMs: number
}

export function createTrack(): Track {
  let sounds: TapSound[] = []
  let endMs = 0

  const from = (ms: number) => sounds.filter(sound => endOf(sound) > ms)
  const cut = (samples: Int16Array, sound: TapSound, ms: number) =>
    samples.subarray(Math.max(0, Math.round((ms - sound.atMs) * PER_MS)))

  return {
    add(sound) {
      sounds.push(sound)
      endMs = endOf(sound)
    },
    forgetUntil(ms) {
      const [first] = sounds
      if (first && endOf(first) <= ms) sounds = from(ms)
    },
    said: ms => from(ms).map(sound => cut(sound.said, sound, ms)),
    heard(ms) {
      const pieces = from(ms)
      const fromMs = Math.max(ms, pieces[0]?.atMs ?? endMs)
      const samples = new Int16Array(Math.round((endMs - fromMs) * PER_MS) + PER_MS)
      let length = 0
      for (const sound of pieces) {
        const piece = cut(sound.heard, sound, ms)
        samples.set(piece.subarray(0, samples.length - length), length)
        length += piece.length
      }
      return { fromMs, samples: samples.subarray(0, length) }
    },
    get endMs() {
      return endMs
    },
  }
}

const endOf = ({ atMs, said }: TapSound) => atMs + said.length / PER_MS
