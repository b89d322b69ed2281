/** A word or character as it was heard. Times are ms since the first sample that was written. */
export interface Word {
  readonly text: string
  readonly startMs: number
  readonly endMs: number
  /** 0–1, where the engine says it. */
  readonly confidence?: number
}

/** What may be said where only that matters: a menu, yes or no, digits. */
export interface Phrase {
  /** Given back with what was understood. */
  readonly id: string
  /** Ways to say it, in Chinese characters; digits as they are spoken. `{digits}`, `{digits:4}`, `{digits:4-8}` stand for so many spoken digits. */
  readonly texts: readonly string[]
}

export type EndCause =
  /** All audio was heard, and everything that was understood has been told. */
  | 'finished'
  /** We wanted no more. */
  | 'cancelled'
  | 'unreachable'
  | 'wrong-key'
  | 'refused'
  | 'quota'
  /** It closed while audio was still to come. */
  | 'broken-off'
  /** It takes audio more slowly than people speak, or does not answer any more. */
  | 'slow'
  | 'nonsense'
  /** All channels of recognition are in use. */
  | 'no-channel'

export type RecognitionEvent =
  | { readonly type: 'started' }
  /** Somebody begins to speak; only from an engine that hears it. */
  | { readonly type: 'speech-began'; readonly atMs: number }
  /** Speech that is none of the phrases of the grammar, or no words at all: noise, music, another language. */
  | { readonly type: 'rejected'; readonly startMs: number; readonly endMs: number }
  /** Replaces the partial before it. */
  | { readonly type: 'partial'; readonly text: string }
  | {
      readonly type: 'final'
      readonly text: string
      readonly startMs: number
      readonly endMs: number
      /** Empty where the engine gives none. */
      readonly words: readonly Word[]
      readonly confidence?: number
      /** The phrase of the grammar that it is. */
      readonly phrase?: string
    }
  /** The last one, exactly once. */
  | { readonly type: 'ended'; readonly cause: EndCause; readonly detail?: string }

export interface Capabilities {
  readonly partials: boolean
  readonly wordTimes: boolean
  readonly hotwords: boolean
  /** Numbers come as digits already. */
  readonly itn: boolean
  /** Only what a grammar allows is understood. */
  readonly grammar: boolean
  readonly ratesHz: readonly (8000 | 16000)[]
}

export interface ListenOptions {
  readonly rateHz: 8000 | 16000
  /** Word → weight 1–100. */
  readonly hotwords?: Readonly<Record<string, number>>
  /** Only this is understood. An engine without `capabilities.grammar` hears freely, and whoever asks compares. */
  readonly grammar?: readonly Phrase[]
  /** So much silence ends a sentence; for engines that cut sentences on this machine. */
  readonly endSilenceMs?: number
  /** Longer speech is cut there and understood as far as it goes; for the same engines. */
  readonly maxSpeechMs?: number
}

export interface Listening {
  /** Mono 16-bit samples at the rate agreed; never blocks, and does nothing after the end. */
  write(samples: Int16Array): void
  /** No more audio; the rest is told, then `ended`. */
  finish(): void
  /** Ends at once as `cancelled`. */
  cancel(): void
}

/** A streaming recogniser (W-ASR-1). A port: one file per engine in `engines/`. */
export interface Recogniser {
  readonly name: string
  readonly capabilities: Capabilities
  /** Begins at once; what is written before the engine has answered waits. Faults are told as `ended`, never thrown. */
  listen(options: ListenOptions, onEvent: (event: RecognitionEvent) => void): Listening
}
