/** A prompt could not be made: the engine is missing, refuses, or takes too long. */
export class SynthesisFailed extends Error {
  readonly code = 'SYNTHESIS_FAILED'
}
