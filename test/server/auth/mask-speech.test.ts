// One policy for what was said: whoever may not see a number finds it neither in the text nor in the words (N-5, field-notes idea 13).
import { readFileSync } from 'node:fs'
import t from 'tap'
import { toDialled, toDigits } from '../../../asr-tts/text/chinese-number.ts'
import { toWritten } from '../../../asr-tts/text/itn.ts'
import { maskDeep, maskText } from '../../../server/auth/mask.ts'
import { maskSpeech } from '../../../server/auth/mask-speech.ts'
import { isCard, isIdentity } from '../../../server/auth/personal-number.ts'

/** Numbers by chance, the same at each run. */
function createChance(seed: number) {
  let state = seed
  const next = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('')
  return { below, pick, digits }
}
const chance = createChance(12393)

const withCheck = (head: string, isRight: (number: string) => boolean) =>
  [...'0123456789X'].map(last => head + last).find(isRight)!
const twoDigits = (number: number) => String(number).padStart(2, '0')
const KINDS = {
  mobile: () => ['1', chance.pick('3456789'.split('')), chance.digits(9)].join(''),
  identity: () =>
    withCheck(
      `${chance.pick(['420106', '230102', '110101', '440106', '120101'])}${1940 + chance.below(80)}${twoDigits(1 + chance.below(12))}${twoDigits(1 + chance.below(28))}${chance.digits(3)}`,
      isIdentity,
    ),
  card: () => withCheck(`62${chance.digits(16)}`, isCard),
  landline: () => `0${chance.pick(['27', '451', '571', '10'])}${chance.pick(['8', '5', '6'])}`,
} as const
type Kind = keyof typeof KINDS
const numberOf = (kind: Kind): string => {
  const number = KINDS[kind]()
  return kind === 'landline' ? number + chance.digits(number.length > 4 ? 6 : 7) : number
}
const GROUPS: Readonly<Record<Kind, readonly number[][]>> = {
  mobile: [[11], [3, 4, 4], [3, 3, 5], [4, 4, 3]],
  identity: [[18], [6, 8, 4], [6, 4, 4, 4], [3, 3, 4, 4, 4], [6, 4, 2, 2, 4]],
  card: [[19], [4, 4, 4, 4, 3], [6, 6, 7]],
  landline: [[3, 4, 4], [4, 7], [11]],
}
const GAPS = ['', ' ', '，', '。', '、', '嗯', '，嗯，', '，那个，', '。然后', '，呃', '-']
const AROUND: readonly (readonly [string, string])[] = [
  ['', ''],
  ['我的号码是', '。'],
  ['您记一下，', '，好了吗？'],
  ['嗯，是', '，对。'],
  ['卡号呢，', '谢谢'],
  ['工号一零零一，', '。'],
]

interface Case {
  readonly number: string
  readonly spoken: readonly string[]
}
function caseOf(kind: Kind): Case {
  const number = numberOf(kind)
  const gap = chance.pick(GAPS)
  const [before, after] = chance.pick(AROUND)
  let at = 0
  const groups = chance
    .pick(GROUPS[kind])
    .map(size => number.slice(at, (at += size)))
    .filter(group => group !== '')
    .map(group => (chance.below(2) ? toDialled : toDigits)(group.replace('X', '')) + tail(group))
  const cut = chance.below(3) === 0 && groups.length > 2 ? 1 + chance.below(groups.length - 1) : 0
  const whole = [before + groups.slice(0, cut || groups.length).join(gap)]
  if (cut) whole.push(groups.slice(cut).join(gap))
  whole[whole.length - 1] += after
  return { number, spoken: whole }
}
const tail = (group: string) => (group.endsWith('X') ? chance.pick(['X', 'x', '叉']) : '')

/** Digits that can still be read, in figures or in words. */
const FIGURES = '零一二三四五六七八九'
const readable = (text: string) =>
  [...text.replaceAll('幺', '一').replaceAll('叉', 'X').toUpperCase()]
    .map(one => (FIGURES.includes(one) ? String(FIGURES.indexOf(one)) : one))
    .join('')
    .replace(/[^0-9X*]/g, '')
/** Enough of it is hidden that it is not found by trying. */
const isHidden = (number: string, texts: readonly string[]) => {
  const seen = readable(texts.join(''))
  const least = number.length > 13 ? 10 : 4
  return (seen.match(/\*/g)?.length ?? 0) >= least && !seen.includes(number)
}

