// A grammar as MRCP recognisers take it: SRGS 1.0 in its XML form (W3C Recommendation, 16 March 2004), meanings as literals
// (SISR 1.0 §3.2.2, `semantics/1.0-literals`: the text of the tag is the result). Pure.
import type { SpokenGrammar, SpokenPhrase } from '../call/detection.ts'

/** Two readings of 1; a caller mixes them seldom. */
const READINGS = ['零一二三四五六七八九', '零幺二三四五六七八九'] as const
/** Further ways to say a digit, beside its character. */
const DIGITS: readonly (readonly string[])[] = [
  ['零', '洞'],
  ['一', '幺'],
  ['二', '两'],
  ['三'],
  ['四'],
  ['五'],
  ['六'],
  ['七', '拐'],
  ['八'],
  ['九', '勾'],
]
const DIGIT_OF = new Map(DIGITS.flatMap((ways, digit) => ways.map(way => [way, String(digit)])))

/** The name of a phrase inside the grammar: ids are the flow author's and may be anything. */
export const tagOf = (index: number): string => `p${index}`

type Phrases = Extract<SpokenGrammar, { kind: 'phrases' }>

/** Undefined: nothing of it can be said. */
export function toSrgs({ phrases, digits }: Phrases, language: string): string | undefined {
  const repeated = digits && digitItem(digits)
  const items = [...phraseItems(phrases), ...(repeated === undefined ? [] : [repeated])]
  if (items.length === 0) return undefined

  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<grammar xmlns="http://www.w3.org/2001/06/grammar" version="1.0" xml:lang="${language}"` +
    ' mode="voice" root="said" tag-format="semantics/1.0-literals">' +
    `<rule id="said" scope="public">${oneOf(items)}</rule>` +
    (repeated === undefined ? '' : `<rule id="digit">${oneOf(ONE_DIGIT)}</rule>`) +
    '</grammar>'
  )
}

const phraseItems = (phrases: readonly SpokenPhrase[]): string[] =>
  phrases.flatMap(({ texts }, index) => {
    const ways = [...new Set(texts.flatMap(waysToSay))]
    if (ways.length === 0) return []
    const said = ways.length === 1 ? ways.join('') : oneOf(ways.map(way => `<item>${way}</item>`))

    return [`<item>${said}<tag>${tagOf(index)}</tag></item>`]
  })

const ONE_DIGIT = DIGITS.flat().map(way => `<item>${way}</item>`)

/** Without tags: literals of repeated items would overwrite one another (SISR §6.1), so the words are read instead. */
const digitItem = ({ min, max }: { min: number; max: number }): string | undefined => {
  const from = Math.max(1, Math.floor(min))
  const to = Math.floor(max)

  return to >= from
    ? `<item><item repeat="${from}-${to}"><ruleref uri="#digit"/></item></item>`
    : undefined
}

const oneOf = (items: readonly string[]) => `<one-of>${items.join('')}</one-of>`

/** Only what is spoken: punctuation is silent, and could be read as markup. */
export const spoken = (text: string): string =>
  text.normalize('NFKC').replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '')

const waysToSay = (text: string): string[] => {
  const said = spoken(text)
  if (said === '') return []

  return READINGS.map(reading => said.replaceAll(/\d/g, digit => reading[Number(digit)] ?? digit))
}

/** Digits of what was said digit by digit; undefined where something else is in it. */
export function digitsIn(text: string): string | undefined {
  const digits = [...spoken(text)].map(sign =>
    /^\d$/.test(sign) ? sign : (DIGIT_OF.get(sign) ?? ''),
  )

  return digits.length > 0 && !digits.includes('') ? digits.join('') : undefined
}
