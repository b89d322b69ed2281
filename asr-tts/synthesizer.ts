/** Turns text into a prompt file. A port: espeak-ng by default, other engines behind the same door. */
export interface Synthesizer {
  readonly name: string
  /**
   * Path of a WAV (8 kHz, 16 bit, mono) that says the text; made at first use, then from the cache by content.
   * @throws {SynthesisFailed} when the engine is missing, refuses or takes longer than its limit.
   */
  fileFor(
    text: string,
    options?: { readonly voice?: 'female' | 'male'; readonly tempo?: number },
  ): Promise<string>
}
