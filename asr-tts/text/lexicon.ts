// Words whose characters have several readings, and which one is meant.
import { isSyllable } from './pinyin-table.ts'

export interface Found {
  /** Index of the first character. */
  readonly at: number
  readonly pinyin: readonly string[]
}
export interface Lexicon {
  /** Longest words first, no two of them over the same character. */
  find(run: string): Found[]
}

/** Pinyin of a word, a syllable with its tone for each Chinese character; undefined when it is none for it. */
export function toSyllables(word: string, pinyin: string): readonly string[] | undefined {
  const syllables = pinyin.trim().toLowerCase().replaceAll('ü', 'v').split(/\s+/)
  return /^\p{Script=Han}+$/u.test(word) &&
    syllables.length === [...word].length &&
    syllables.every(isSyllable)
    ? syllables
    : undefined
}

/**
 * @param words word → its pinyin, syllables apart: `还款` → `huan2 kuan3`.
 * @throws {RangeError} naming the first word whose syllables are not as many as its characters, or are none.
 */
export function createLexicon(words: Readonly<Record<string, string>>): Lexicon {
  const entries = new Map<string, readonly string[]>()
  for (const [word, text] of Object.entries(words)) {
    const syllables = toSyllables(word, text)
    if (!syllables) throw new RangeError(`"${word}": ${text} is no pinyin for it`)
    entries.set(word, syllables)
  }
  const lengths = [...new Set([...entries.keys()].map(word => word.length))].sort((a, b) => b - a)

  return {
    find(run) {
      const found: Found[] = []
      for (let at = 0; at < run.length;) {
        const length = lengths.find(one => entries.has(run.slice(at, at + one)))
        const pinyin = length && entries.get(run.slice(at, at + length))
        if (pinyin) found.push({ at, pinyin })
        at += length ?? 1
      }
      return found
    },
  }
}

/** What general dictionaries get wrong, and what a health insurance says. */
export const HOUSE_WORDS: Readonly<Record<string, string>> = {
  还款: 'huan2 kuan3',
  还钱: 'huan2 qian2',
  退还: 'tui4 huan2',
  还清: 'huan2 qing1',
  参保: 'can1 bao3',
  给付: 'ji3 fu4',
  大夫: 'dai4 fu5',
  差额: 'cha1 e2',
  重症: 'zhong4 zheng4',
  供养: 'gong1 yang3',
  供电: 'gong1 dian4',
  划拨: 'hua4 bo1',
  区划: 'qu1 hua4',
  看护: 'kan1 hu4',
  处方: 'chu3 fang1',
  血压: 'xue4 ya1',
  血糖: 'xue4 tang2',
  为您: 'wei4 nin2',
  分机: 'fen1 ji1',
  率先: 'shuai4 xian1',
  着装: 'zhuo2 zhuang1',
  数一数: 'shu3 yi1 shu3',
}
