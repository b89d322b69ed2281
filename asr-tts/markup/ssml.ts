// The subset of SSML (W3C, version 1.1) that prompts are written in. What is not in it is refused, with the place. Pure.
import { KINDS, sayAs } from './say-as.ts'
import { pausesOf, pitchOf, rateOf, volumeOf } from './measure.ts'
import { type Element, parseXml, wrongMarkup } from './xml.ts'
import { toSyllables } from '../text/lexicon.ts'
import type { Voice } from '../synthesizer.ts'

/** How a stretch differs from the rest of the prompt. */
export interface Tone {
  readonly voice?: Voice
  /** Factor. */
  readonly tempo: number
  /** Semitones. */
  readonly pitch: number
  readonly volumeDb: number
}

export type Part =
  /** As it was written: words of the site and the rules of reading apply. */
  | { readonly type: 'written'; readonly text: string }
  /** As it is to be said. */
  | { readonly type: 'said'; readonly text: string }
  /** With its pinyin, a syllable a character. */
  | { readonly type: 'fixed'; readonly text: string; readonly pinyin: readonly string[] }

export type Stretch =
  | { readonly type: 'speech'; readonly parts: readonly Part[]; readonly tone: Tone }
  | { readonly type: 'pause'; readonly ms: number }

export const PLAIN: Tone = { tempo: 1, pitch: 0, volumeDb: 0 }
const SENTENCE_MS = 300
const PARAGRAPH_MS = 700
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  speak: ['version', 'xmlns', 'xml:lang'],
  p: [],
  s: [],
  break: ['time', 'strength'],
  'say-as': ['interpret-as'],
  phoneme: ['alphabet', 'ph'],
  sub: ['alias'],
  prosody: ['rate', 'pitch', 'volume'],
  voice: ['gender', 'name'],
}

export const isMarkup = (text: string): boolean => /^\s*<speak[\s>/]/.test(text)

/** @throws {SynthesisFailed} `wrong-markup`, with the place. */
export function parseSsml(text: string): Stretch[] {
  const root = parseXml(text)
  if (root.name !== 'speak') throw wrongMarkup(root.at, 'the outermost element is <speak>')
  return joined(walk(root, PLAIN))
}

function walk(element: Element, tone: Tone): Stretch[] {
  check(element)
  switch (element.name) {
    case 'break':
      return [{ type: 'pause', ms: pausesOf(element) }]
    case 'say-as':
      return [speech(tone, saidPart(element))]
    case 'sub':
      contentOf(element)
      return [speech(tone, { type: 'written', text: wanted(element, 'alias') })]
    case 'phoneme':
      return [speech(tone, fixedPart(element))]
    case 'p':
      return [...inside(element, tone), { type: 'pause', ms: PARAGRAPH_MS }]
    case 's':
      return [...inside(element, tone), { type: 'pause', ms: SENTENCE_MS }]
    case 'prosody':
      return inside(element, {
        ...tone,
        tempo: tone.tempo * rateOf(element),
        pitch: tone.pitch + pitchOf(element),
        volumeDb: tone.volumeDb + volumeOf(element),
      })
    case 'voice':
      return inside(element, { ...tone, voice: voiceOf(element) })
    default:
      return inside(element, tone)
  }
}

const inside = (element: Element, tone: Tone): Stretch[] =>
  element.children.flatMap(child => {
    if (typeof child === 'string') return [speech(tone, { type: 'written', text: child })]
    if (child.name === 'speak') throw wrongMarkup(child.at, '<speak> inside of <speak>')
    return walk(child, tone)
  })

const speech = (tone: Tone, part: Part): Stretch => ({ type: 'speech', parts: [part], tone })

function check({ name, attributes, children, at }: Element): void {
  const known = ATTRIBUTES[name]
  if (!known)
    throw wrongMarkup(at, `<${name}> is unknown; known are ${Object.keys(ATTRIBUTES).join(', ')}`)
  const strange = Object.keys(attributes).find(one => !known.includes(one))
  if (strange !== undefined) throw wrongMarkup(at, `<${name}> has no attribute ${strange}`)
  if (name === 'break' && children.length > 0) throw wrongMarkup(at, '<break> has no content')
}

function wanted({ name, attributes, at }: Element, attribute: string): string {
  const value = attributes[attribute]
  if (value === undefined || value.trim() === '')
    throw wrongMarkup(at, `<${name}> needs ${attribute}`)
  return value.trim()
}

/** Of elements that hold nothing but text. */
function contentOf({ name, children, at }: Element): string {
  const texts = children.map(child => {
    if (typeof child !== 'string') throw wrongMarkup(at, `<${name}> holds nothing but text`)
    return child
  })
  return texts.join('').trim()
}

function saidPart(element: Element): Part {
  const asked = wanted(element, 'interpret-as')
  const kind = KINDS.find(one => one === asked)
  if (!kind)
    throw wrongMarkup(
      element.at,
      `interpret-as="${asked}" is unknown; known are ${KINDS.join(', ')}`,
    )
  const { text, pinyin } = sayAs(kind, contentOf(element))
  return pinyin ? { type: 'fixed', text, pinyin } : { type: 'said', text }
}

function fixedPart(element: Element): Part {
  const alphabet = wanted(element, 'alphabet')
  if (alphabet !== 'pinyin' && alphabet !== 'py')
    throw wrongMarkup(element.at, `alphabet="${alphabet}" is unknown; known is pinyin`)
  const text = contentOf(element)
  const pinyin = toSyllables(text, wanted(element, 'ph'))
  if (!pinyin)
    throw wrongMarkup(
      element.at,
      'ph wants a syllable with its tone (chong2 qing4) for each Chinese character',
    )
  return { type: 'fixed', text, pinyin }
}

function voiceOf(element: Element): Voice {
  const { gender, name } = element.attributes
  const asked = gender ?? name
  if (asked !== 'female' && asked !== 'male')
    throw wrongMarkup(element.at, '<voice> is female or male')
  return asked
}

/** Neighbours of one manner are read as one text, so that numbers and words see what stands around them. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = []
  for (const stretch of stretches) {
    const last = result.at(-1)
    if (
      last?.type === 'speech' &&
      stretch.type === 'speech' &&
      (['voice', 'tempo', 'pitch', 'volumeDb'] as const).every(
        one => last.tone[one] === stretch.tone[one],
      )
    )
      result[result.length - 1] = { ...last, parts: [...last.parts, ...stretch.parts] }
    else result.push(stretch)
  }
  return result
}
