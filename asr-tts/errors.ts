/** Why a text could not be made heard. */
export type SynthesisFault =
  /** Its markup is wrong; `message` says where. */
  | 'wrong-markup'
  /** Longer than is ever said. */
  | 'too-long'
  /** Nothing in it can be said. */
  | 'no-words'
  /** All channels of synthesis stayed in use. */
  | 'no-channel'
  /** A program or a model that is needed is not installed. */
  | 'missing'
  | 'unreachable'
  | 'wrong-key'
  | 'refused'
  | 'quota'
  | 'broken-off'
  | 'slow'
  /** Something that is no sound, or nothing but silence. */
  | 'nonsense'

/** A prompt could not be made. */
export class SynthesisFailed extends Error {
  readonly code = 'SYNTHESIS_FAILED'
  readonly fault: SynthesisFault

  constructor(fault: SynthesisFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** The text is to blame: another engine, or the same one later, would not do better. */
export const isOfText = ({ fault }: SynthesisFailed): boolean =>
  fault === 'wrong-markup' || fault === 'too-long' || fault === 'no-words'
