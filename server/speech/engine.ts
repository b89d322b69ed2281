// A recogniser as the pool keeps it: what it may be asked for, and how many streams it takes.
import type { Recogniser } from '../../asr-tts/index.ts'
import type { Purpose } from './choice.ts'

export interface Engine {
  /** The operator's name for it. */
  readonly name: string
  readonly kind: string
  readonly recogniser: Recogniser
  readonly purposes: readonly Purpose[]
  readonly limit?: number | undefined
  readonly hotwords: Readonly<Record<string, number>>
  /** Whether silence may be said to it, to learn if it is there; not where a leg of a call is needed. */
  readonly canBeTried: boolean
}
