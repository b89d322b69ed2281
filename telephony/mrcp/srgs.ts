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

/** Undefined: no phrase of it can be said. */
export function toSrgs(
  grammar: Exclude<SpokenGrammar, { kind: 'named' }>,
  language: string,
): string | undefined {
  const rules = grammar.kind === 'phrases' ? phraseRules(grammar.phrases) : digitRules(grammar)

  return rules === undefined
    ? undefined
    : '<?xml version="1.0" encoding="UTF-8"?>' +
        `<grammar xmlns="http://www.w3.org/2001/06/grammar" version="1.0" xml:lang="${language}"` +
        ' mode="voice" root="said" tag-format="semantics/1.0-literals">' +
        `${rules}</grammar>`
}

const phraseRules = (phrases: readonly SpokenPhrase[]): string | undefined => {
  const items = phrases.flatMap(({ texts }, index) => {
    const ways = [...new Set(texts.flatMap(waysToSay))]
    if (ways.length === 0) return []
    const said = ways.length === 1 ? ways.join('') : oneOf(ways.map(way => `<item>${way}</item>`))

    return [`<item>${said}<tag>${tagOf(index)}</tag></item>`]
  })

  return items.length === 0 ? undefined : `<rule id="said" scope="public">${oneOf(items)}</rule>`
}

/** Without tags: literals of repeated items would overwrite one another (SISR §6.1), so the words are read instead. */
const digitRules = ({ least, most }: { least: number; most: number }): string | undefined => {
  const from = Math.max(1, Math.floor(least))
  const to = Math.floor(most)
  if (!(to >= from)) return undefined
  const items = DIGITS.flat().map(way => `<item>${way}</item>`)

  return (
    `<rule id="said" scope="public"><item repeat="${from}-${to}"><ruleref uri="#digit"/></item></rule>` +
    `<rule id="digit">${oneOf(items)}</rule>`
  )
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
