// What the thread with the model and the streams say to each other.

export type ToSilero =
  /** The next frame of a stream, whole; the first one opens the stream. */
  | { readonly type: 'frame'; readonly stream: number; readonly samples: Int16Array }
  | { readonly type: 'close'; readonly stream: number }

export type FromSilero =
  | { readonly type: 'ready' }
  /** How likely the stream's next frame is speech, in the order of its frames. */
  | { readonly type: 'heard'; readonly stream: number; readonly probability: number }

/** Samples of a frame: 32 ms at both rates. */
export const FRAME_SAMPLES = { 8000: 256, 16000: 512 } as const
