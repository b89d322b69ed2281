// How a written prompt is read aloud: everything that is not Chinese becomes Chinese words. Pure.
import { toCardinal, toCount, toDialled, toDigits, toNumber } from './chinese-number.ts'
import { toLetterNames } from './letter.ts'

/** A pattern and what its match becomes; the groups of the match are the arguments. */
type Rule = readonly [pattern: RegExp, read: (...groups: string[]) => string]

// Words that count things: 2 before them is 两.
const MEASURE =
  '个|位|名|条|次|分|小时|钟头|天|周|星期|年|人|元|块|角|毛|岁|件|张|种|项|家|间|台|部|份|本|只|步|遍|倍|瓶|盒|片|粒|吨|公里|千米|米|斤|公斤|千克|克|秒|点|刻钟|万|亿|页|段|句|字|户|笔|例|批|组|类|级以上'
// Words that follow a plain number, though they do not count.
const UNIT = `${MEASURE}|月|日|号|楼|层|级|期|届|路|多|余|以上|以下|左右|平方|度|摄氏度`
const NUMBER = '\\d+(?:\\.\\d+)?'
const DASH = '\\s*[-–—~～]+\\s*'
const CALLED =
  '拨打|致电|电话|热线|号码|工号|座席|坐席|分机|分机号|编号|尾号|单号|卡号|后四位|前三位|验证码|密码|房间|转接|转|火警|报警|急救'
/** As they are printed, after a number; capitals are something else (5G). */
const SIGNS: Readonly<Record<string, string>> = {
  kg: '千克',
  km: '千米',
  mg: '毫克',
  ml: '毫升',
  mL: '毫升',
  cm: '厘米',
  mm: '毫米',
  'm²': '平方米',
  '㎡': '平方米',
  m: '米',
  g: '克',
  '℃': '摄氏度',
}

const TIDY: readonly Rule[] = [
  [
    /([\uff10-\uff19\uff21-\uff3a\uff41-\uff5a])/g,
    wide => String.fromCharCode(wide.charCodeAt(0) - 0xfee0),
  ],
  [/(\d{1,3}(?:,\d{3})+)(?!\d)/g, grouped => grouped.replaceAll(',', '')],
  [/[¥￥]\s*(\d+(?:\.\d+)?)(万|亿)?/g, (amount, many) => `${amount}${many}元`],
  [/\$\s*(\d+(?:\.\d+)?)/g, amount => `${amount}美元`],
  [/(\d+\.\d*?)0+(?=美?元|[%％])/g, amount => amount.replace(/\.$/, '')],
  [
    new RegExp(`(?<=\\d\\s*)(${Object.keys(SIGNS).join('|')})(?![A-Za-z\\d])`, 'g'),
    sign => SIGNS[sign] ?? '',
  ],
]

