// Manners of speaking, as they are heard: tempo, pitch and loudness together.
import type { Style } from '../synthesizer.ts'

export interface StyleTone {
  /** Factor. */
  readonly tempo: number
  /** Semitones. */
  readonly pitch: number
  readonly volumeDb: number
}

export const STYLE_TONES: Readonly<Record<Style, StyleTone>> = {
  plain: { tempo: 1, pitch: 0, volumeDb: 0 },
  calm: { tempo: 0.9, pitch: -1.5, volumeDb: -1 },
  lively: { tempo: 1.15, pitch: 2, volumeDb: 1 },
  /** Slow, low and loud: hearing goes from the high tones down. */
  elder: { tempo: 0.75, pitch: -1, volumeDb: 3 },
}
