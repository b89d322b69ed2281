// Words of the trade and of the site, as recognition uses them: hotwords before, and put right by their sound after.
import {
  type Corrector,
  createCorrector,
  hotwordsOf,
  INDUSTRY_WORDS,
  type SpokenWord,
} from '../../asr-tts/index.ts'

export interface Vocabulary {
  /** Words of the site from now on. */
  set(site: readonly SpokenWord[]): void
  /** For a talk; with those of its area where that is known. */
  hotwords(area?: string): Readonly<Record<string, number>>
  corrector(): Corrector
}

export function createVocabulary(): Vocabulary {
  let words: readonly SpokenWord[] = INDUSTRY_WORDS
  let corrector: Corrector | undefined
  return {
    set(site) {
      words = [...INDUSTRY_WORDS, ...site]
      corrector = undefined
    },
    hotwords: area => hotwordsOf(words, area),
    // Made at the first sentence. A word without a weight is for synthesis only.
    corrector: () =>
      (corrector ??= createCorrector(words.filter(({ weight }) => weight !== undefined))),
  }
}
