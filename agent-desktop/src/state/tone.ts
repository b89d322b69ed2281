// Sounds as numbers; the browser's sound graph plays them.

export interface Tone {
  readonly frequenciesHz: readonly number[]
  readonly fromMs: number
  readonly forMs: number
}

const LOW_HZ = [697, 770, 852, 941]
const HIGH_HZ = [1209, 1336, 1477]
const KEYS = '123456789*0#'

/** Two tones of a key, ITU-T Q.23. */
export function keyTone(key: string): readonly number[] {
  const index = KEYS.indexOf(key)
  if (index < 0) return []
  const [low, high] = [LOW_HZ[Math.floor(index / 3)], HIGH_HZ[index % 3]]
  return low !== undefined && high !== undefined ? [low, high] : []
}

/** A soft double ring, 4 s a round. */
export const RING: readonly Tone[] = [
  { frequenciesHz: [880, 1108], fromMs: 0, forMs: 380 },
  { frequenciesHz: [880, 1108], fromMs: 560, forMs: 380 },
]
export const RING_EVERY_MS = 3000
