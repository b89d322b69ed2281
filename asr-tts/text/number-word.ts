// Chinese number words to numbers: the way back of `chinese-number.ts`. Pure.
const DIGITS: Readonly<Record<string, number>> = {
  零: 0,
  〇: 0,
  幺: 1,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
}
const PLACES: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1000 }
const GROUPS: Readonly<Record<string, number>> = { 万: 10_000, 亿: 100_000_000 }

/** Digit by digit: 幺三八 is 138. */
export const digitsOf = (words: string): string =>
  [...words].map(word => String(DIGITS[word] ?? word)).join('')

/** 一万二千三百 → 12300, and as people shorten it: 一千五 → 1500, 两万三 → 23000. */
export function numberOf(words: string): number {
  let total = 0
  let group = 0
  let digit: number | undefined
  let last = 1
  for (const word of words) {
    const place = PLACES[word]
    const many = GROUPS[word]
    if (place !== undefined) {
      group += (digit ?? 1) * place
      last = place
      digit = undefined
    } else if (many !== undefined) {
      total =
        many > last && total > 0 && total < many
          ? (total + group + (digit ?? 0)) * many
          : total + (group + (digit ?? 0)) * many
      group = 0
      last = many
      digit = undefined
    } else {
      digit = DIGITS[word] ?? 0
      // After 零 nothing is shortened.
      if (digit === 0) last = 1
    }
  }
  const isShortened = digit !== undefined && last >= 100
  return total + group + (digit ?? 0) * (isShortened ? last / 10 : 1)
}

/** As it is written: round numbers keep their 万 or 亿 (30万), others are digits. A part after 点 stays a decimal part. */
export function writtenOf(words: string): string {
  const [whole = '', rest] = words.split('点')
  if (rest !== undefined) {
    const [, part = '', many = ''] = /^(.*?)([万亿]*)$/.exec(rest) ?? []
    return `${numberOf(whole)}.${digitsOf(part)}${many}`
  }
  const [, head = '', many = ''] = /^(.*?)([万亿]+)$/.exec(whole) ?? []
  return many !== '' && head !== '' && !/[万亿]/.test(head)
    ? `${numberOf(head)}${many}`
    : String(numberOf(whole))
}
