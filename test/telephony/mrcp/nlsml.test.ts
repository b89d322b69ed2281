import t from 'tap'
import type { SpokenGrammar } from '../../../telephony/call/detection.ts'
import { readResult } from '../../../telephony/mrcp/nlsml.ts'

const menu = {
  kind: 'phrases',
  phrases: [
    { id: 'agent', texts: ['人工', '转人工'] },
    { id: 'balance', texts: ['查余额'] },
  ],
} satisfies SpokenGrammar
const result = (inside: string) =>
  `<?xml version="1.0"?>\n<result xmlns="urn:ietf:params:xml:ns:mrcpv2" grammar="session:d1">\n${inside}\n</result>\n`
const heard = (instance: string, input: string, confidence = '0.97') =>
  `<interpretation grammar="session:d1" confidence="${confidence}"><instance>${instance}</instance><input mode="speech">${input}</input></interpretation>`
const read = (inside: string, code?: number, grammar: SpokenGrammar = menu) =>
  readResult(result(inside), code, grammar)

t.test('The tag that comes back names the phrase', async t => {
  t.same(read(heard('p1', '查 余额'), 0), {
    type: 'understood',
    text: '查 余额',
    phrase: 'balance',
    confidence: 0.97,
  })
  t.match(read(heard('<SWI_literal>x</SWI_literal><SWI_meaning>p0</SWI_meaning>', '转人工')), {
    phrase: 'agent',
  })
})

t.test('Without the tag the words name the phrase, and other words name none', async t => {
  t.match(read(heard('人工', '人工')), { phrase: 'agent', text: '人工' })
  t.notMatch(read(heard('挂号', '挂号')), { phrase: /./ })
})

t.test('The surest interpretation counts, and the first of equal ones', async t => {
  t.match(read(heard('p0', '人工', '0.4') + heard('p1', '查余额', '0.9')), { phrase: 'balance' })
  t.match(read(heard('p0', '人工', '0.9') + heard('p1', '查余额', '0.9')), { phrase: 'agent' })
  t.match(read(heard('p0', '人工', '88')), { confidence: 0.88 }, 'as MRCPv1 counts')
  t.notMatch(read(heard('p0', '人工', 'high')), { confidence: /./ })
})

t.test('Digits said one by one become digits', async t => {
  const digits: SpokenGrammar = { ...menu, digits: { min: 4, max: 18 } }
  t.match(read(heard('x', '幺 二 三 九 三'), 0, digits), { text: '12393' })
  t.match(read(heard('p0', '人工'), 0, digits), { phrase: 'agent' })
})

t.test('Nothing heard and nothing matched are told apart', async t => {
  t.same(read(`<interpretation><input><noinput/></input></interpretation>`), { type: 'no-input' })
  t.same(read(`<interpretation><input><nomatch>嗯</nomatch></input></interpretation>`), {
    type: 'no-match',
  })
  t.same(readResult('Completion-Cause: 002', 2, menu), { type: 'no-input' })
  t.same(readResult('Completion-Cause: 002', undefined, menu), { type: 'no-input' })
  t.same(read('', 0), { type: 'no-match' })
})

t.test('Each completion cause of RFC 6787 §9.4.11 is an outcome', async t => {
  const outcomes = Array.from({ length: 18 }, (_, code) => {
    const outcome = readResult(result(heard('p0', '人工')), code, menu)
    return outcome.type === 'failed' ? outcome.fault : outcome.type
  })
  t.same(outcomes, [
    'understood',
    'no-match',
    'no-input',
    'no-match',
    'refused',
    'refused',
    'broken-off',
    'no-match',
    'understood',
    'refused',
    'refused',
    'cancelled',
    'understood',
    'no-match',
    'no-match',
    'no-match',
    'refused',
    'nonsense',
  ])
})

t.test('Hostile and broken markup is refused', async t => {
  const whole = heard('p0', '人工')
  const hostile = [
    `<!DOCTYPE r [<!ENTITY a "人工">]>${result(whole)}`,
    result(heard('p0', '&a;')),
    result(heard('p0', '&#0;')),
    result(heard('p0', '&#xD800;')),
    result(heard('p0', 'a & b')),
    result(`${whole}<?php ?>`),
    result(`<interpretation confidence="1" confidence="2"></interpretation>`),
    result(`<interpretation><input></interpretation></input>`),
    `${result(whole)}${result(whole)}`,
    result(whole).slice(0, -4),
    '<a>'.repeat(1000),
    `<result${' '.repeat(60_000)}`,
    `<result${' a'.repeat(20_000)}>`,
    result('<!--'.repeat(5000)),
    result(whole.repeat(2000)),
    '<html><body>502 Bad Gateway</body></html>',
    'not xml',
    '',
  ]
  for (const body of hostile)
    t.match(readResult(body, 0, menu), { type: 'failed', fault: 'nonsense' }, body.slice(0, 60))
})

t.test('What XML allows is read: comments, CDATA, prefixes, numbers of characters', async t => {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?><!-- a --><n:result xmlns:n="urn:x"><n:interpretation confidence=\'1\'>' +
    '<n:instance><![CDATA[p0]]></n:instance><n:input>&#x4EBA;&#24037;&lt;</n:input></n:interpretation></n:result><!-- b -->\n'
  t.match(readResult(body, 0, menu), { phrase: 'agent', text: '人工<', confidence: 1 })
})
