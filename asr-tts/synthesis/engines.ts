// From what is configured to the engines that speak.
import { createAliyunToken } from '../engines/aliyun-token.ts'
import { createAliyunVoice } from '../engines/aliyun-voice.ts'
import { createEspeakEngine } from '../engines/espeak.ts'
import { createSherpaVoice } from '../engines/sherpa-voice.ts'
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
    case 'sherpa':
      return createSherpaVoice(config)
    case 'aliyun': {
      const { tokenUrl: endpoint, keyId, keySecret } = config
      const token = createAliyunToken({ endpoint, keyId, keySecret, now })
      return createAliyunVoice({ ...config, token })
    }
  }
}
