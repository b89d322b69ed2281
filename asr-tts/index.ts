export { isOfText, SynthesisFailed, type SynthesisFault } from './errors.ts'
export { type AliyunOptions, createAliyun } from './engines/aliyun.ts'
export { type AliyunToken, createAliyunToken } from './engines/aliyun-token.ts'
export { createEspeakEngine, type EspeakOptions } from './engines/espeak.ts'
export { createFunasr, type FunasrOptions } from './engines/funasr.ts'
export { createGoogle, type GoogleOptions } from './engines/google.ts'
export {
  createPocketsphinx,
  type Pocketsphinx,
  type PocketsphinxOptions,
} from './engines/pocketsphinx.ts'
export { createSherpa, type SherpaOptions } from './engines/sherpa.ts'
export {
  createSherpaLocal,
  type SherpaLocal,
  type SherpaLocalOptions,
} from './engines/sherpa-local.ts'
export { createPrompts, type Prompts } from './prompts.ts'
export { DIGITS, NO, toDigitCount, YES, YES_NO } from './recognition/phrase.ts'
export { createSilero, type Silero, type SileroOptions } from './silero.ts'
export { toReading } from './text/reading.ts'
export { createCorrector, type Correction, type Corrector } from './text/correction.ts'
export { hotwordsOf, INDUSTRY_WORDS, type SpokenWord } from './text/hotword.ts'
export { findFillers, withoutFillers } from './text/filler.ts'
export { toWritten } from './text/itn.ts'
export { toParagraphs, withStops } from './text/paragraph.ts'
export { type DialogueLimits, EngineFault } from './recognition/dialogue.ts'
export type {
  Capabilities,
  EndCause,
  Listening,
  ListenOptions,
  Phrase,
  RecognitionEvent,
  Recogniser,
  Word,
} from './recogniser.ts'
export type { SynthesisEngine, Line as SpeechLine } from './synthesis/engine.ts'
export {
  createSynthesis,
  type Made,
  type Synthesis,
  type SynthesisEvent,
  type SynthesisFigures,
  type SynthesisOptions,
} from './synthesis/office.ts'
export { createWordBook, problemOf, type SiteWord, type WordBook } from './text/site-word.ts'
export { createSynthesisEngines } from './synthesis/engines.ts'
export {
  synthesiserSchema,
  synthesisersSchema,
  type SwitchVoiceConfig,
  type SynthesiserConfig,
} from './synthesis/config.ts'
export {
  EFFECTS,
  FORMATS,
  STYLES,
  VOICES,
  type Effect,
  type Format,
  type SpeechOptions,
  type Style,
  type Synthesizer,
  type Voice,
} from './synthesizer.ts'
export { TONES } from './tones.ts'
export type { VoiceChange, VoiceDetector, VoiceOptions, VoiceStream } from './voice-detector.ts'
