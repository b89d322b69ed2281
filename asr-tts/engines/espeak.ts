// Debian's espeak-ng as a program of its own (GPL, so never linked).
import { readWav } from '../audio.ts'
import { SynthesisFailed } from '../errors.ts'
import { runProgram } from '../program.ts'
import type { Line, SynthesisEngine } from '../synthesis/engine.ts'
import { toEspeakText } from './espeak-text.ts'

export interface EspeakOptions {
  readonly name?: string
  readonly program?: string
  /** For one line; default 10 s. */
  readonly limitMs?: number
}

// Debian's espeak-ng 1.51 reads Chinese as English with `cmn`; with this voice it is right.
const VOICES = { female: 'cmn-latn-pinyin+f3', male: 'cmn-latn-pinyin' } as const
const WORDS_PER_MINUTE = 150
// espeak-ng's scale of pitch: 50 is the voice's own, 0 an octave below, 100 an octave above (pitch_adjust_tab).
const PITCH = 50
const PITCH_A_SEMITONE = 50 / 12

export function createEspeakEngine(options: EspeakOptions = {}): SynthesisEngine {
  const { program = 'espeak-ng', name = 'espeak-ng', limitMs = 10_000 } = options
  return {
    name,
    kind: 'espeak',
    wordingOf: line => JSON.stringify([argumentsOf(line), toEspeakText(line.tokens)]),
    async speak(line, signal) {
      const sound = readWav(
        await runProgram({
          program,
          debianPackage: 'espeak-ng',
          args: [...argumentsOf(line), '--stdin', '--stdout'],
          input: toEspeakText(line.tokens),
          limitMs,
          signal,
        }),
      )
      if (!sound) throw new SynthesisFailed('nonsense', `${program} gave no usable sound`)
      return sound
    },
  }
}

const argumentsOf = ({ manner: { voice, tempo, pitch } }: Line): string[] => [
  '-v',
  VOICES[voice],
  '-s',
  String(Math.round(WORDS_PER_MINUTE * tempo)),
  '-p',
  String(Math.min(99, Math.max(0, Math.round(PITCH + pitch * PITCH_A_SEMITONE)))),
]
