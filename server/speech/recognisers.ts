// The recognisers of the speech file, made.
import {
  createAliyun,
  createAliyunToken,
  createFunasr,
  createGoogle,
  createPocketsphinx,
  createSherpa,
  createSherpaLocal,
  type DialogueLimits,
  type Recogniser,
} from '../../asr-tts/index.ts'
import type { VoiceDetector } from '../../asr-tts/voice-detector.ts'
import type { RecogniserConfig, SpeechConfig } from '../config-speech.ts'
import type { Engine } from './engine.ts'

/** Fifteen seconds that are heard again come at once; floats take twice the room of samples. */
const LIMITS: DialogueLimits = { beginMs: 3000, finishMs: 5000, waitingBytes: 700_000 }

/** What an engine in this process or behind the switch needs of the server. */
export interface Workshop {
  readonly now: () => number
  /** Finds where people speak, for an engine that decodes whole stretches. */
  readonly voice: VoiceDetector
  /** Engines in this process have threads to free. */
  readonly onClose: (close: () => Promise<void>) => void
}

export const createEngines = (config: SpeechConfig, workshop: Workshop): Engine[] =>
  config.recognisers.flatMap(one => {
    const recogniser = recogniserOf(one, workshop)
    return recogniser
      ? [
          {
            name: one.name,
            kind: one.kind,
            recogniser,
            purposes: one.for,
            limit: one.limit,
            hotwords: { ...config.hotwords, ...one.hotwords },
            canBeTried: one.kind !== 'mrcp',
          },
        ]
      : []
  })

function recogniserOf(config: RecogniserConfig, workshop: Workshop): Recogniser | undefined {
  const { now, voice, onClose } = workshop
  switch (config.kind) {
    case 'funasr':
      return createFunasr({
        url: config.url,
        limits: LIMITS,
        ...(config.hotwordsAs && { hotwordsAs: config.hotwordsAs }),
      })
    case 'sherpa':
      return createSherpa({ url: config.url, limits: LIMITS })
    case 'aliyun': {
      const { keyId, keySecret, appKey, url, vocabularyId } = config
      const token = createAliyunToken({ endpoint: config.tokenUrl, keyId, keySecret, now })
      return createAliyun({
        url,
        appKey,
        token,
        limits: LIMITS,
        ...(vocabularyId !== undefined && { vocabularyId }),
      })
    }
    case 'google': {
      const { url, apiKey, bearer, model, language } = config
      return createGoogle({
        url,
        limits: LIMITS,
        ...(apiKey !== undefined && { apiKey }),
        ...(bearer !== undefined && { bearer }),
        ...(model !== undefined && { model }),
        ...(language !== undefined && { language }),
      })
    }
    case 'sherpa-local': {
      const { model, threads } = config
      const recogniser = createSherpaLocal({
        folder: model,
        ...(threads !== undefined && { threads }),
      })
      onClose(recogniser.close)
      return recogniser
    }
    case 'pocketsphinx': {
      const { model: folder, threshold: rejectBelow } = config
      const recogniser = createPocketsphinx({
        folder,
        voice,
        ...(rejectBelow !== undefined && { rejectBelow }),
      })
      onClose(recogniser.close)
      // Loading the model takes longer than a caller waits for an answer.
      recogniser.warm()
      return recogniser
    }
    default:
      return undefined
  }
}
