// What the pool and its threads say to each other.
import type { Phrase } from '../recogniser.ts'

export interface GrammarOf {
  /** The same phrases have the same key. */
  readonly key: string
  readonly phrases: readonly Phrase[]
}

export type ThreadTask =
  /** Only whether the grammar can be understood. */
  | { readonly type: 'compile'; readonly grammar: GrammarOf }
  | {
      readonly type: 'decode'
      readonly grammar: GrammarOf
      readonly samples: Int16Array
      /** A second decoding tells how well any other syllables would fit. */
      readonly isCompared: boolean
    }

export interface Sentence {
  readonly text: string
  readonly phrase?: string
  /** Nothing in the grammar goes on from here. */
  readonly isWhole: boolean
  readonly words: readonly {
    readonly text: string
    readonly startMs: number
    readonly endMs: number
  }[]
  /** Logarithmic; of the grammar less that of any syllables. Absent when it was not compared. */
  readonly lead?: number
}

export type ThreadAnswer =
  | { readonly type: 'compiled' }
  /** `sentence` is absent when nothing of the grammar fits the sound. */
  | { readonly type: 'decoded'; readonly sentence?: Sentence; readonly decodingMs: number }
  | { readonly type: 'refused'; readonly detail: string }

export type ToThread =
  { readonly type: 'task'; readonly task: ThreadTask } | { readonly type: 'close' }

export type FromThread =
  /** `threadId` as the kernel counts it. */
  | { readonly type: 'ready'; readonly threadId: number }
  | { readonly type: 'answer'; readonly answer: ThreadAnswer }
  /** It can't begin, and ends. */
  | { readonly type: 'unusable'; readonly detail: string }

export interface ThreadOptions {
  readonly acoustic: string
  readonly dictionary: string
  /** Of its thread alone, so that calls come first. */
  readonly niceness: number
}
