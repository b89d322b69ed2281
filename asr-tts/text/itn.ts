// Inverse text normalisation (W-ASR-1): what a recogniser hears in words, as people write it. Pure.
// Numbers from ten on become digits, smaller ones where they belong to an amount, a date, a time, a share or a string of digits.
import { digitsOf, numberOf, writtenOf } from './number-word.ts'

type Rule = readonly [pattern: RegExp, write: (...groups: string[]) => string]

const D = '零〇一二两三四五六七八九'
const DIGIT = `[${D}幺]`
/** A number of any size that begins with a digit or with ten. */
const N = `(?:[${D}十][${D}十百千万亿]*)`
const DECIMAL = `(?:${N}点[零〇一二三四五六七八九]+[万亿]*|${N})`
const BY_DAY = '凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|今天|明天|昨天|到|至'

/** Names and sayings that hold no number. */
const WORDS = new RegExp(
  [
    '一五一十|(?<![点零一二三四五六七八九百千])十分(?![之钟])|十堰|十全十美|七七八八(?![零一二三四五六七八九])|百分点|一二三线|三七二十一|九九八十一|十字路口|三十六计|八九不离十|十有八九',
    '(?<![零一二三四五六七八九十])(?:一两|两三|二三|三四|三五|四五|五六|六七|七八|八九)(?=[个天次年岁位])',
  ].join('|'),
  'gu',
)

const RULES: readonly Rule[] = [
  [
    new RegExp(`(负?)百分之(百|${DECIMAL})(?:到(?:百分之)?(${DECIMAL}))?`, 'g'),
    (minus, from, to) => `${minus && '-'}${share(from)}%${to && `到${share(to)}%`}`,
  ],
  [new RegExp(`千分之(${DECIMAL})`, 'g'), number => `${writtenOf(number)}‰`],
  [new RegExp(`(${N})分之(${N})`, 'g'), (whole, part) => `${numberOf(part)}/${numberOf(whole)}`],

  [/([零〇一二三四五六七八九]{4}|[零〇一二三四五六七八九]{2})(?=年|后)/g, digitsOf],
  [new RegExp(`(${N})(?=月)`, 'g'), month],
  [new RegExp(`(?<=月|每月|本月|[上下]个?月)(${N})(?=[日号])`, 'g'), month],

  [
    new RegExp(`(${N})点(${N})分`, 'g'),
    (hour, minute) => `${numberOf(hour)}点${minutes(minute)}分`,
  ],
  [
    new RegExp(`(${N})点([二三四五]?十[一二三四五六七八九]?)(?![万亿百千])`, 'g'),
    (hour, minute) => `${numberOf(hour)}点${minutes(minute)}`,
  ],
  [new RegExp(`(${N})点(?=半|[一三]刻|整|钟|[到至]${N}点)`, 'g'), hour => `${numberOf(hour)}点`],
  [
    new RegExp(`(?<=${BY_DAY})(${N})点(?![零〇一二三四五六七八九儿])`, 'g'),
    hour => `${numberOf(hour)}点`,
  ],

  [new RegExp(`(${DECIMAL})(多?(?:万|亿)?(?:元|块钱|块|毛钱|角钱))(${DIGIT}?)`, 'g'), amount],
  [new RegExp(`(?<=零下)(${N})(?=度|摄氏度)`, 'g'), number => String(numberOf(number))],
  [new RegExp(`负(${DECIMAL})`, 'g'), number => `-${writtenOf(number)}`],
  [
    new RegExp(`(${N})度(${DIGIT})(?!${DIGIT})`, 'g'),
    (whole, part) => `${writtenOf(whole)}度${digitsOf(part)}`,
  ],
  [new RegExp(`(${N}点[零〇一二三四五六七八九]+[万亿]*)`, 'g'), writtenOf],
  [new RegExp(`(${DIGIT}{3,}[XxＸ]?)(?![十百千万亿])`, 'g'), digitsOf],
  [new RegExp(`(?<![${D}十百千万亿])(${N})(?![${D}十百千万亿])`, 'g'), large],
]

/** Numbers in the text as they are written; everything else stays what it was. */
export function toWritten(text: string): string {
  const kept: string[] = []
  const hidden = text.replace(WORDS, word => {
    kept.push(word)
    return '\u0000'
  })
  const written = RULES.reduce(
    (so, [pattern, write]) =>
      so.replace(pattern, (...match: unknown[]) => write(...groupsOf(match))),
    hidden,
  )
  return written.replaceAll('\u0000', () => kept.shift() ?? '')
}

function groupsOf(match: readonly unknown[]): string[] {
  const offset = match.findIndex(value => typeof value === 'number')
  return match.slice(1, offset).map(value => (typeof value === 'string' ? value : ''))
}

const share = (words: string) => (words === '百' ? '100' : writtenOf(words))
const minutes = (words: string) =>
  String(numberOf(words)).padStart(/^[零〇]/.test(words) ? 2 : 1, '0')

function month(words: string): string {
  const number = numberOf(words)
  return number >= 1 && number <= 31 ? String(number) : words
}

function amount(words: string, unit: string, rest: string): string {
  return `${writtenOf(words)}${unit}${digitsOf(rest)}`
}

/** From ten on; an approximation of two digits (三五) is none. */
function large(words: string): string {
  if (!/[十百千万亿]/.test(words)) return words
  return writtenOf(words)
}
