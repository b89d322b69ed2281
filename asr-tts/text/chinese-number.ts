// Numbers in Chinese words.
const DIGITS = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'] as const
const PLACES = ['', '十', '百', '千'] as const
const GROUPS = ['', '万', '亿', '万亿'] as const
const MAX_PLACES = 16

const word = (digit: string): string => DIGITS[Number(digit)] ?? ''

/** Digit by digit, as in years: 2026 is 二零二六. */
export const toDigits = (digits: string): string => [...digits].map(word).join('')

/** Digit by digit, as telephone numbers are read: 1 is 幺. */
export const toDialled = (digits: string): string => toDigits(digits).replaceAll('一', '幺')

/** A whole number of up to 16 places: 12000 is 一万二千; longer ones digit by digit. */
export function toCardinal(digits: string): string {
  const plain = digits.replace(/^0+(?=\d)/, '')
  if (plain.length > MAX_PLACES) return toDigits(plain)
  if (plain === '0') return '零'
  const groups = plain.padStart(Math.ceil(plain.length / 4) * 4, '0').match(/\d{4}/g) ?? []
  const words = groups.map((group, index) => {
    if (group === '0000') return ''
    return group.replace(/^0+/, '').length < 4 && index > 0
      ? `零${toGroup(group)}${GROUPS[groups.length - 1 - index] ?? ''}`
      : `${toGroup(group)}${GROUPS[groups.length - 1 - index] ?? ''}`
  })
  return words
    .join('')
    .replace(/^一十/, '十')
    .replace(/^二(?=[千万亿])/, '两')
}

/** Four places without their group word; inner zeros are said once. */
function toGroup(group: string): string {
  let said = ''
  for (const [index, digit] of [...group].entries()) {
    if (digit !== '0') said += word(digit) + (PLACES[3 - index] ?? '')
    else if (said !== '' && !said.endsWith('零')) said += '零'
  }
  return said.replace(/零$/, '')
}

/** A number with or without a decimal part: 3.14 is 三点一四. */
export function toNumber(text: string): string {
  const [whole = '0', part] = text.split('.')
  return part === undefined
    ? toCardinal(whole)
    : `${toCardinal(whole).replace('两', '二')}点${toDigits(part)}`
}

/** A number that counts something: 2 is 两. */
export const toCount = (text: string): string => (/^0*2$/.test(text) ? '两' : toNumber(text))
