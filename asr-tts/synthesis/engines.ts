// From what is configured to the engines that speak.
import { createEspeakEngine } from '../engines/espeak.ts'
import type { SynthesiserConfig } from './config.ts'
import type { SynthesisEngine } from './engine.ts'

/** In the order given; none configured means espeak-ng. */
export const createSynthesisEngines = (
  configs: readonly SynthesiserConfig[],
  now: () => number,
): SynthesisEngine[] =>
  configs.length === 0 ? [createEspeakEngine()] : configs.map(config => engineOf(config, now))

function engineOf(config: SynthesiserConfig, now: () => number): SynthesisEngine {
  switch (config.kind) {
    case 'espeak':
      return createEspeakEngine(config)
    default:
      throw new RangeError(`${config.kind} does not speak (asked at ${now()})`)
  }
}
