// What the API asks of speech: the list of words, and a text to be tried.
import { readFile } from 'node:fs/promises'
import { isOfText, type Synthesis, SynthesisFailed } from '../../asr-tts/index.ts'
import type { SpeechTry, SpeechWord } from '../api/speech-schema.ts'
import { refuse } from '../errors.ts'
import type { SettingStore } from '../store/repository.ts'
import { problemsOf, readWords, writeWords } from './words.ts'

export interface Tried {
  readonly sound: Buffer
  readonly engine: string
  readonly tookMs: number
  /** The effect could not be made; this is the voice alone. */
  readonly isBare: boolean
}

export interface SpeechDesk {
  words(): Promise<readonly SpeechWord[]>
  /** @throws {Refusal} BAD_REQUEST with the problem of each entry. */
  saveWords(words: readonly SpeechWord[]): Promise<void>
  /** @throws {Refusal} TEXT_NOT_SPOKEN, NO_VOICE */
  try(text: SpeechTry): Promise<Tried>
}

interface Deps {
  readonly synthesis: Pick<Synthesis, 'make'>
  readonly settings: SettingStore
}

export const createSpeechDesk = ({ synthesis, settings }: Deps): SpeechDesk => ({
  words: () => readWords(settings),
  async saveWords(words) {
    const problems = problemsOf(words)
    if (problems.length > 0) throw refuse('BAD_REQUEST', undefined, problems)
    await writeWords(settings, words)
  },
  async try({ text, ...wish }) {
    const beganAt = performance.now()
    try {
      const options = Object.fromEntries(
        Object.entries(wish).filter(([, value]) => value !== undefined),
      )
      const { path, engine, isBare } = await synthesis.make(text, { ...options, isAhead: true })
      const tookMs = Math.round(performance.now() - beganAt)
      return { sound: await readFile(path), engine, tookMs, isBare }
    } catch (error) {
      if (!(error instanceof SynthesisFailed)) throw error
      const { fault, message } = error
      throw isOfText(error)
        ? refuse('TEXT_NOT_SPOKEN', message, { fault })
        : refuse('NO_VOICE', message, { fault })
    }
  },
})
