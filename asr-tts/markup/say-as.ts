// `<say-as>`: what a piece of text is, when its looks do not say it. Pure.
import { toCardinal, toDialled, toDigits, toNumber } from '../text/chinese-number.ts'
import { toSpoken } from '../text/reading.ts'
import { readName } from '../text/surname.ts'

export const KINDS = [
  'digits',
  'telephone',
  'ordinal',
  'cardinal',
  'date',
  'time',
  'currency',
  'name',
  'characters',
] as const
export type Kind = (typeof KINDS)[number]

/** Text as it is said; where the characters have several readings, which ones. */
export interface Said {
  readonly text: string
  readonly pinyin?: readonly string[]
}

const CURRENCIES: Readonly<Record<string, string>> = {
  CNY: '元',
  RMB: '元',
  USD: '美元',
  EUR: '欧元',
  HKD: '港元',
}

/** Content that is not of the kind is read in the ordinary way: it may come from a caller's record, and the caller waits. */
export function sayAs(kind: Kind, content: string): Said {
  const text = content.normalize('NFKC').trim()
  return kind === 'name' ? nameOf(text) : { text: toSaid(kind, text) ?? toSpoken(text) }
}

function toSaid(kind: Exclude<Kind, 'name'>, text: string): string | undefined {
  switch (kind) {
    case 'digits':
      return spelled(text, toDigits)
    case 'telephone':
      return spelled(text, toDialled)
    case 'characters':
      return toSpoken([...text].join(' ')).replaceAll('，', '')
    case 'ordinal':
      return /^第?\d{1,12}$/.test(text)
        ? `第${toCardinal(text.replace('第', '')).replace(/^两$/, '二')}`
        : undefined
    case 'cardinal':
      return cardinalOf(text)
    case 'date':
      return dateOf(text)
    case 'time':
      return timeOf(text)
    case 'currency':
      return amountOf(text)
  }
}

/** Digit by digit; signs between groups are a breath. */
const spelled = (text: string, read: (digits: string) => string): string | undefined =>
  /^\+?[\d\s().-]*\d[\d\s().-]*$/.test(text)
    ? (text.match(/\d+/g) ?? []).map(read).join('，')
    : undefined

function cardinalOf(text: string): string | undefined {
  const [, sign, number] = /^([-−+]?)(\d[\d,]*(?:\.\d+)?)$/.exec(text) ?? []
  if (number === undefined) return undefined
  return `${sign === '-' || sign === '−' ? '负' : ''}${toNumber(number.replaceAll(',', ''))}`
}

function dateOf(text: string): string | undefined {
  const [, year, month, day] =
    /^(\d{4})(?:[-/.年]?)(\d{1,2})(?:(?:[-/.月]?)(\d{1,2})日?)?月?$/.exec(text) ?? []
  if (year && month && isWithin(month, 12) && (!day || isWithin(day, 31)))
    return `${toDigits(year)}年${toCardinal(month)}月${day ? `${toCardinal(day)}日` : ''}`
  const [, only, last] = /^(\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ?? []
  return only && last && isWithin(only, 12) && isWithin(last, 31)
    ? `${toCardinal(only)}月${toCardinal(last)}日`
    : undefined
}
const isWithin = (number: string, most: number) => Number(number) >= 1 && Number(number) <= most

/** `0830` is a time here; elsewhere it is a number. */
function timeOf(text: string): string | undefined {
  const [, hour, minute, second] = /^(\d{1,2}):?(\d{2})(?::?(\d{2}))?$/.exec(text) ?? []
  if (!hour || !minute || Number(hour) > 24 || Number(minute) > 59) return undefined
  return toSpoken(`${hour}:${minute}${second ? `:${second}` : ''}`)
}

function amountOf(text: string): string | undefined {
  const [, before = '', number, after = ''] =
    /^([A-Za-z]{3}|[¥￥$])?\s*(-?\d[\d,]*(?:\.\d+)?)\s*([A-Za-z]{3}|元|美元)?$/.exec(text) ?? []
  if (number === undefined) return undefined
  const name = (before || after).toUpperCase()
  const unit = name === '$' || name === '美元' ? '美元' : (CURRENCIES[name] ?? '元')
  return toSpoken(`${number.replaceAll(',', '')}${unit}`)
}

/** A person's name. */
const nameOf = (text: string): Said =>
  /^\p{Script=Han}{1,6}$/u.test(text) ? { text, pinyin: readName(text) } : { text: toSpoken(text) }
