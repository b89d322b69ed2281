import t from 'tap'
import { createMatcher } from '../../../asr-tts/recognition/match.ts'

const menu = createMatcher([
  { id: 'agent', texts: ['人工', '人工服务', '转人工'] },
  { id: 'pay', texts: ['查询缴费', '缴费记录'] },
  { id: 'enrol', texts: ['参保登记'] },
  { id: 'remote', texts: ['异地就医', '异地就医备案'] },
  { id: 'hotline', texts: ['幺二三九三'] },
])
const answer = createMatcher([
  { id: 'yes', texts: ['是', '是的', '对', '要'] },
  { id: 'no', texts: ['不', '不是', '不对', '不要'] },
])

const CASES: [said: string, phrase: string | undefined][] = [
  ['人工服务', 'agent'],
  ['人工服务。', 'agent'],
  ['嗯，我要人工服务', 'agent'],
  ['人公服务', 'agent'],
  ['仁功', 'agent'],
  ['我想查询缴费', 'pay'],
  ['我想查询交费', 'pay'],
  ['异地就医备案怎么办', 'remote'],
  ['一地就一备案', 'remote'],
  ['参宝登记', 'enrol'],
  ['12393', 'hotline'],
  ['一二三九三', 'hotline'],
  ['今天天气不错', undefined],
  ['我不要人工', undefined],
  ['查询缴费参保登记', undefined],
  ['', undefined],
  ['😀……', undefined],
]

t.test('free words are the phrase they hold, by their characters or by their sound', async t => {
  for (const [said, phrase] of CASES) t.equal(menu.match(said)?.phrase, phrase, said || 'silence')
})

t.test('yes and no are not found inside other words', async t => {
  for (const [said, phrase] of [
    ['是', 'yes'],
    ['是的。', 'yes'],
    ['嗯，对', 'yes'],
    ['不是', 'no'],
    ['不要', 'no'],
    ['我要是去北京呢', undefined],
    ['对面的医院', undefined],
  ] as const)
    t.equal(answer.match(said)?.phrase, phrase, said)
})

t.test(
  'what is said plainly is surer than what only sounds alike or stands among other words',
  async t => {
    const sure = (said: string) => menu.match(said)?.confidence ?? 0
    t.equal(sure('人工服务'), 1)
    t.ok(sure('人公服务') < 1 && sure('人公服务') > sure('我昨天想要问一下人工服务在哪里'))
    t.ok(sure('我昨天想要问一下人工服务在哪里') >= 0.6)
  },
)

t.test('a phrase that no longer one begins with is complete', async t => {
  t.notOk(menu.isComplete('人工'), '人工服务 may follow')
  t.ok(menu.isComplete('人工服务'))
  t.ok(menu.isComplete('查询缴费'))
  t.notOk(menu.isComplete('查询'))
  t.notOk(menu.isComplete(''))
})

t.test('250 phrases are compared in a moment', async t => {
  const many = createMatcher(
    Array.from({ length: 250 }, (_, index) => ({ id: `i${index}`, texts: [`事项${index}`] })),
  )
  t.equal(many.match('请问事项249怎么办')?.phrase, 'i249')
})
