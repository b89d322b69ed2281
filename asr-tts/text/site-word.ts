// Words of the site: said otherwise than they are written, or with a reading that no dictionary knows. Pure.
import { createLexicon, type Lexicon, toSyllables } from './lexicon.ts'

export interface SiteWord {
  readonly word: string
  /** Pinyin, a syllable a character. */
  readonly reading?: string | undefined
  /** What is said in its place. */
  readonly say?: string | undefined
  /** Where it holds; absent: everywhere. */
  readonly area?: string | undefined
}

export interface SiteWords {
  /** Once, the longest first; what is put in is not looked at again. */
  replace(text: string): string
  readonly lexicon: Lexicon
}

/** What is wrong with an entry, as a sentence for whoever made it. */
export function problemOf({ word, reading, say }: SiteWord): string | undefined {
  if (word.trim() !== word || word === '') return 'the word is empty or has spaces around it'
  if (/[\p{Cc}\p{Co}\p{Cs}<>]/u.test(`${word}${say ?? ''}`)) return 'a character cannot be spoken'
  if (reading !== undefined && say !== undefined)
    return 'either a reading or another text, not both'
  if (reading === undefined || toSyllables(word, reading)) return undefined
  return /^\p{Script=Han}+$/u.test(word)
    ? `the reading wants ${[...word].length} syllables with their tones, such as chong2 qing4`
    : 'a reading is for Chinese characters only; use another text'
}

/** Words of one area come before those of everywhere; wrong entries are left out. */
export function createSiteWords(words: readonly SiteWord[], area?: string): SiteWords {
  const here = [
    ...words.filter(one => one.area === undefined),
    ...words.filter(one => one.area !== undefined && one.area === area),
  ].filter(one => problemOf(one) === undefined)
  const said = new Map<string, string>()
  const read: Record<string, string> = {}
  for (const { word, reading, say } of here) {
    said.delete(word)
    delete read[word]
    if (say !== undefined) said.set(word, say)
    if (reading !== undefined) read[word] = reading
  }
  const pattern = patternOf([...said.keys()])
  return {
    replace: text => (pattern ? text.replace(pattern, word => said.get(word) ?? word) : text),
    lexicon: createLexicon(read),
  }
}

/** The list as it is now, made ready once for each area. */
export interface WordBook {
  set(words: readonly SiteWord[]): void
  of(area?: string): SiteWords
}

export function createWordBook(): WordBook {
  let list: readonly SiteWord[] = []
  const ready = new Map<string | undefined, SiteWords>()
  return {
    set(words) {
      list = words
      ready.clear()
    },
    of(asked) {
      const area = list.some(one => one.area === asked) ? asked : undefined
      const found = ready.get(area) ?? createSiteWords(list, area)
      ready.set(area, found)
      return found
    },
  }
}

/** A letter or a digit at the edge of a word must not be part of a longer one: AI is not in MAIL. */
function patternOf(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined
  const one = (word: string) => {
    const text = word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
    const before = /^[A-Za-z]/.test(word) ? '(?<![A-Za-z])' : /^\d/.test(word) ? '(?<!\\d)' : ''
    const after = /[A-Za-z]$/.test(word) ? '(?![A-Za-z])' : /\d$/.test(word) ? '(?!\\d)' : ''
    return `${before}${text}${after}`
  }
  return new RegExp(
    [...words]
      .sort((a, b) => b.length - a.length)
      .map(one)
      .join('|'),
    'gu',
  )
}
