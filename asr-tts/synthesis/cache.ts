// Prompts are kept by the hash of everything that decides how they sound, so that nothing has to be thrown away when a word or a voice changes.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { SpeechOptions } from '../synthesizer.ts'
import { EFFECT_FORM } from './effect.ts'
import type { SynthesisEngine } from './engine.ts'
import type { Step } from './script.ts'

/** Counted up when the same wording is to sound different. */
const FORM = 3

export interface PromptPaths {
  /** The voice alone, as WAV. */
  readonly voice: string
  /** With its effect and in its format; the same file where neither is asked for. */
  readonly finished: string
}

export function pathsOf(
  folder: string,
  engine: SynthesisEngine,
  script: readonly Step[],
  { effect, format = 'wav' }: SpeechOptions,
): PromptPaths {
  const wording = script.map(step =>
    step.type === 'pause' ? step.ms : [engine.wordingOf(step.line), step.volumeDb],
  )
  const voice = hashOf([FORM, engine.kind, wording])
  const withEffect = effect ? hashOf([EFFECT_FORM, voice, effect]) : voice
  return {
    voice: join(folder, `${voice}.wav`),
    finished: join(folder, `${withEffect}.${format}`),
  }
}

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
