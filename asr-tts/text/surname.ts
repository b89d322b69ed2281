// Surnames that are said otherwise than the word: before a title, and before a given name with a title.
import { pinyin } from 'pinyin-pro'
import type { Found } from './lexicon.ts'

const SURNAMES: Readonly<Record<string, string>> = {
  单: 'shan4',
  曾: 'zeng1',
  仇: 'qiu2',
  解: 'xie4',
  任: 'ren2',
  区: 'ou1',
  查: 'zha1',
  盖: 'ge3',
  朴: 'piao2',
  华: 'hua4',
  翟: 'zhai2',
  缪: 'miao4',
  乐: 'yue4',
  宁: 'ning4',
  冼: 'xian3',
  洗: 'xian3',
  覃: 'qin2',
  卜: 'bu3',
  召: 'shao4',
  员: 'yun4',
  尉: 'wei4',
  秘: 'bi4',
  折: 'she2',
  黑: 'he4',
  种: 'chong2',
  繁: 'po2',
  牟: 'mu4',
  逄: 'pang2',
  晁: 'chao2',
  阚: 'kan4',
  那: 'na1',
  应: 'ying1',
  尉迟: 'yu4 chi2',
  万俟: 'mo4 qi2',
  诸葛: 'zhu1 ge3',
  欧阳: 'ou1 yang2',
  长孙: 'zhang3 sun1',
  澹台: 'tan2 tai2',
  令狐: 'ling2 hu2',
  单于: 'chan2 yu2',
  皇甫: 'huang2 fu3',
  濮阳: 'pu2 yang2',
}
const TITLES = '先生|女士|小姐|同志|老师|医生|大夫|主任|经理|师傅|阿姨|大爷|大妈|奶奶|爷爷'
const NAMES = Object.keys(SURNAMES)
  .sort((a, b) => b.length - a.length)
  .join('|')
// A single surname stands right before the title, or at the beginning with one or two characters of a given name.
const NEAR = new RegExp(`(${NAMES})(?=${TITLES})`, 'g')
const FULL = new RegExp(
  `(?<=^|[的是请为找和与向给叫])(${NAMES})(?=\\p{Script=Han}{1,2}(?:${TITLES}))`,
  'gu',
)

export const findSurnames = (run: string): Found[] =>
  [FULL, NEAR].flatMap(pattern =>
    [...run.matchAll(pattern)].map(({ index, 0: name }) => ({
      at: index,
      pinyin: (SURNAMES[name] ?? '').split(' '),
    })),
  )

/** A whole name: the surname by the table above, the rest by the dictionary. */
export function readName(name: string): string[] {
  const surname = (SURNAMES[name.slice(0, 2)] ?? SURNAMES[name.slice(0, 1)])?.split(' ') ?? []
  const all = pinyin(name, {
    mode: 'surname',
    toneType: 'num',
    type: 'array',
    v: true,
    toneSandhi: false,
  }).map(syllable => syllable.replace(/0$/, '5'))
  return [...surname, ...all.slice(surname.length)]
}
