// How loud the sound is from moment to moment, and where in it speech fell silent.

/** A quarter of a detector's frame. */
export const STEP_MS = 8
/** Digital silence counts as this. */
const SILENT_DB = -80
/** Sound this far below the loudest of the last word is not heard as speech any more. */
const FAINT_DB = 22
/** Above the noise of the line. */
const ABOVE_NOISE_DB = 6
const BACK_MS = 400
const AHEAD_MS = 150

/** dB below full scale, one every 8 ms. */
export function levelsDb(samples: Int16Array, rateHz: number): number[] {
  const step = (rateHz * STEP_MS) / 1000
  const levels: number[] = []
  for (let at = 0; at < samples.length; at += step) {
    const piece = samples.subarray(at, at + step)
    let sum = 0
    for (const sample of piece) sum += sample * sample
    const rms = Math.sqrt(sum / Math.max(1, piece.length)) / 32_768
    levels.push(rms > 0 ? Math.max(SILENT_DB, 20 * Math.log10(rms)) : SILENT_DB)
  }
  return levels
}

/**
 * A detector hears the end of speech about a tenth of a second late or early; the loudness says where it was.
 * @param levels as of `levelsDb`, the first one at `fromMs` @param aboutMs the end as the detector heard it
 */
export function loudEndMs(levels: readonly number[], fromMs: number, aboutMs: number): number {
  const smooth = (i: number) => {
    const near = levels.slice(Math.max(0, i - 1), i + 2)
    return near.reduce((sum, level) => sum + level, 0) / Math.max(1, near.length)
  }
  const indexOf = (ms: number) => Math.max(0, Math.round((ms - fromMs) / STEP_MS))
  const about = indexOf(aboutMs)
  const before = levels.slice(indexOf(aboutMs - BACK_MS), about)
  const after = levels.map((_, i) => smooth(i)).slice(about + 6)
  const loudest = Math.max(SILENT_DB, ...before)
  const noise = [...after].sort((a, b) => a - b)[Math.floor(after.length / 2)] ?? SILENT_DB
  const least = Math.max(noise + ABOVE_NOISE_DB, loudest - FAINT_DB)
  for (let i = indexOf(aboutMs + AHEAD_MS); i > indexOf(aboutMs - BACK_MS); i -= 1)
    if (smooth(i) > least && i < levels.length) return Math.round(fromMs + (i + 1) * STEP_MS)
  return Math.round(aboutMs)
}
