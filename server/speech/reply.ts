// When a caller begins to hear an answer, from the sound alone (waveform-true speech delay). Pure.
import { levelsDb, STEP_MS } from '../../asr-tts/voice/loudness.ts'

/** Above the noise of the line. */
const ABOVE_NOISE_DB = 8
/** Nobody hears what is fainter. */
const AUDIBLE_DB = -50
/** A line that is louder than this in its pauses has no pauses. */
const MOST_NOISE_DB = -40
/** Sound counts where it fills three quarters of so much; a click does not. */
const SOUNDING = 0.75
const STRETCH = Math.round(64 / STEP_MS)
const NOISE_MS = 300

export interface HeardSide {
  /** What the caller heard. */
  readonly samples: Int16Array
  readonly rateHz: number
  /** Where the samples begin. */
  readonly startMs: number
}

/**
 * The first audible moment from `fromMs` on, after a pause: what still sounds there is the rest of the question.
 * Undefined: there is none yet.
 */
export function replyStartMs(
  { samples, rateHz, startMs }: HeardSide,
  fromMs: number,
): number | undefined {
  const levels = levelsDb(samples, rateHz)
  const first = Math.max(0, Math.floor((fromMs - startMs) / STEP_MS))
  const least = Math.max(AUDIBLE_DB, noiseDb(levels, first) + ABOVE_NOISE_DB)
  const isLoud = (at: number) => (levels[at] ?? AUDIBLE_DB) > least
  const isSound = (at: number) => {
    let loud = 0
    for (let i = at; i < at + STRETCH; i += 1) if (isLoud(i)) loud += 1
    return loud >= STRETCH * SOUNDING
  }
  let at = first
  // The rest of the question, if it still sounds.
  while (at < levels.length && isSound(at)) at += 1
  for (; at + STRETCH <= levels.length; at += 1)
    if (isLoud(at) && isSound(at)) return startMs + at * STEP_MS
  return undefined
}

/** The quietest tenth around the moment. */
function noiseDb(levels: readonly number[], at: number): number {
  const reach = NOISE_MS / STEP_MS
  const around = levels.slice(Math.max(0, at - reach), at + reach).sort((a, b) => a - b)
  return Math.min(MOST_NOISE_DB, around[Math.floor(around.length / 10)] ?? AUDIBLE_DB)
}
