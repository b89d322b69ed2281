// From Chinese text to the syllables that are said: numbers by `reading.ts`, characters by pinyin-pro, corrected by our own words. Pure.
import { pinyin } from 'pinyin-pro'
import { toSpoken } from './reading.ts'
import { findSurnames } from './surname.ts'
import { createLexicon, HOUSE_WORDS, type Found, type Lexicon } from './lexicon.ts'

export type Token =
  /** Pinyin with its tone, 1–5 (5 neutral); `v` is ü. Tones are the dictionary's. */
  | { readonly type: 'syllable'; readonly pinyin: string; readonly character: string }
  /** A Latin letter said by its name. */
  | { readonly type: 'letter'; readonly letter: string }
  | { readonly type: 'stop'; readonly mark: string }

export interface Pronunciation {
  /** Words of the site, over ours. */
  readonly lexicon?: Lexicon
  /** Over everything; places are those of the text that is spoken. */
  readonly fixed?: readonly Found[]
}

const HOUSE = createLexicon(HOUSE_WORDS)
const PIECE = /\p{Script=Han}+|[A-Z]|[^\p{Script=Han}A-Z]/gu

export const toTokens = (text: string, pronunciation: Pronunciation = {}): Token[] =>
  tokensOf(toSpoken(text), pronunciation)

/** Of a text in which numbers are words already. */
export function tokensOf(spoken: string, { lexicon, fixed = [] }: Pronunciation = {}): Token[] {
  const given = new Map(
    fixed.flatMap(({ at, pinyin: said }) => said.map((one, index) => [at + index, one] as const)),
  )
  return [...spoken.matchAll(PIECE)].flatMap(({ 0: piece, index: at }): Token[] => {
    if (/^[A-Z]$/.test(piece)) return [{ type: 'letter', letter: piece }]
    if (!/^\p{Script=Han}/u.test(piece)) return [{ type: 'stop', mark: piece }]
    const said = pronounce(piece, lexicon)
    return [...piece].map((character, index) => ({
      type: 'syllable',
      character,
      pinyin: given.get(at + index) ?? said[index] ?? '',
    }))
  })
}

/** Single characters that depend on what stands around them. */
const AROUND: readonly (readonly [pattern: RegExp, pinyin: string])[] = [
  [/为(?=[负零一二两三四五六七八九十百千幺])/gu, 'wei2'],
  [/(?<=[我你您他她咱])得(?=[去走来先要把在给等交办打问])/gu, 'dei3'],
]
const findAround = (run: string): Found[] =>
  AROUND.flatMap(([pattern, said]) =>
    [...run.matchAll(pattern)].map(({ index }) => ({ at: index, pinyin: [said] })),
  )

/** A run of characters; what is found later overrides what was found before. */
function pronounce(run: string, lexicon: Lexicon | undefined): string[] {
  const said = pinyin(run, { toneType: 'num', type: 'array', v: true, toneSandhi: false }).map(
    syllable => syllable.replace(/0$/, '5'),
  )
  for (const found of [
    HOUSE.find(run),
    findAround(run),
    findSurnames(run),
    lexicon?.find(run) ?? [],
  ].flat())
    found.pinyin.forEach((syllable, index) => (said[found.at + index] = syllable))
  return said
}
