// From a prompt as it is written to the lines that an engine speaks and the pauses between them. Pure.
import { SynthesisFailed } from '../errors.ts'
import { isMarkup, parseSsml, type Part, PLAIN, type Stretch } from '../markup/ssml.ts'
import type { SpeechOptions } from '../synthesizer.ts'
import type { Found } from '../text/lexicon.ts'
import { toSpoken } from '../text/reading.ts'
import type { SiteWords } from '../text/site-word.ts'
import { tokensOf } from '../text/syllable.ts'
import { type Line, LINE_CHARACTERS } from './engine.ts'
import { STYLE_TONES } from './style.ts'

export type Step =
  | { readonly type: 'line'; readonly line: Line; readonly volumeDb: number }
  | { readonly type: 'pause'; readonly ms: number }

/** An hour of speech is no prompt. */
export const MAX_CHARACTERS = 20_000
const MAX_PAUSES_MS = 60_000
/** After a line, by the stop that ends it. */
const STOP_MS: Readonly<Record<string, number>> = { '，': 150, '、': 120, '；': 200, '：': 200 }
const SENTENCE_MS = 300
const NO_STOP_MS = 40
const FIRST_MARK = 0xe000

/**
 * Emoji and other signs without a sound are not said; control characters part words as a space does.
 * @throws {SynthesisFailed} `too-long`, `wrong-markup`, `no-words`
 */
export function toScript(
  text: string,
  { voice = 'female', style = 'plain', tempo = 1 }: SpeechOptions,
  words: SiteWords,
): Step[] {
  if (text.length > MAX_CHARACTERS)
    throw new SynthesisFailed('too-long', `longer than ${MAX_CHARACTERS} characters`)
  const clean = cleaned(text)
  const stretches: Stretch[] = isMarkup(clean)
    ? parseSsml(clean)
    : [{ type: 'speech', tone: PLAIN, parts: [{ type: 'written', text: clean }] }]
  const basis = STYLE_TONES[style]
  const steps = stretches.flatMap((stretch): Step[] => {
    if (stretch.type === 'pause') return [stretch]
    const { tone } = stretch
    const manner = {
      voice: tone.voice ?? voice,
      tempo: within(0.5, basis.tempo * tempo * tone.tempo, 2),
      pitch: within(-12, basis.pitch + tone.pitch, 12),
    }
    const volumeDb = within(-30, basis.volumeDb + tone.volumeDb, 10)
    return linesOf(stretch.parts, words).flatMap(({ pauseMs, ...line }): Step[] => [
      { type: 'line', line: { ...line, manner }, volumeDb },
      { type: 'pause', ms: pauseMs },
    ])
  })
  if (!steps.some(({ type }) => type === 'line'))
    throw new SynthesisFailed('no-words', 'the text has nothing that can be said')
  const pausesMs = steps.reduce((sum, step) => sum + (step.type === 'pause' ? step.ms : 0), 0)
  const linesMs = steps.length * SENTENCE_MS
  if (pausesMs > MAX_PAUSES_MS + linesMs)
    throw new SynthesisFailed(
      'wrong-markup',
      `pauses of more than ${MAX_PAUSES_MS / 1000} s in all`,
    )
  return steps.at(-1)?.type === 'pause' && !isMarkup(clean) ? steps.slice(0, -1) : steps
}

const within = (least: number, value: number, most: number) =>
  Math.min(most, Math.max(least, value))

/** Lone surrogates and characters for private use are nothing that can be written. */
const cleaned = (text: string): string =>
  text
    .replace(/[\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .trim()

interface SpokenLine extends Omit<Line, 'manner'> {
  readonly pauseMs: number
}

function linesOf(parts: readonly Part[], words: SiteWords): SpokenLine[] {
  const { spoken, fixed } = spokenOf(parts, words)
  const known = [...words.lexicon.find(spoken), ...fixed]
  return cutOf(spoken).flatMap(({ from, to }) => {
    const text = spoken.slice(from, to)
    if (!/[\p{Script=Han}A-Z]/u.test(text)) return []
    const here = known.flatMap(found => shifted(found, from, to))
    const tokens = tokensOf(text, { fixed: here })
    return [{ text, tokens, fixed: here, pauseMs: pauseAfter(text) }]
  })
}

function pauseAfter(text: string): number {
  const stop = text.at(-1) ?? ''
  return STOP_MS[stop] ?? (/[。！？]/.test(stop) ? SENTENCE_MS : NO_STOP_MS)
}

function spokenOf(
  parts: readonly Part[],
  words: SiteWords,
): { spoken: string; fixed: readonly Found[] } {
  const given = parts.filter(part => part.type === 'fixed')
  let next = FIRST_MARK
  const spoken = toSpoken(
    parts
      .map(part => {
        // The mark stands behind it, so that a number before it sees what it counts.
        if (part.type === 'fixed') return part.text + String.fromCharCode(next++)
        return part.type === 'written' ? words.replace(part.text) : part.text
      })
      .join(''),
  )
  const fixed: Found[] = []
  let text = ''
  for (const character of spoken) {
    const part = given[character.charCodeAt(0) - FIRST_MARK]
    if (part) fixed.push({ at: text.length - part.text.length, pinyin: part.pinyin })
    else text += character
  }
  return { spoken: text, fixed }
}

/** The part of a reading that lies in a line. */
function shifted({ at, pinyin }: Found, from: number, to: number): Found[] {
  const first = Math.max(at, from)
  const inside = pinyin.slice(first - at, to - at)
  return inside.length > 0 && first < to ? [{ at: first - from, pinyin: inside }] : []
}

/** At the end of a sentence where one is near enough, else at another stop, else anywhere. */
function cutOf(text: string): { from: number; to: number }[] {
  const cuts: { from: number; to: number }[] = []
  for (let from = 0; from < text.length;) {
    const rest = text.slice(from, from + LINE_CHARACTERS)
    const isLast = from + rest.length >= text.length
    const length = isLast
      ? rest.length
      : lastOf(rest, /[。！？]/g) || lastOf(rest, /[；，、：]/g) || rest.length
    cuts.push({ from, to: from + length })
    from += length
  }
  return cuts
}

const lastOf = (text: string, stop: RegExp): number =>
  [...text.matchAll(stop)].reduce((_, { index }) => index + 1, 0)
