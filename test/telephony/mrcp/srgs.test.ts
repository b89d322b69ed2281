import t from 'tap'
import { digitsIn, toSrgs } from '../../../telephony/mrcp/srgs.ts'

const LANGUAGE = 'zh-CN'
const phrases = (...all: [string, ...string[]][]) =>
  toSrgs({ kind: 'phrases', phrases: all.map(([id, ...texts]) => ({ id, texts })) }, LANGUAGE)

t.test('A menu becomes one SRGS rule whose items carry their number as a literal', async t => {
  t.equal(
    phrases(['agent', '人工', '转人工服务'], ['balance', '查余额']),
    '<?xml version="1.0" encoding="UTF-8"?><grammar xmlns="http://www.w3.org/2001/06/grammar" version="1.0" xml:lang="zh-CN"' +
      ' mode="voice" root="said" tag-format="semantics/1.0-literals"><rule id="said" scope="public"><one-of>' +
      '<item><one-of><item>人工</item><item>转人工服务</item></one-of><tag>p0</tag></item>' +
      '<item>查余额<tag>p1</tag></item></one-of></rule></grammar>',
  )
})

t.test('Digits in a phrase are read one by one, with both readings of 1', async t => {
  const grammar = phrases(['number', '拨打12393'])
  t.match(grammar, '<item>拨打一二三九三</item><item>拨打幺二三九三</item>')
})

t.test('Nothing of a text is markup, and a phrase of nothing but signs is left out', async t => {
  const grammar = phrases(['sign', '…！'], ['mean', '是</item><tag>p9</tag>"\'\\${uuid}'])
  t.match(grammar, '<item>是itemtagp九tag')
  t.notMatch(grammar, /["'\\${}]uuid|p0/)
  t.equal(phrases(['sign', '？']), undefined)
  t.equal(phrases(), undefined)
})

t.test(
  'Digits are a rule that repeats, beside the phrases, and their words are digits again',
  async t => {
    const grammar = toSrgs(
      {
        kind: 'phrases',
        phrases: [{ id: 'agent', texts: ['人工'] }],
        digits: { min: 4, max: 18 },
      },
      LANGUAGE,
    )
    t.match(
      grammar,
      '<one-of><item>人工<tag>p0</tag></item><item><item repeat="4-18"><ruleref uri="#digit"/></item></item></one-of></rule><rule id="digit">',
    )
    t.match(grammar, '<item>幺</item>')
    const wrong = { kind: 'phrases', phrases: [], digits: { min: 5, max: 4 } } as const
    t.equal(toSrgs(wrong, LANGUAGE), undefined)
    t.equal(digitsIn('幺 二 三 玖'), undefined)
    t.equal(digitsIn('幺 两 三 九 3'), '12393')
    t.equal(digitsIn(''), undefined)
  },
)
