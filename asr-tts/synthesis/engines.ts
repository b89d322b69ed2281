// From what is configured to the engines that speak.
import { createAliyunToken } from '../engines/aliyun-token.ts'
import { createAliyunVoice } from '../engines/aliyun-voice.ts'
import { createEspeakEngine } from '../engines/espeak.ts'
import { createSherpaVoice } from '../engines/sherpa-voice.ts'
import type { SwitchVoiceConfig, SynthesiserConfig } from './config.ts'
import type { SynthesisEngine } from './engine.ts'

type FileMaker = Exclude<SynthesiserConfig, SwitchVoiceConfig>

/** Those that make files, in the order given; none configured means espeak-ng. */
export function createSynthesisEngines(
  configs: readonly SynthesiserConfig[],
  now: () => number,
): SynthesisEngine[] {
  const makers = configs.filter((config): config is FileMaker => config.kind !== 'mrcp')
  return makers.length === 0 ? [createEspeakEngine()] : makers.map(config => engineOf(config, now))
}

function engineOf(config: FileMaker, now: () => number): SynthesisEngine {
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