const heardOf = (spoken: string) => ({
  side: 'caller' as const,
  text: toWritten(spoken),
  spoken,
  words: [...spoken].map((text, at): [string, number, number] => [text, at * 200, at * 200 + 200]),
})

t.test('N-5: 800 numbers as they are spoken, by way of the digits that are written', async t => {
  const cases = (Object.keys(KINDS) as Kind[]).flatMap(kind =>
    Array.from({ length: 200 }, () => ({ kind, ...caseOf(kind) })),
  )
  const leaks = { text: [] as string[], spoken: [] as string[], words: [] as string[] }
  for (const { number, spoken } of cases) {
    const seen = maskSpeech(spoken.map(heardOf))
    const note = `${number}: ${spoken.join(' | ')}: ${seen.map(({ text }) => text).join(' | ')}`
    if (
      !isHidden(
        number,
        seen.map(({ text }) => text),
      )
    )
      leaks.text.push(note)
    if (
      !isHidden(
        number,
        seen.map(one => one.spoken),
      )
    )
      leaks.spoken.push(note)
    const words = seen.map(one => one.words.map(([text]) => text).join(''))
    if (words.every(text => text !== '') && !isHidden(number, words)) leaks.words.push(note)
  }
  for (const [where, notes] of Object.entries(leaks)) {
    for (const note of notes.slice(0, 10)) t.comment(note)
    t.ok(notes.length <= cases.length * 0.01, `${where}: ${notes.length} of ${cases.length} leak`)
  }
})

t.test('amounts, dates, shares, times, short numbers and hotlines stay', async t => {
  const cases = ['amount', 'date', 'percent', 'quantity', 'time', 'plain'].flatMap(name =>
    readFileSync(new URL(`../../asr-tts/cases/itn/${name}.tsv`, import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .flatMap(row => row.split('\t')),
  )
  for (const text of [
    ...cases,
    '请拨打12393，或者12345',
    '打幺二三九三',
    '工单号486213',
    '验证码482916',
    '工号1001，尾号8866',
    '一共1234567元',
    '报销了12500000块',
    '2026年11月22日',
    '2026-11-22 10:28',
    '客服4008208820',
    '一，二，三',
    '个人缴1200。单位缴3500。一共4700。',
    '拨了三次，12333、12345、12393',
  ])
    t.equal(maskText(text), text)
})

t.test('what is left of a number tells callers apart, and looks alike', async t => {
  const rows: [text: string, masked: string][] = [
    ['我的电话是13800138000。', '我的电话是138****8000。'],
    ['幺三八零零幺三八零零零', '幺三八****八零零零'],
    ['138，嗯，0013。8000', '138，嗯，****。8000'],
    ['138三个零18000', '138****8000'],
    ['440106。1990那个0307，2518', '440***。****那个****，**18'],
    ['卡号6222 0212 3456 7890', '卡号622***********90'],
  ]
  for (const [text, masked] of rows) t.equal(maskText(text), masked)
})

t.test('facts and pushes: text, spoken form and words, over two sentences of a side', async t => {
  const fact = (seq: number, side: 'caller' | 'agent', text: string) => ({
    subject: 'c',
    seq,
    at: 1,
    type: 'sentence-heard',
    data: {
      side,
      text,
      saidAt: 1,
      startMs: 0,
      endMs: 13_912_345_678,
      words: [...text].map((one, at) => [one, at, at + 1]),
      engine: 'funasr',
    },
  })
  const seen = maskDeep([
    fact(1, 'caller', '我的身份证是440106'),
    fact(2, 'agent', '嗯'),
    fact(3, 'caller', '199003，072518。'),
  ])
  t.equal(seen[0]?.data.text, '我的身份证是440***')
  t.equal(seen[1]?.data.text, '嗯')
  t.equal(seen[2]?.data.text, '******，****18。')
  t.same(seen[2]?.data.words?.slice(5, 8), [
    ['*', 5, 6],
    ['，', 6, 7],
    ['*', 7, 8],
  ])
  t.equal(seen[0]?.data.endMs, 13_912_345_678)
  const heard = { type: 'speech-heard', data: { node: 'n', text: '13800138000' } }
  t.equal(maskDeep(heard).data.text, '138****8000')
  t.same(
    maskDeep<unknown>({
      sentence: { side: 'caller', text: '13800138000', words: [['十三亿', 0, 9]] },
    }),
    { sentence: { side: 'caller', text: '138****8000', words: [] } },
    'words that do not show where the number is are left out',
  )
})
