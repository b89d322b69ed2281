// The sound of a leg while it lives, for whoever listens: speech engines, captions, measures. Never in the path of a call.

/** A piece of both sides, of one length, 8 kHz, 16 bit. */
export interface TapSound {
  /** What the leg's party says. */
  readonly said: Int16Array
  /** What the party hears: the partner, or our prompts. */
  readonly heard: Int16Array
  /** ms of sound since the tap began, at the first sample. */
  readonly atMs: number
}

export type TapEnd =
  /** We stopped it, or the leg ended. */
  | 'stopped'
  | 'leg-ended'
  /** The switch would not, or the sound broke off. */
  | 'failed'

export interface TapOptions {
  /** Pieces of 20 to 200 ms, in order, without a gap: what was lost on the way is silence. */
  readonly onSound: (sound: TapSound) => void
  /** Exactly once. */
  readonly onEnd: (end: TapEnd, detail?: string) => void
}

export interface Tap {
  /** How the sound comes: the switch streams it, or a recording is read as it grows. */
  readonly way: 'stream' | 'recording'
  /** While masked, both sides are silence here (a confidential part of the talk). */
  mask(masked: boolean): void
  stop(): void
}
