// Phrases as a grammar of pocketsphinx: JSGF over words of its dictionary. Pure.
import type { Phrase } from '../recogniser.ts'
import { type DigitCount, toDigitCount } from '../recognition/phrase.ts'

/** What is known of a dictionary: whether it has a word. */
export type HasWord = (word: string) => boolean

export interface Grammar {
  readonly jsgf: string
  /** The phrase that a sentence without spaces is; undefined when it is none. */
  phraseOf(sentence: string): string | undefined
  /** Whether nothing may follow: no other text of the grammar begins with this sentence. */
  isWhole(sentence: string): boolean
}

/** Why there is no grammar. */
export interface GrammarProblem {
  readonly problem: string
}

/** As digits are spoken, also on the telephone. */
const DIGITS = [...'零一幺二三四五六七八九']
const DIGIT_RULE = `<digit> = ${DIGITS.join(' | ')};\n`
const IS_DIGITS = new RegExp(`^[${DIGITS.join('')}]+$`, 'u')
const LONGEST_WORD = 8

/** Words only: no spaces, no punctuation; letters as the dictionary spells them when they are said one by one. */
export const toSentence = (text: string): string =>
  text.replace(/[^\p{Script=Han}\p{Letter}\p{Number}]/gu, '').toUpperCase()

/** A sentence as the fewest words of the dictionary; else the character that no word has. */
export function toWords(sentence: string, has: HasWord): readonly string[] | { lacks: string } {
  const characters = [...sentence]
  const best: (readonly string[] | undefined)[] = [[]]
  let furthest = 0
  for (let from = 0; from < characters.length; from += 1) {
    const words = best[from]
    if (words === undefined) continue
    furthest = from
    for (let to = from + 1; to <= Math.min(characters.length, from + LONGEST_WORD); to += 1) {
      const word = toEntry(characters.slice(from, to).join(''), has)
      const known = best[to]
      if (word !== undefined && (known === undefined || known.length > words.length + 1))
        best[to] = [...words, word]
    }
  }
  return best[characters.length] ?? { lacks: characters[furthest] ?? '' }
}

/** The dictionary writes a letter that is said by its name as `A.` */
function toEntry(word: string, has: HasWord): string | undefined {
  if (/^[A-Z]$/.test(word)) return has(`${word}.`) ? `${word}.` : undefined
  return has(word) ? word : undefined
}

export function toGrammar(phrases: readonly Phrase[], has: HasWord): Grammar | GrammarProblem {
  const byText = new Map<string, string>()
  const counts: { readonly id: string; readonly count: DigitCount }[] = []
  const alternatives: string[] = []
  for (const { id, texts } of phrases)
    for (const text of texts) {
      const count = toDigitCount(text)
      if (count) {
        counts.push({ id, count })
        alternatives.push(toDigitRule(count))
        continue
      }
      const sentence = toSentence(text)
      if (sentence === '') return { problem: `the phrase ${id} has a text without words` }
      const words = toWords(sentence, has)
      if ('lacks' in words)
        return { problem: `the dictionary has no “${words.lacks}”, which is in “${text}”` }
      if (byText.has(sentence)) continue
      byText.set(sentence, id)
      alternatives.push(words.join(' '))
    }
  if (alternatives.length === 0) return { problem: 'the grammar has no phrase' }
  const sentences = [...byText.keys()]
  return {
    jsgf: `#JSGF V1.0 UTF-8;\ngrammar hotline;\n${DIGIT_RULE}public <said> = ${alternatives.join(' | ')};\n`,
    phraseOf: sentence =>
      byText.get(sentence) ?? counts.find(({ count }) => isCount(sentence, count))?.id,
    isWhole: sentence =>
      !sentences.some(other => other.length > sentence.length && other.startsWith(sentence)) &&
      !counts.some(({ count: { most = Infinity } }) => mayGoOn(sentence, most)),
  }
}

function toDigitRule({ least, most }: DigitCount): string {
  if (most === undefined) return '<digit>+'
  const needed = Array.from({ length: least }, () => '<digit>')
  // Nested, so that the last one may only follow the one before it.
  const more = Array.from({ length: most - least }).reduce<string>(
    inner => `[<digit>${inner && ` ${inner}`}]`,
    '',
  )
  return [...needed, more].filter(Boolean).join(' ')
}

const isCount = (sentence: string, { least, most = Infinity }: DigitCount) =>
  IS_DIGITS.test(sentence) && sentence.length >= least && sentence.length <= most

const mayGoOn = (sentence: string, most: number) =>
  IS_DIGITS.test(sentence) && sentence.length < most

/** Any syllables in any order: what the same sound scores when it need not be a phrase. */
export function toFiller(syllables: readonly string[]): string {
  return `#JSGF V1.0 UTF-8;\ngrammar filler;\npublic <said> = (${syllables.join(' | ')})+;\n`
}

export interface Dictionary {
  readonly words: ReadonlySet<string>
  /** One character for each syllable. */
  readonly syllables: readonly string[]
}

/** A CMU dictionary: a word, white space, its sounds; further ways to say it as `word(2)`. */
export function toDictionary(text: string): Dictionary {
  const words = new Set<string>()
  const bySound = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, word, sounds] = /^(\S+)\s+(\S.*?)\s*$/.exec(line) ?? []
    if (word === undefined || sounds === undefined || /\(\d+\)$/.test(word)) continue
    words.add(word)
    if (/^\p{Script=Han}$/u.test(word) && !bySound.has(sounds)) bySound.set(sounds, word)
  }
  return { words, syllables: [...bySound.values()] }
}
