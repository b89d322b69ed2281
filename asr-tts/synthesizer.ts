/** What people choose of a voice. */
export const VOICES = ['female', 'male'] as const
export type Voice = (typeof VOICES)[number]

/** Manners of speaking: tempo, pitch and loudness together (`synthesis/style.ts`). */
export const STYLES = ['plain', 'calm', 'lively', 'elder'] as const
export type Style = (typeof STYLES)[number]

/** What is done to the finished sound (`synthesis/effect.ts`). */
export const EFFECTS = ['reverb', 'echo', 'robot', 'chorus', 'near', 'far', 'background'] as const
export type Effect = (typeof EFFECTS)[number]

/** `pcm` is 16 bit, little endian, without a header; all are 8 kHz mono. */
export const FORMATS = ['wav', 'pcm', 'mp3'] as const
export type Format = (typeof FORMATS)[number]

export interface SpeechOptions {
  /** Default female. */
  readonly voice?: Voice
  /** Default plain. */
  readonly style?: Style
  /** 0.5–2; default 1; on top of the style's. */
  readonly tempo?: number
  readonly effect?: Effect
  /** Default wav, which every switch plays. */
  readonly format?: Format
  /** Words of this area are said its way. */
  readonly area?: string
  /** Nobody waits for it: those who do go first. */
  readonly isAhead?: boolean
}

/** Turns text into a prompt file. A port: several engines behind one office (`synthesis/office.ts`). */
export interface Synthesizer {
  readonly name: string
  /**
   * Path of a sound that says the text, plain or SSML (it begins with `<speak`); made at first use, then from the cache by content.
   * @throws {SynthesisFailed} with its fault.
   */
  fileFor(text: string, options?: SpeechOptions): Promise<string>
}
