// Which phrase free words are: for engines that hear freely where only a few things may be said. Pure.
import type { Phrase } from '../recogniser.ts'
import { withoutFillers } from '../text/filler.ts'
import { toTokens } from '../text/syllable.ts'

export interface Match {
  /** Id of the phrase. */
  readonly phrase: string
  /** The way it was said, as the grammar writes it. */
  readonly text: string
  /** 0–1: 1 for the same characters and nothing else. */
  readonly confidence: number
}

export interface Matcher {
  /** Undefined: none of them, or two at once. */
  match(text: string): Match | undefined
  /** The text is one phrase as it stands, and no longer one begins with it: nobody need wait for more. */
  isComplete(text: string): boolean
}

interface Way {
  readonly phrase: string
  readonly text: string
  readonly letters: string
  /** Syllables without tones, each with a blank before and after. */
  readonly sound: string
  readonly length: number
}

/** One syllable is in half of all sentences; alone it means something. */
const SHORTEST_WITHIN = 2
const DENIAL = /(?:[不别没][要用是有]?| (?:bu|bie|mei)(?: (?:yao|yong|shi|you))?)$/u
/** For the same sound in other characters. */
const BY_SOUND = 0.85
/** For what stands in the middle of other words, at the least. */
const WITHIN = 0.6

export function createMatcher(phrases: readonly Phrase[]): Matcher {
  const ways = phrases
    .flatMap(({ id, texts }) => texts.map(text => toWay(id, text)))
    .sort((a, b) => b.length - a.length)

  return {
    match(text) {
      const said = toWay('', withoutFillers(text))
      if (said.length === 0) return undefined
      return (
        only(
          ways.filter(({ letters }) => letters === said.letters),
          () => 1,
        ) ??
        only(
          ways.filter(({ sound }) => sound === said.sound),
          () => BY_SOUND,
        ) ??
        longest(ways, way => isWithin(said.letters, way.letters, way.length), said.length, 1) ??
        longest(ways, way => isWithin(said.sound, way.sound, way.length), said.length, BY_SOUND)
      )
    },
    isComplete(text) {
      const { letters } = toWay('', text)
      return (
        ways.some(way => way.letters === letters) &&
        !ways.some(way => way.letters !== letters && way.letters.startsWith(letters))
      )
    },
  }
}

function longest(
  ways: readonly Way[],
  isSaid: (way: Way) => boolean,
  saidLength: number,
  most: number,
): Match | undefined {
  const found = ways.filter(isSaid)
  const [first] = found
  return only(
    found.filter(({ length }) => length === first?.length),
    way => most * (WITHIN + (1 - WITHIN) * Math.min(1, way.length / saidLength)),
  )
}

/** All ways found are of one phrase, or nobody knows which was meant. */
function only(found: readonly Way[], confidence: (way: Way) => number): Match | undefined {
  const [first] = found
  if (!first || found.some(({ phrase }) => phrase !== first.phrase)) return undefined
  return { phrase: first.phrase, text: first.text, confidence: confidence(first) }
}

function isWithin(said: string, part: string, length: number): boolean {
  if (length < SHORTEST_WITHIN) return false
  const at = said.indexOf(part)
  return at >= 0 && !DENIAL.test(said.slice(0, at))
}

function toWay(phrase: string, text: string): Way {
  const said = toTokens(text).flatMap(token => (token.type === 'syllable' ? [token] : []))
  // In numbers 1 is said as 幺.
  const one = said.map(syllable =>
    syllable.character === '幺' ? { character: '一', pinyin: 'yi1' } : syllable,
  )
  return {
    phrase,
    text,
    letters: one.map(({ character }) => character).join(''),
    sound: ` ${one.map(({ pinyin }) => pinyin.replace(/\d$/, '')).join(' ')} `,
    length: one.length,
  }
}
