// Words that mean the same in every flow.
import type { SpokenPhrase } from './node.ts'

export const YES_NO: readonly SpokenPhrase[] = [
  {
    id: 'yes',
    texts: '是 是的 对 对的 好 好的 可以 要 需要 没错 正确 确定 对对 是是'.split(' '),
  },
  {
    id: 'no',
    texts: '不 不是 不对 不好 不要 不用 不需要 不可以 不行 没有 错 错了 不正确'.split(' '),
  },
]

/** The phrase by which a caller asks for a person; no author's id looks like this. */
export const PERSON = '(person)'
export const PERSON_TEXTS =
  '人工 人工服务 转人工 转人工服务 人工客服 找人工 我要人工 要人工 人工座席 转接人工'.split(' ')

const POLITE = /^(?:喂|你好|您好|请|麻烦|帮我|给我|我要|我想|我想要|要|找|转|接|转接|嗯|那个)+/u
const TAIL = /(?:吧|啊|呀|了|谢谢|行吗|好吗|可以吗)+$/u

/** True when free words ask for a person. 人工晶体 is a lens and no wish. */
export function asksForPerson(text: string): boolean {
  const plain = text.replace(/[\s\p{P}]/gu, '')
  if (/转(?:接)?人工|人工(?:服务|客服|座席|坐席|台)/u.test(plain)) return true
  return plain.replace(POLITE, '').replace(TAIL, '') === '人工'
}

const DIGITS: Readonly<Record<string, string>> = Object.fromEntries(
  ['零〇洞0', '一幺1', '二两2', '三3', '四4', '五5', '六6', '七拐7', '八8', '九勾9'].flatMap(
    (ways, digit) => [...ways].map(way => [way, String(digit)]),
  ),
)

/** The longest run of digits that was said, 幺 as 1; empty where there is none. */
export function digitsIn(text: string): string {
  const said = [...text.replace(/[\s\p{P}]/gu, '')].map(letter => DIGITS[letter] ?? ' ').join('')
  return said.split(' ').reduce((longest, run) => (run.length > longest.length ? run : longest), '')
}
