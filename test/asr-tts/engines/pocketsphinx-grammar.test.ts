import t from 'tap'
import {
  type Grammar,
  toDictionary,
  toFiller,
  toGrammar,
  toWords,
} from '../../../asr-tts/engines/pocketsphinx-grammar.ts'
import { complaintIn } from '../../../asr-tts/engines/trial.ts'
import { DIGITS, toDigitCount, YES_NO } from '../../../asr-tts/recognition/phrase.ts'
import type { Phrase } from '../../../asr-tts/recogniser.ts'

const { words, syllables } = toDictionary(
  [
    'A.\tei',
    '人\tr en',
    '任\tr en',
    '工\tg ong',
    '人工\tr en g ong',
    '人(2)\tr en er',
    '服务\tf u w u',
    '转\tzh uan',
    '',
    'half a line',
    ...[...'是不的对好可以没错嗯要用有了'].map(character => `${character}\tx ${character}`),
  ].join('\n'),
)
const has = (word: string) => words.has(word)
const grammarOf = (...texts: string[]) => {
  const grammar = toGrammar([{ id: 'said', texts }], has)
  if ('problem' in grammar) throw new Error(grammar.problem)
  return grammar
}

t.test('a dictionary is read with one character for each syllable', async t => {
  t.ok(has('人工') && has('A.'))
  t.notOk(has('人(2)'))
  t.same(syllables.slice(0, 3), ['人', '工', '转'])
  t.match(toFiller(['人', '工']), '(人 | 工)+;')
})

t.test('a text is said in the fewest words of the dictionary', async t => {
  const cases: [text: string, words: ReturnType<typeof toWords>][] = [
    ['人工服务', ['人工', '服务']],
    ['转人工', ['转', '人工']],
    ['人人工', ['人', '人工']],
    ['A人', ['A.', '人']],
    ['', []],
    ['人囍工', { lacks: '囍' }],
    ['B', { lacks: 'B' }],
  ]
  for (const [text, expected] of cases) t.same(toWords(text, has), expected, text)
})

t.test('a text that cannot be listened for is a problem with its name', async t => {
  const cases: [phrases: Phrase[], problem: string | RegExp][] = [
    [[], 'the grammar has no phrase'],
    [[{ id: 'x', texts: [] }], 'the grammar has no phrase'],
    [[{ id: 'x', texts: ['，。'] }], 'the phrase x has a text without words'],
    [[{ id: 'x', texts: ['人工', '转囍'] }], 'the dictionary has no “囍”, which is in “转囍”'],
    [[{ id: 'x', texts: ['按1'] }], /“按”/],
  ]
  for (const [phrases, problem] of cases) t.match(toGrammar(phrases, has), { problem })
})

t.test('what was heard is the phrase again', async t => {
  const grammar = toGrammar(
    [
      { id: 'agent', texts: ['人工', '转人工！', '人 工 服务'] },
      { id: 'again', texts: ['人工'] },
      ...YES_NO,
    ],
    has,
  ) as Grammar
  const cases: [said: string, phrase: string | undefined, isWhole: boolean][] = [
    ['人工', 'agent', false],
    ['转人工', 'agent', true],
    ['人工服务', 'agent', true],
    ['是', 'yes', false],
    ['是的', 'yes', true],
    ['不是', 'no', false],
    ['不是的', 'no', true],
    ['服务', undefined, true],
  ]
  for (const [said, phrase, isWhole] of cases)
    t.same([grammar.phraseOf(said), grammar.isWhole(said)], [phrase, isWhole], said)
})

t.test('digits are as many as were asked for', async t => {
  const cases: [text: string, rule: string, right: string[], wrong: string[], whole: string[]][] = [
    ['{digits}', '<digit>+', ['一', '幺二三九三'], ['', '人'], []],
    ['{digits:2}', '<digit> <digit>;', ['零九'], ['零', '零九九'], ['零九']],
    ['{digits:1-3}', '<digit> [<digit> [<digit>]];', ['一', '一二三'], ['一二三四'], ['一二三']],
  ]
  for (const [text, rule, right, wrong, whole] of cases) {
    const grammar = grammarOf(text)
    t.match(grammar.jsgf, `public <said> = ${rule}`, text)
    for (const said of right) t.equal(grammar.phraseOf(said), 'said', `${text} ${said}`)
    for (const said of wrong) t.equal(grammar.phraseOf(said), undefined, `${text} ${said}`)
    for (const said of right) t.equal(grammar.isWhole(said), whole.includes(said), said)
  }
  t.same(DIGITS.texts.map(toDigitCount), [{ least: 1 }])
  for (const text of ['{digits:0}', '{digits:4-2}', '{digit}', '四位'])
    t.equal(toDigitCount(text), undefined, text)
})

t.test('the complaint of the library is found in its log', async t => {
  const cases: [log: string, complaint: string | undefined][] = [
    ['INFO: cmd_ln.c(691): Parsing\n', undefined],
    ['INFO: x\nERROR: "acmod.c", line 83: Folder has no mdef\nINFO: y\n', 'Folder has no mdef'],
    ['FATAL: "mdef.c", line 680: No mdef-file\n', 'No mdef-file'],
    ['ERROR: libx cannot be loaded\n', 'libx cannot be loaded'],
  ]
  for (const [log, complaint] of cases) t.equal(complaintIn(log), complaint)
})
