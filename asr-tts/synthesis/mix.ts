// Lines and pauses into one sound of the telephone's rate, every line at its level.
import { level, resample, type Sound, TELEPHONE_RATE_HZ, trim } from '../audio.ts'
import { SynthesisFailed } from '../errors.ts'
import type { Step } from './script.ts'

/** RMS of speech, dB below full scale. */
const LEVEL_DB = -20
const EDGE_MS = 80

/** @throws {SynthesisFailed} `nonsense` when a line is nothing but silence. */
export async function mix(
  steps: readonly Step[],
  speak: (step: Extract<Step, { type: 'line' }>) => Promise<Sound>,
): Promise<Sound> {
  const pieces: Float32Array[] = [silence(EDGE_MS)]
  for (const step of steps) {
    if (step.type === 'pause') {
      pieces.push(silence(step.ms))
      continue
    }
    const spoken = trim(await resample(await speak(step), TELEPHONE_RATE_HZ), 0)
    if (spoken.samples.length === 0)
      throw new SynthesisFailed('nonsense', 'the engine gave nothing but silence')
    pieces.push(level(spoken, LEVEL_DB + step.volumeDb).samples)
  }
  pieces.push(silence(EDGE_MS))
  const samples = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    samples.set(piece, at)
    at += piece.length
  }
  return { sampleRateHz: TELEPHONE_RATE_HZ, samples }
}

const silence = (ms: number) => new Float32Array(Math.round((TELEPHONE_RATE_HZ * ms) / 1000))
