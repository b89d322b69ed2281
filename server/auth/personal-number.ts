// Which numbers of a text are somebody's: identity numbers, telephones, bank cards, and whatever is long. Pure.
import { type Chain, chainsOf, type Digit, type Run } from './digit-chain.ts'

export interface PersonalNumber {
  readonly kind: 'identity' | 'phone' | 'card' | 'long'
  readonly digits: readonly Digit[]
}

/** So many digits in one breath are somebody's number, whatever it is. */
const LONG = 7
/** GB 11643-1999: weights of the first 17, and the last by the remainder. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

const textOf = (digits: readonly Digit[]) => digits.map(({ value }) => value).join('')

/** Eight digits that may be a day on which somebody alive was born. */
const hasBirthday = (number: string) =>
  /^[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])/.test(number)

export const isIdentity = (number: string): boolean =>
  /^[0-9]{17}[0-9X]$/.test(number) &&
  hasBirthday(number) &&
  CHECKS[WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(number[at]), 0) % 11] ===
    number[17]

/** ISO/IEC 7812-1: Luhn. */
export const isCard = (number: string): boolean =>
  /^[3-6][0-9]{15,18}$/.test(number) &&
  [...number]
    .reverse()
    .map((digit, at) => (at % 2 === 0 ? Number(digit) : Number(digit) * 2))
    .reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0) %
    10 ===
    0

/** Mobile numbers, and those of a town with its area code. */
const isPhone = (number: string) =>
  /^(?:86)?1[3-9][0-9]{9}$/.test(number) || /^0[1-9][0-9]{1,2}[2-9][0-9]{6,7}$/.test(number)
/** Nobody's own: 400 and 800 numbers. */
const isService = (number: string) => /^[48]00[0-9]{7}$/.test(number)

export function findPersonalNumbers(text: string): PersonalNumber[] {
  return chainsOf(text).flatMap(chain => {
    const broken = findBroken(chain)
    const taken = new Set(broken.flatMap(({ digits }) => digits))
    return [...broken, ...chain.flatMap(run => findLong(text, run, taken))]
  })
}

/** Numbers that are known by their shape, also across stops and filling words. */
function findBroken(chain: Chain): PersonalNumber[] {
  const found: PersonalNumber[] = []
  const digits = chain.flat()
  const begins = new Set(chain.map(run => run[0]))
  const ends = new Set(chain.map(run => run.at(-1)))
  for (let at = 0; at < digits.length;) {
    const next = longestAt(digits, at, begins, ends)
    if (next) found.push(next)
    at += next?.digits.length ?? 1
  }
  return found
}

function longestAt(
  digits: readonly Digit[],
  at: number,
  begins: ReadonlySet<Digit | undefined>,
  ends: ReadonlySet<Digit | undefined>,
): PersonalNumber | undefined {
  const take = (length: number) => {
    const part = digits.slice(at, at + length)
    return part.length === length ? part : undefined
  }
  const identity = take(18)
  // The check tells it wherever it stands; misheard by one digit it is known by its birthday and where it begins and ends.
  const isWhole = begins.has(digits[at]) && ends.has(identity?.at(-1))
  if (identity && (isIdentity(textOf(identity)) || (isWhole && hasBirthday(textOf(identity)))))
    return { kind: 'identity', digits: identity }
  if (!begins.has(digits[at])) return undefined
  for (const [kind, lengths, is] of [
    ['card', [19, 18, 17, 16], isCard],
    ['phone', [13, 12, 11, 10], isPhone],
  ] as const)
    for (const length of lengths) {
      const part = take(length)
      if (part && ends.has(part.at(-1)) && is(textOf(part)) && !isService(textOf(part)))
        return { kind, digits: part }
    }
  return undefined
}

const AMOUNT = /^\s*(?:多?[万亿]|元|块|美元|人民币|人次|人|户|件|次|平方米|公里|%|％|年|月)/u

/** What is left of a run and still long, when it counts nothing. */
function findLong(text: string, run: Run, taken: ReadonlySet<Digit>): PersonalNumber[] {
  const digits = run.filter(digit => !taken.has(digit))
  const [first] = digits
  const last = digits.at(-1)
  if (!first || !last || digits.length < LONG) return []
  const number = textOf(digits)
  const around = text.slice(last.to)
  const isMoney = /[¥￥$]\s*$/u.test(text.slice(0, first.from)) || AMOUNT.test(around)
  const isWithinWord = /^[A-Za-z]/.test(around)
  if (isMoney || isWithinWord || isService(number)) return []
  // Of the old form they have 15; what is longer than a telephone number may be two.
  return [{ kind: digits.length > 13 ? 'identity' : 'long', digits }]
}

/** The digits that are hidden: of an identity number the area and the last two stay, of others the last four at most. */
function hiddenOf({ kind, digits }: PersonalNumber): readonly Digit[] {
  if (kind === 'identity') return digits.slice(3, -2)
  if (kind === 'card') return digits.slice(0, -4)
  return digits.length <= 8 ? digits.slice(0, -2) : digits.slice(-8, -4)
}

/** What each character becomes: an asterisk, nothing, or itself. */
export function maskCharacters(text: string): string[] {
  const characters = text.split('')
  for (const number of findPersonalNumbers(text)) {
    for (const { from, to } of hiddenOf(number)) characters.fill('*', from, to)
    // A number in groups is written in one piece, so that it looks like every other.
    for (const [at, { from }] of number.digits.entries()) {
      const before = number.digits[at - 1]?.to ?? from
      if (/^[ -]+$/.test(text.slice(before, from))) characters.fill('', before, from)
    }
  }
  return characters
}
