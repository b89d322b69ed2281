// Music on hold, composed here, so that nobody has rights in it.
import { setImmediate } from 'node:timers/promises'
import { level, type Sound, TELEPHONE_RATE_HZ } from './audio.ts'

const LEVEL_DB = -18
const HIGHEST_HZ = 3400 // the telephone's limit
const CHORD_S = 2.5
const NOTES_A_CHORD = 8

// MIDI numbers, sounded an octave up: 392 Hz to 1319 Hz.
const CHORDS: readonly (readonly number[])[] = [
  [60, 64, 67, 71],
  [57, 60, 64, 67],
  [62, 65, 69, 72],
  [55, 59, 62, 65],
  [64, 67, 71, 74],
  [57, 60, 64, 67],
  [65, 69, 72, 76],
  [55, 59, 62, 67],
  [60, 64, 67, 72],
  [59, 62, 67, 71],
  [57, 60, 64, 69],
  [64, 67, 71, 76],
  [65, 69, 72, 76],
  [60, 64, 67, 72],
  [62, 65, 69, 72],
  [55, 60, 62, 67],
]
/** Which tone of the chord each plucked note takes. */
const PATTERNS: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 2, 1, 2, 1],
  [0, 2, 1, 3, 2, 3, 1, 2],
]

interface Note {
  readonly atS: number
  readonly frequencyHz: number
  readonly lengthS: number
  readonly loudness: number
  readonly attackS: number
  /** Time in which the sound falls to a third. */
  readonly decayS: number
  readonly partials: readonly number[]
}

/** 40 s of soft chords and plucked notes whose end runs into their beginning. */
export async function composeMusic(): Promise<Sound> {
  const samples = new Float32Array(CHORDS.length * CHORD_S * TELEPHONE_RATE_HZ)
  for (const [index, chord] of CHORDS.entries()) {
    for (const note of notesOf(chord, index)) {
      mix(samples, note)
      await setImmediate()
    }
  }
  return level({ sampleRateHz: TELEPHONE_RATE_HZ, samples }, LEVEL_DB)
}

function notesOf(chord: readonly number[], index: number): Note[] {
  const atS = index * CHORD_S
  const pad = chord.map(midi => ({
    atS,
    frequencyHz: toHz(midi + 12),
    lengthS: CHORD_S + 0.8,
    loudness: 0.35,
    attackS: 0.6,
    decayS: 2.2,
    partials: [1, 0.15],
  }))
  const pattern = PATTERNS[index % PATTERNS.length] ?? []
  const plucked = pattern.map((tone, step) => ({
    atS: atS + (step * CHORD_S) / NOTES_A_CHORD,
    frequencyHz: toHz((chord[tone] ?? 60) + 12),
    lengthS: 2,
    loudness: step === 0 ? 1 : 0.75,
    attackS: 0.008,
    decayS: 0.45,
    partials: [1, 0.4, 0.12],
  }))
  return [...pad, ...plucked]
}

/** Adds a note; what rings on beyond the end is heard at the beginning, which makes the loop seamless. */
function mix(samples: Float32Array, note: Note): void {
  const { frequencyHz, loudness, attackS, decayS, lengthS, partials } = note
  const first = Math.round(note.atS * TELEPHONE_RATE_HZ)
  const count = Math.round(lengthS * TELEPHONE_RATE_HZ)
  const audible = partials.filter((_, above) => frequencyHz * (above + 1) < HIGHEST_HZ)
  for (let i = 0; i < count; i += 1) {
    const s = i / TELEPHONE_RATE_HZ
    const fade = Math.min(1, s / attackS, (lengthS - s) / 0.1)
    const strength = loudness * fade * Math.exp(-s / decayS)
    let wave = 0
    for (const [above, share] of audible.entries()) {
      wave += share * Math.sin(2 * Math.PI * frequencyHz * (above + 1) * s)
    }
    const at = (first + i) % samples.length
    samples[at] = (samples[at] ?? 0) + strength * wave
  }
}

const toHz = (midi: number): number => 440 * 2 ** ((midi - 69) / 12)