const CLOCK: readonly Rule[] = [
  [
    /(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/g,
    (year, month, day) => `${toDigits(year)}年${toCardinal(month)}月${toCardinal(day)}日`,
  ],
  [new RegExp(`(?<=[日号点分时]|\\d[:：]\\d\\d)${DASH}(?=\\d)`, 'g'), () => '到'],
  [new RegExp(`(?<!\\d)(\\d{4})${DASH}(?=\\d{4}年)`, 'g'), year => `${toDigits(year)}到`],
  [new RegExp(`(?<!\\d)(\\d{1,2})${DASH}(?=\\d{1,2}月)`, 'g'), month => `${toCardinal(month)}到`],
  [/(?<!\d)(\d{4})(?=年)/g, toDigits],
  [/(?<!\d)(\d{1,2})(?=月)/g, toCardinal],
  [/(?<!\d)(\d{1,2})(?=日)/g, toCardinal],
  [/(?<!\d)([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?!\d)/g, readTime],
  [/(?<!\d)0(\d)(?=[分秒])/g, digit => `零${toCardinal(digit)}`],
]

const DIALLED: readonly Rule[] = [
  [/(?<![\d*])(?:\+?86[- ]?)?(1[3-9]\d)-?(\d{4})-?(\d{4})(?!\d)/g, (...parts) => grouped(parts)],
  [/(?<!\d)(0\d{2,3})[-–—](\d{7,8})(?!\d)/g, (area, number) => grouped([area, number])],
  [/(?<!\d)([48]00)[-–—](\d{3,4})[-–—]?(\d{3,4})(?!\d)/g, (...parts) => grouped(parts)],
  [
    /(?<!\d)(\d{6})(\d{8})(\d{3})([\dXx])(?![\dA-Za-z])/g,
    (area, birth, order, check) =>
      `${grouped([area, birth])}，${toDialled(order)}${readMark(check)}`,
  ],
  [/(\d+)\*{2,}(\d+)/g, (head, tail) => `${toDialled(head)}，星号，${toDialled(tail)}`],
  [
    new RegExp(
      `(?<=(?:${CALLED})(?:是|为|到|：|:)?\\s*)(\\d{2,})(?!\\d|\\.\\d|(?:${MEASURE}))`,
      'g',
    ),
    long,
  ],
  [
    /(?<!\d)(\d{3,})(?=\s*(?:热线|电话|号座席|号坐席|号话务员|服务热线|医保|急救|报警|火警|平台))/g,
    long,
  ],
  [/(?<![\d.])(0\d+)(?![\d.]|:)/g, long],
  [/(?<!\d)([5-9]0)(?=后)/g, toDigits],
]

const COUNTED: readonly Rule[] = [
  [
    /(?<!\d)(\d{1,3})\/(\d{1,3})(?!\d)/g,
    (part, whole) => `${toCardinal(whole)}分之${toCardinal(part)}`,
  ],
  [
    new RegExp(`(?<![\\d.])(${NUMBER})[%％]?${DASH}(${NUMBER})[%％]`, 'g'),
    (from, to) => `百分之${toNumber(from)}到百分之${toNumber(to)}`,
  ],
  [
    new RegExp(`(?<![\\dA-Za-z])[-−](${NUMBER})[%％]`, 'g'),
    number => `百分之负${toNumber(number)}`,
  ],
  [new RegExp(`(${NUMBER})[%％]`, 'g'), number => `百分之${toNumber(number)}`],
  [new RegExp(`(${NUMBER})‰`, 'g'), number => `千分之${toNumber(number)}`],
  [
    new RegExp(`(?<![\\d\\p{L}])[-−](${NUMBER})(?=℃|摄氏度)`, 'gu'),
    number => `零下${toNumber(number)}`,
  ],
  [
    new RegExp(`(?<=第)(\\d{1,4})${DASH}(\\d{1,4})(?!\\d)`, 'g'),
    (from, to) => `${toCardinal(from)}到${toCardinal(to)}`,
  ],
  [/(?<=第)(\d{1,4})(?!\d)/g, number => toCardinal(number).replace(/^两/, '二')],
  [
    new RegExp(`(?<![\\d.])(\\d{1,4}(?:\\.\\d+)?)(?:${DASH}|(到|至))(${NUMBER})(?=(${UNIT}))`, 'g'),
    readRange,
  ],
  [
    new RegExp(
      `(?<![\\d.A-Za-z]|(?<![\\dA-Za-z])[-−])(${NUMBER})(?=(?:多|余)?(?:${MEASURE}))`,
      'g',
    ),
    toCount,
  ],
  [/(?<![\d.])(\d{5,})(?![\d.])/g, long],
  [
    new RegExp(`(${NUMBER})[:：](${NUMBER})`, 'g'),
    (one, other) => `${toNumber(one)}比${toNumber(other)}`,
  ],
  [new RegExp(`(?<![\\dA-Za-z])[-−](${NUMBER})`, 'g'), number => `负${toNumber(number)}`],
  [/(\d+(?:\.\d+){2,})/g, version => version.split('.').map(toCardinal).join('点')],
  [new RegExp(`(${NUMBER})`, 'g'), toNumber],
]

const MARKS: readonly Rule[] = [
  [/[#＃]号?/g, () => '井号'],
  [/[*＊]号?/g, () => '星号'],
  [/℃/g, () => '摄氏度'],
  [/[&＆]/g, () => '和'],
  [/[+＋]/g, () => '加'],
  [/[=＝]/g, () => '等于'],
  [/[×]/g, () => '乘'],
  [/@/g, () => '艾特'],
  [/([A-Za-z]+)/g, letters => letters.toUpperCase()],
  [/\s*\n\s*/g, () => '。'],
  [/[,;:!?]/g, mark => ({ ',': '，', ';': '；', ':': '：', '!': '！', '?': '？' })[mark] ?? ''],
  [/[.](?=\s|$)/g, () => '。'],
  [/[()（）[\]【】—…/]+/g, () => '，'],
  // What is left has no sound. Characters for private use stand for what is put in later.
  [/[^\p{Script=Han}A-Z，。、；：？！\uE000-\uF8FF]/gu, () => ''],
  [/[，、；：]+(?=[，。；：？！])/g, () => ''],
  [/([，。、；：？！])\1+/g, mark => mark],
  [/^[，。、；：？！]+/g, () => ''],
]

/** The text as it is to be spoken: Chinese characters and stops, nothing else. */
export const toReading = (text: string): string => toSpoken(text).replace(/[A-Z]+/g, toLetterNames)

/** The same with Latin letters, as capitals, where they are said by their names. */
export function toSpoken(text: string): string {
  let reading = text.normalize('NFC').trim()
  for (const [pattern, read] of [...TIDY, ...CLOCK, ...DIALLED, ...COUNTED, ...MARKS]) {
    reading = reading.replace(pattern, (...match: unknown[]) => read(...groupsOf(match)))
  }
  return reading
}

/** The groups of a match (the match itself where it has none); an absent group is empty. */
function groupsOf(match: readonly unknown[]): string[] {
  const offsetIndex = match.findIndex(value => typeof value === 'number')
  const groups = match.slice(1, offsetIndex)
  return (groups.length === 0 ? match.slice(0, 1) : groups).map(value =>
    typeof value === 'string' ? value : '',
  )
}

function readTime(hour = '', minute = '', second = ''): string {
  const said = `${toCount(hour)}点`
  if (minute === '00' && second === '') return said
  return `${said}${twoPlaces(minute)}分${second === '' ? '' : `${twoPlaces(second)}秒`}`
}

const twoPlaces = (text: string) => (text.startsWith('0') ? toDigits(text) : toCardinal(text))

function readRange(from = '', joined = '', to = '', unit = ''): string {
  const read = isMeasure.test(unit) ? toCount : toNumber
  return `${read(from)}${joined || '到'}${read(to)}`
}
const isMeasure = new RegExp(`^(?:${MEASURE})$`)

const grouped = (parts: readonly string[]) => parts.filter(Boolean).map(toDialled).join('，')
const readMark = (mark: string) => (/\d/.test(mark) ? toDialled(mark) : mark.toUpperCase())

/** Digit by digit, with a breath after every fourth of a number too long to keep in mind. */
function long(digits = ''): string {
  return digits.length < 9 ? toDialled(digits) : grouped(digits.match(/\d{1,4}/g) ?? [])
}
