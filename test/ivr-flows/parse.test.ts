import t from 'tap'
import { parseFlow, type ProblemCode } from '../../ivr-flows/index.ts'

const END = { kind: 'hangup' }
const say = (next: string) => ({ kind: 'say', prompt: { say: 'a' }, next })
const menu = { kind: 'menu', prompt: { say: 'a' }, choices: { 1: 'end' }, otherwise: 'end' }
const gather = {
  kind: 'gather',
  prompt: { say: 'a' },
  variable: 'v',
  maxDigits: 4,
  next: 'end',
  otherwise: 'end',
}
const branch = (...cases: object[]) => ({ kind: 'branch', variable: 'v', cases, otherwise: 'end' })
const flow = (nodes: Record<string, unknown>, start = 'one') => ({
  id: 'f',
  name: 'F',
  start,
  nodes,
})
const one = (node: unknown) => flow({ one: node, end: END })

const refused: [name: string, json: unknown, node: string, code: ProblemCode, reason: RegExp][] = [
  ['nothing', undefined, '(flow)', 'NOT_AN_OBJECT', /JSON object/],
  ['a list', [], '(flow)', 'NOT_AN_OBJECT', /JSON object/],
  [
    'no name',
    { ...one(menu), name: undefined },
    '(flow)',
    'FIELD_MISSING',
    /field name is missing/,
  ],
  ['an id in capitals', { ...one(menu), id: 'F' }, '(flow)', 'FIELD_MALFORMED', /field id/],
  ['a foreign field', { ...one(menu), version: 2 }, '(flow)', 'FIELD_UNKNOWN', /version/],
  ['a node that is a number', one(5), 'one', 'NOT_AN_OBJECT', /JSON object/],
  ['a node without kind', one({}), 'one', 'FIELD_MISSING', /kind/],
  ['an unknown kind', one({ kind: 'sing' }), 'one', 'KIND_UNKNOWN', /no node kind sing.*hangup/],
  [
    'a node name with a blank',
    flow({ one: menu, end: END, 'two three': END }),
    'two three',
    'NODE_NAME_MALFORMED',
    /hyphens/,
  ],
  ['a node without a way', one({ kind: 'answer' }), 'one', 'FIELD_MISSING', /next/],
  ['a misspelt field', one({ ...menu, promt: 'x' }), 'one', 'FIELD_UNKNOWN', /promt/],
  ['an empty prompt', one({ ...menu, prompt: { say: '' } }), 'one', 'FIELD_LENGTH', /prompt\.say/],
  [
    'a prompt list with a fault',
    one({ ...menu, prompt: [{ say: 'a' }, { sy: 'b' }] }),
    'one',
    'FIELD_UNKNOWN',
    /prompt\.1\.sy/,
  ],
  ['no prompts', one({ ...menu, prompt: [] }), 'one', 'FIELD_COUNT', /prompt/],
  [
    'a prompt file elsewhere',
    one({ ...menu, prompt: { file: '../../etc/passwd' } }),
    'one',
    'FIELD_MALFORMED',
    /prompt\.file/,
  ],
  [
    'a letter as a key',
    one({ ...menu, choices: { a: 'end' } }),
    'one',
    'DIGIT_MALFORMED',
    /a in choices/,
  ],
  [
    'too many attempts',
    one({ ...menu, attempts: 9 }),
    'one',
    'FIELD_OUT_OF_RANGE',
    /attempts must be ≤ 5/,
  ],
  [
    'a time as text',
    one({ ...menu, timeoutMs: '5 s' }),
    'one',
    'FIELD_WRONG_TYPE',
    /timeoutMs must be a number/,
  ],
  [
    'a result that does not exist',
    one({ ...END, result: 'fine' }),
    'one',
    'FIELD_MALFORMED',
    /voicemail/,
  ],
  ['a start that does not exist', flow({ end: END }), '(flow)', 'START_UNKNOWN', /starts at one/],
  [
    'a name that every object has',
    flow({ one: say('constructor') }),
    'one',
    'NEXT_UNKNOWN',
    /constructor/,
  ],
  ['a way to nowhere', flow({ one: say('two') }), 'one', 'NEXT_UNKNOWN', /next leads to two/],
  [
    'a choice to nowhere',
    one({ ...menu, choices: { 1: 'end', 2: 'two' } }),
    'one',
    'NEXT_UNKNOWN',
    /choices\.2 leads to two/,
  ],
  [
    'a case to nowhere',
    one(branch({ equals: 'a', next: 'two' })),
    'one',
    'NEXT_UNKNOWN',
    /cases\.0\.next leads to two/,
  ],
  [
    'an overflow to nowhere',
    flow({ one: { kind: 'queue', queue: 'q', full: 'two', otherwise: 'end' }, end: END }),
    'one',
    'NEXT_UNKNOWN',
    /full leads to two/,
  ],
  [
    'a node nobody reaches',
    flow({ one: END, lost: END }),
    'lost',
    'UNREACHABLE',
    /no way leads to this/,
  ],
  [
    'an island of nodes',
    flow({ one: END, a: say('b'), b: { ...menu, choices: { 1: 'a' }, otherwise: 'one' } }),
    'b',
    'UNREACHABLE',
    /no way/,
  ],
  [
    'no end',
    flow({ one: { ...menu, choices: { 1: 'one' }, otherwise: 'two' }, two: say('one') }),
    'two',
    'NO_END',
    /hang-up/,
  ],
  [
    'a loop that never waits',
    flow({
      one: { kind: 'hours', calendar: 'c', open: 'end', closed: 'two' },
      two: { ...branch({ equals: 'x', next: 'end' }), otherwise: 'one' },
      end: END,
    }),
    'one',
    'ENDLESS_LOOP',
    /one → two → one/,
  ],
  [
    'a branch to itself',
    one({ ...branch({ equals: 'x', next: 'end' }), otherwise: 'one' }),
    'one',
    'ENDLESS_LOOP',
    /one → one/,
  ],
  [
    'a menu that repeats for ever',
    one({ ...menu, otherwise: 'one' }),
    'one',
    'SILENT_LOOP',
    /presses nothing.*one → one/,
  ],
  [
    'a message asked for over and over',
    flow({
      one: { kind: 'voicemail', prompt: { say: 'a' }, next: 'end', otherwise: 'two' },
      two: say('one'),
      end: END,
    }),
    'one',
    'SILENT_LOOP',
    /one → two → one/,
  ],
  [
    'a menu without choices',
    one({ ...menu, choices: {} }),
    'one',
    'NO_CHOICES',
    /choices offers no digit/,
  ],
  [
    'a rating without scores',
    one({ kind: 'rate', prompt: { say: 'a' }, scores: {}, next: 'end' }),
    'one',
    'NO_CHOICES',
    /scores/,
  ],
  [
    'a score out of range',
    one({ kind: 'rate', prompt: { say: 'a' }, scores: { 1: 9 }, next: 'end' }),
    'one',
    'FIELD_OUT_OF_RANGE',
    /scores\.1/,
  ],
  ['a case that never fits', one(branch({ next: 'end' })), 'one', 'CASE_EMPTY', /case 1/],
  [
    'a broken pattern',
    one(branch({ equals: 'a', next: 'end' }, { matches: '(1', next: 'end' })),
    'one',
    'REGEX_BROKEN',
    /case 2: \(1/,
  ],
  [
    'a pattern that takes for ever',
    one(branch({ matches: '(\\d+)+', next: 'end' })),
    'one',
    'REGEX_SLOW',
    /repeats a repetition/,
  ],
  [
    'more digits at least than at most',
    one({ ...gather, minDigits: 5 }),
    'one',
    'DIGITS_CONTRADICT',
    /5 is more than maxDigits 4/,
  ],
  [
    'a shortest message beyond the longest',
    one({ kind: 'voicemail', prompt: { say: 'a' }, minMs: 9, maxMs: 8, next: 'end' }),
    'one',
    'LIMITS_CONTRADICT',
    /9.*8/,
  ],
]

t.test('a broken flow is refused with its node and a reason in two languages', async t => {
  for (const [name, json, node, code, reason] of refused) {
    const parsed = parseFlow(json)
    const problems = 'problems' in parsed ? parsed.problems : []
    const found = problems.find(one => one.code === code && one.node === node)
    t.match(found, { node, code, reason }, `${name}: ${JSON.stringify(problems)}`)
    t.match(found?.reasonZh, /[\u4e00-\u9fff]|JSON/)
    t.notMatch(`${found?.reason}${found?.reasonZh}`, /\$\d|undefined/, 'no particulars are missing')
  }
})

t.test('all faults are told at once', async t => {
  const parsed = parseFlow(flow({ one: say('x'), two: say('y') }))
  t.match(parsed, {
    problems: [
      { node: 'one', code: 'NEXT_UNKNOWN' },
      { node: 'two', code: 'NEXT_UNKNOWN' },
    ],
  })
})

t.test('what is right passes, and passes again', async t => {
  const right: [name: string, json: unknown][] = [
    ['a menu that a key repeats', one({ ...menu, choices: { 1: 'end', '#': 'one' } })],
    [
      'waiting on after a choice',
      flow({
        one: { kind: 'queue', queue: 'q', timedOut: 'two', otherwise: 'end' },
        two: { ...menu, choices: { 1: 'one' } },
        end: END,
      }),
    ],
    [
      'a number asked for until it is right',
      flow({
        one: { ...gather, next: 'two' },
        two: { ...branch({ matches: '\\d{4}', next: 'end' }), otherwise: 'one' },
        end: END,
      }),
    ],
    ['a pattern with groups', one(branch({ matches: '(?:027|010)\\d{7,8}', next: 'end' }))],
  ]
  for (const [name, json] of right) {
    const parsed = parseFlow(json)
    if (!('flow' in parsed)) {
      t.fail(`${name}: ${JSON.stringify(parsed.problems)}`)
      continue
    }
    t.same(parseFlow(parsed.flow), parsed, name)
  }
})
