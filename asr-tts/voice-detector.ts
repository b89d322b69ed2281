/** Speech begins or ends. Times are ms since the first sample that was pushed, of the sound, never of the clock. */
export type VoiceChange =
  | { readonly type: 'began'; readonly atMs: number }
  /** It may have ended at `atMs`: told after `pauseMs`, before it is sure. `resumed` or `ended` follows. */
  | { readonly type: 'paused'; readonly atMs: number }
  | { readonly type: 'resumed'; readonly atMs: number }
  /** `atMs` is where the speech ended, which is earlier than the moment it is sure. */
  | { readonly type: 'ended'; readonly atMs: number }

export interface VoiceOptions {
  readonly rateHz: 8000 | 16000
  /** So much silence ends a stretch of speech. */
  readonly endSilenceMs: number
  /** So much silence is told as `paused`; absent: pauses are not told. */
  readonly pauseMs?: number
  /** Shorter stretches are a click or a cough. */
  readonly minSpeechMs: number
}

export interface VoiceStream {
  /** Mono 16-bit samples in pieces of any length; changes are told in order, soon after. */
  push(samples: Int16Array): void
  /** So much of the sound has been heard by now: what lies further back is told already. */
  heardMs(): number
  /** No more: a stretch that is open ends. Resolves when everything has been told. */
  finish(): Promise<void>
}

/** Tells speech from silence, noise and music. A port; Silero VAD behind it. */
export interface VoiceDetector {
  readonly name: string
  open(options: VoiceOptions, onChange: (change: VoiceChange) => void): VoiceStream
}
