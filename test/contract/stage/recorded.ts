// What stands in a recording, side by side.
import { readWav } from '../../fixtures/sound.ts'
import { type Voice, voicesIn } from './ears.ts'

/** Voices of each side in the second second. */
export const voicesOf = (path: string): Voice[][] => {
  const { channels, rateHz } = readWav(path)

  return channels.map(samples => voicesIn(samples.subarray(rateHz, 2 * rateHz), rateHz))
}
