// Lengths, rates, pitches and volumes as SSML writes them. Pure.
import { type Element, wrongMarkup } from './xml.ts'

const MAX_PAUSE_MS = 10_000

const STRENGTH_MS: Readonly<Record<string, number>> = {
  none: 0,
  'x-weak': 100,
  weak: 200,
  medium: 400,
  strong: 700,
  'x-strong': 1200,
}
const RATES: Readonly<Record<string, number>> = {
  'x-slow': 0.5,
  slow: 0.75,
  medium: 1,
  default: 1,
  fast: 1.25,
  'x-fast': 1.6,
}
/** Semitones. */
const PITCHES: Readonly<Record<string, number>> = {
  'x-low': -6,
  low: -3,
  medium: 0,
  default: 0,
  high: 3,
  'x-high': 6,
}
/** dB. */
const VOLUMES: Readonly<Record<string, number>> = {
  'x-soft': -12,
  soft: -6,
  medium: 0,
  default: 0,
  loud: 4,
  'x-loud': 6,
}

/** Of a `<break>`, in ms. */
export function pausesOf({ attributes: { time, strength }, at }: Element): number {
  if (time === undefined) {
    const ms = STRENGTH_MS[strength ?? 'medium']
    if (ms === undefined) throw wrongMarkup(at, `strength="${strength}" is unknown`)
    return ms
  }
  const [, number, unit] = /^(\d{1,5}(?:\.\d{1,3})?)(ms|s)$/.exec(time.trim()) ?? []
  const ms = Number(number) * (unit === 's' ? 1000 : 1)
  if (number === undefined || ms > MAX_PAUSE_MS)
    throw wrongMarkup(at, `time="${time}" is no time of up to 10s, such as 500ms`)
  return Math.round(ms)
}

export const rateOf = (element: Element): number =>
  measure(element, 'rate', RATES, /^(\d{2,3})%$/, ([, share]) => Number(share) / 100, [0.5, 2]) ?? 1

export const pitchOf = (element: Element): number =>
  measure(
    element,
    'pitch',
    PITCHES,
    /^([+-]\d{1,3}(?:\.\d)?)(st|%)$/,
    ([, number, unit]) =>
      unit === 'st' ? Number(number) : 12 * Math.log2(1 + Math.max(-99, Number(number)) / 100),
    [-12, 12],
  ) ?? 0

export const volumeOf = (element: Element): number =>
  measure(
    element,
    'volume',
    VOLUMES,
    /^([+-]\d{1,2}(?:\.\d)?)dB$/,
    ([, number]) => Number(number),
    [-30, 10],
  ) ?? 0

function measure(
  { attributes, at }: Element,
  attribute: 'rate' | 'pitch' | 'volume',
  words: Readonly<Record<string, number>>,
  form: RegExp,
  read: (match: RegExpExecArray) => number,
  [least, most]: readonly [number, number],
): number | undefined {
  const text = attributes[attribute]?.trim()
  if (text === undefined) return undefined
  const match = form.exec(text)
  const value = words[text] ?? (match ? read(match) : undefined)
  if (value === undefined || value < least || value > most)
    throw wrongMarkup(at, `${attribute}="${text}" is unknown or too much`)
  return value
}
