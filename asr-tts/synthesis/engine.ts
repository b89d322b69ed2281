// The port of an engine of synthesis: one line of speech in, sound out. One file per engine in `engines/`.
import type { Sound } from '../audio.ts'
import type { Voice } from '../synthesizer.ts'
import type { Token } from '../text/syllable.ts'

/** How a line is spoken. Loudness is set afterwards, the same for every engine. */
export interface Manner {
  readonly voice: Voice
  /** 0.5–2; 1 is normal. */
  readonly tempo: number
  /** Semitones above the voice's own pitch, −12 to 12. */
  readonly pitch: number
}

/** Characters whose reading is given and not to be guessed. */
export interface Fixed {
  /** Index of the first one in `Line.text`. */
  readonly at: number
  /** One a character, with tone: `chong2`. */
  readonly pinyin: readonly string[]
}

/** A sentence or some of them, in one manner; never longer than `LINE_CHARACTERS`. */
export interface Line {
  /** In Chinese characters, capital letters and stops: numbers are words already. */
  readonly text: string
  /** The same in syllables, for engines that take pinyin. */
  readonly tokens: readonly Token[]
  /** For engines that guess readings by themselves. */
  readonly fixed: readonly Fixed[]
  readonly manner: Manner
}

/** Aliyun takes 300 characters at once, the shortest limit of all. */
export const LINE_CHARACTERS = 200

export interface SynthesisEngine {
  readonly name: string
  /** Such as `espeak`; for the live page. */
  readonly kind: string
  /** Everything that decides how the line sounds, as text; two lines that give the same share a file. Pure. */
  wordingOf(line: Line): string
  /**
   * At any rate, at any level, with or without silence around it.
   * @throws {SynthesisFailed}; gives up when `signal` says so.
   */
  speak(line: Line, signal: AbortSignal): Promise<Sound>
  /** Ends what it keeps: a process, a worker, a socket. */
  close?(): void
}
