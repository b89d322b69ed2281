// Digits of a text in the order they are said, in figures or in words, with what stands between them. Pure.

export interface Digit {
  /** `0`–`9`, or `X` at the end of an identity number. */
  readonly value: string
  /** Index of the first character, and behind the last. */
  readonly from: number
  readonly to: number
}
/** Digits with nothing, a blank, a hyphen or a sound of hesitation between them. */
export type Run = readonly Digit[]
/** Runs with stops or filling words between them. */
export type Chain = readonly Run[]

const VALUES: Readonly<Record<string, string>> = {
  零: '0',
  〇: '0',
  洞: '0',
  幺: '1',
  一: '1',
  二: '2',
  两: '2',
  三: '3',
  四: '4',
  五: '5',
  六: '6',
  七: '7',
  八: '8',
  九: '9',
}
const FIGURE = '[0-9０-９零〇幺一二两三四五六七八九]'
/** 三个八 is 888. */
const REPEATED = new RegExp(`([二两三四五六])个(${FIGURE})(?![十百千万亿])`, 'uy')
const ONE = new RegExp(`${FIGURE}|洞(?=${FIGURE})`, 'uy')
const LAST = /[XxＸｘ叉](?![A-Za-z])/uy
const TIGHT = /[ \t\u3000-]|[嗯呃额啊哦唔诶哎呢]+/uy
const LOOSE =
  /[，。、；：？！,;?!…·~～—\n\r]|\.(?![0-9])|那个|这个|就是说?|然后|接着|后面|还有|后头|再来|再|对|是/uy
const DAY = /(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![0-9])/uy
/** More characters between two digits are something else. */
const WIDEST_GAP = 12

/** A number within letters is a name of something, one behind an asterisk is masked already. */
const isWithinWord = (text: string, at: number) => /[0-9A-Za-z*]/.test(text[at - 1] ?? '')

export function chainsOf(text: string): Chain[] {
  const chains: Chain[] = []
  let runs: Digit[][] = []
  let gap: { isTight: boolean; from: number } | undefined
  const close = () => {
    if (runs.length > 0) chains.push(runs)
    runs = []
    gap = undefined
  }
  for (let at = 0; at < text.length;) {
    const day = /[0-9]/.test(text[at - 1] ?? '') ? undefined : matchAt(DAY, text, at)
    if (day !== undefined) {
      close()
      at += day.length
      continue
    }
    const digits = digitsAt(text, at, runs)
    const [first] = digits
    const last = digits.at(-1)
    if (first && last) {
      const run = runs.at(-1)
      const isNext = run !== undefined && (gap === undefined || gap.isTight)
      if (gap && at - gap.from > WIDEST_GAP) close()
      if (isNext && runs.length > 0) run.push(...digits)
      else runs.push([...digits])
      gap = undefined
      at = last.to
      continue
    }
    const tight = matchAt(TIGHT, text, at)
    const loose = tight === undefined ? matchAt(LOOSE, text, at) : undefined
    const between = tight ?? loose
    if (between === undefined) {
      close()
      at++
      continue
    }
    if (runs.length > 0)
      gap = { isTight: (gap?.isTight ?? true) && loose === undefined, from: gap?.from ?? at }
    at += between.length
  }
  close()
  return chains
}

function digitsAt(text: string, at: number, runs: readonly Digit[][]): Digit[] {
  const repeated = matchAt(REPEATED, text, at)
  if (repeated !== undefined) {
    const value = valueOf(repeated.at(-1) ?? '')
    const times = Number(VALUES[repeated[0] ?? ''])
    const to = at + repeated.length
    return Array.from({ length: times }, () => ({ value, from: at, to }))
  }
  const one = matchAt(ONE, text, at)
  if (one !== undefined) {
    const isInWord = /[0-9]/.test(one) && !isLastOf(runs, at) && isWithinWord(text, at)
    return isInWord ? [] : [{ value: valueOf(one), from: at, to: at + 1 }]
  }
  const isAfterDigits = runs.length > 0 && matchAt(LAST, text, at) !== undefined
  return isAfterDigits ? [{ value: 'X', from: at, to: at + 1 }] : []
}

const isLastOf = (runs: readonly Digit[][], at: number) => runs.at(-1)?.at(-1)?.to === at

const valueOf = (character: string) => VALUES[character] ?? character.normalize('NFKC')

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
