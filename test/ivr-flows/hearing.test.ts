import t from 'tap'
import { flowSchema, parseFlow, type FlowAction, type FlowInput } from '../../ivr-flows/index.ts'
import { asksForPerson, digitsIn } from '../../ivr-flows/spoken-word.ts'
import { digit, digits, open, playIn, saidIn, silence, spoken, typesOf } from './play.ts'

const END = { kind: 'hangup' }
const HEARS = { ...open, hears: true }
const play = playIn(HEARS)
const deaf = playIn(open)

const began: FlowInput = { type: 'speech-began' }
const understood = (text: string, phrase?: string, confidence?: number): FlowInput => ({
  type: 'understood',
  text,
  engine: 'ear',
  ...(phrase !== undefined && { phrase }),
  ...(confidence !== undefined && { confidence }),
})
const unclear: FlowInput = { type: 'not-understood', engine: 'ear' }
const failed: FlowInput = { type: 'ears-failed', cause: 'unreachable' }

const flowOf = (first: object, rest: object = {}) =>
  flowSchema.parse({
    id: 'test',
    name: 'Test',
    start: 'first',
    nodes: { first, yes: END, no: END, other: END, lost: END },
    ...rest,
  })
const INTENT = {
  kind: 'intent',
  prompt: { say: 'ask' },
  keysPrompt: { say: 'keys' },
  noInput: { say: 'nothing' },
  noMatch: { say: 'what' },
  intents: [
    { id: 'agent', phrases: ['人工服务', '人工'], next: 'yes' },
    { id: 'pay', phrases: ['查询缴费'], next: 'no' },
  ],
  choices: { '1': 'yes', '2': 'no' },
  otherwise: 'other',
}
const factsOf = (actions: readonly FlowAction[]) =>
  actions.flatMap(action => (action.type === 'note' ? [action.fact] : []))

type Row = [name: string, inputs: FlowInput[], node: string, last: string]
const tell = (title: string, first: object, rows: Row[], by = play) =>
  t.test(title, async t => {
    for (const [name, inputs, node, last] of rows) {
      const played = by(flowOf(first), ...inputs)
      t.equal(played.position.node, node, `${name}: stands at ${node}`)
      t.equal(typesOf(played.last), last, `${name}: ${last || 'nothing'} is asked for`)
    }
  })

tell('what a caller says leads on, and so does a key at any time', INTENT, [
  ['entered', [], 'first', 'start-listening speak'],
  ['the prompt is over', [spoken], 'first', 'start-timer'],
  ['speech ends the prompt', [began], 'first', 'stop-speaking start-timer'],
  ['speech after it', [spoken, began], 'first', 'stop-timer start-timer'],
  [
    'understood into the prompt',
    [began, understood('人工服务', 'agent')],
    'yes',
    'stop-timer hang-up',
  ],
  ['understood at once', [understood('人工', 'agent')], 'yes', 'stop-speaking hang-up'],
  ['a key in the prompt', [digit('2')], 'no', 'stop-listening stop-speaking hang-up'],
  ['a key while speaking', [began, digit('1')], 'yes', 'stop-listening stop-timer hang-up'],
  ['a wrong key', [digit('7')], 'first', 'stop-speaking start-listening speak'],
  ['two wrong keys', [digit('7'), digit('7')], 'other', 'stop-listening stop-speaking hang-up'],
  ['silence', [spoken, silence], 'first', 'start-listening speak'],
  ['silence twice', [spoken, silence, spoken, silence], 'other', 'stop-listening hang-up'],
  ['not understood', [began, unclear], 'first', 'stop-timer start-listening speak'],
  ['not understood twice', [began, unclear, began, unclear], 'other', 'stop-timer hang-up'],
  [
    'no phrase of the grammar',
    [began, understood('天气')],
    'first',
    'stop-timer start-listening speak',
  ],
  ['what was told before is late', [began, unclear, spoken], 'first', 'start-timer'],
  ['a timer of the past', [silence], 'first', ''],
])

t.test('a caller who is asked again hears why, and is heard again', async t => {
  t.equal(saidIn(play(flowOf(INTENT), spoken, silence).last), 'nothing')
  t.equal(saidIn(play(flowOf(INTENT), began, unclear).last), 'what')
  const { actions } = play(flowOf(INTENT), began, unclear, began, understood('人工', 'agent', 0.9))
  t.same(factsOf(actions), ['node-entered', 'speech-heard', 'speech-heard', 'node-entered'])
  t.match(
    actions.filter(action => action.type === 'note' && action.fact === 'speech-heard'),
    [
      { data: { node: 'first', outcome: 'not-understood', engine: 'ear' } },
      { data: { outcome: 'understood', text: '人工', phrase: 'agent', confidence: 0.9 } },
    ],
  )
})

t.test('words that the engine doubts count as not understood', async t => {
  const sure = flowOf({ ...INTENT, minConfidence: 0.6 })
  t.equal(play(sure, began, understood('人工', 'agent', 0.5)).position.node, 'first')
  t.equal(play(sure, began, understood('人工', 'agent', 0.7)).position.node, 'yes')
  t.equal(play(sure, began, understood('人工', 'agent')).position.node, 'yes', 'says nothing of it')
})

tell('without barge-in the caller is heard after the prompt only', { ...INTENT, bargeIn: false }, [
  ['entered', [], 'first', 'speak'],
  ['speech that nobody asked for', [began], 'first', ''],
  ['the prompt is over', [spoken], 'first', 'start-listening start-timer'],
  ['silence', [spoken, silence], 'first', 'speak'],
  ['a key all the same', [digit('1')], 'yes', 'stop-speaking hang-up'],
])

tell(
  'where nobody can listen the keys are asked for, and nothing else is different',
  INTENT,
  [
    ['entered', [], 'first', 'speak'],
    ['the prompt is over', [spoken], 'first', 'start-timer'],
    ['a key', [spoken, digit('2')], 'no', 'stop-timer hang-up'],
    ['silence twice', [spoken, silence, spoken, silence], 'other', 'hang-up'],
    ['late ears', [began], 'first', ''],
  ],
  deaf,
)

t.test('an engine that falls away leaves the caller with the keys', async t => {
  const early = play(flowOf(INTENT), failed)
  t.equal(typesOf(early.last), 'stop-speaking speak')
  t.equal(saidIn(early.last), 'keys')
  t.equal(play(flowOf(INTENT), failed, spoken, digit('2')).position.node, 'no')
  const { keysPrompt: _, ...same } = INTENT
  t.equal(typesOf(play(flowOf(same), failed).last), '', 'the prompt serves both')
  const late = play(flowOf(INTENT), spoken, began, failed)
  t.equal(saidIn(late.last), 'keys', 'in the middle of a sentence')
  t.equal(late.position.attempt, 1, 'that was not the caller')
  t.equal(saidIn(play(flowOf(INTENT), began, silence).last), 'keys', 'ears that went silent')
  t.equal(play(flowOf({ ...INTENT, failed: 'lost' }), failed).position.node, 'lost')
  t.equal(deaf(flowOf({ ...INTENT, failed: 'lost' })).position.node, 'lost')
  const { choices: __, ...wordsOnly } = INTENT
  t.equal(deaf(flowOf(wordsOnly)).position.node, 'other', 'no key would help')
})

const NUMBER = {
  kind: 'listen',
  what: 'digits',
  prompt: { say: 'ask' },
  noMatch: { say: 'what' },
  variable: 'id',
  minDigits: 4,
  maxDigits: 6,
  next: 'yes',
  otherwise: 'other',
}

tell('digits are said or pressed', NUMBER, [
  ['entered', [], 'first', 'start-listening speak'],
  ['said', [began, understood('一二三四')], 'yes', 'stop-timer hang-up'],
  ['too few', [began, understood('一二三')], 'first', 'stop-timer start-listening speak'],
  ['pressed', digits('123456'), 'yes', 'stop-timer hang-up'],
  [
    'the first key ends the listening',
    digits('1'),
    'first',
    'stop-speaking stop-listening start-timer',
  ],
  ['ended by the terminator', digits('1234#'), 'yes', 'stop-timer hang-up'],
  ['ended by a pause', [...digits('1234'), silence], 'yes', 'hang-up'],
  ['too few keys', [...digits('12'), silence], 'first', 'stop-timer start-listening speak'],
  ['said after a key', [digit('1'), understood('一二三四')], 'first', ''],
])

t.test('what was said becomes a variable', async t => {
  const valueOf = (node: object, ...inputs: FlowInput[]) =>
    play(flowOf({ ...NUMBER, ...node }), ...inputs).position.variables['id']
  t.equal(valueOf({}, began, understood('幺二三,九三')), '12393')
  t.equal(valueOf({ what: 'yes-no' }, began, understood('是的', 'yes')), 'yes')
  t.equal(valueOf({ what: 'yes-no' }, digit('2')), 'no')
  t.equal(valueOf({ what: 'free' }, began, understood(' 我要办异地就医 ')), '我要办异地就医')
  const areas = {
    what: 'phrases',
    phrases: [{ id: 'bj', phrases: ['北京'] }],
    choices: { '1': 'bj' },
  }
  t.equal(valueOf(areas, began, understood('北京', 'bj')), 'bj')
  t.equal(valueOf(areas, digit('1')), 'bj')
})

t.test('what is confidential stands in no fact', async t => {
  const { actions } = play(
    flowOf({ ...NUMBER, confidential: true }),
    began,
    understood('一二三四五'),
  )
  t.notMatch(JSON.stringify(actions.filter(({ type }) => type === 'note')), /12345|一二三/)
  t.match(JSON.stringify(actions), /"count":"5"/)
})

t.test('a number is said back, and counts once the caller has said yes', async t => {
  const flow = flowOf({ ...NUMBER, confirm: { prompt: { say: '是{{heard}}吗' } } })
  const asked = play(flow, began, understood('一二三四'))
  t.equal(saidIn(asked.last), '是1 2 3 4吗')
  t.equal(typesOf(asked.last), 'stop-timer start-listening speak')
  const told = [began, understood('一二三四')]
  t.equal(play(flow, ...told, began, understood('对', 'yes')).position.variables['id'], '1234')
  t.equal(play(flow, ...told, digit('1')).position.node, 'yes')
  const again = play(flow, ...told, began, understood('不对', 'no'))
  t.equal(saidIn(again.last), 'ask')
  t.equal(again.position.candidate, undefined)
  t.equal(play(flow, ...told, digit('2'), ...told, digit('2')).position.node, 'other')
  t.equal(saidIn(play(flow, ...told, spoken, silence).last), '是1 2 3 4吗')
  t.equal(saidIn(play(flow, ...digits('1234#')).last), '是1 2 3 4吗', 'keys as well')
})

t.test('digits and wishes are found in free words', async t => {
  for (const [text, said] of [
    ['幺三八零零一三八零零零', '13800138000'],
    ['我的号码是 138, 0013', '1380013'],
    ['没有', ''],
    ['两百', '2'],
  ] as const)
    t.equal(digitsIn(text), said, text)
  for (const text of [
    '人工',
    '我要人工',
    '转人工',
    '人工服务。',
    '请帮我转人工客服吧',
    '嗯，人工谢谢',
  ])
    t.ok(asksForPerson(text), text)
  for (const text of ['人工晶体能报销吗', '人工关节', '我要查缴费', '人工授精报销比例'])
    t.notOk(asksForPerson(text), text)
})

t.test('a flow with speech is checked as a whole', async t => {
  const codes = (first: object, rest: object = {}) => {
    const parsed = parseFlow({
      id: 'test',
      name: 'Test',
      start: 'first',
      nodes: { first, yes: END, no: END, other: END },
      ...rest,
    })
    return 'problems' in parsed ? parsed.problems.map(({ code }) => code) : []
  }
  t.same(codes(INTENT), [])
  const twice = [...INTENT.intents, { id: 'pay', phrases: ['人工'], next: 'no' }]
  t.same(codes({ ...INTENT, intents: twice }), ['PHRASE_TWICE', 'PHRASE_TWICE'])
  const wrongWay = [{ id: 'pay', phrases: ['缴费'], next: 'nowhere' }]
  t.ok(codes({ ...INTENT, intents: wrongWay }).includes('NEXT_UNKNOWN'))
  const digitsInPhrase = [{ id: 'pay', phrases: ['按1'], next: 'no' }]
  t.same(codes({ ...INTENT, intents: digitsInPhrase }), ['FIELD_MALFORMED'])
  const listen = {
    kind: 'listen',
    prompt: { say: 'a' },
    variable: 'x',
    next: 'yes',
    otherwise: 'no',
  }
  t.ok(codes({ ...listen, what: 'phrases' }).includes('NO_PHRASES'))
  t.ok(
    codes({ ...listen, what: 'digits', minDigits: 9, maxDigits: 3 }).includes('DIGITS_CONTRADICT'),
  )
  const secret = { ...listen, what: 'digits', confidential: true }
  t.notOk(codes(secret).includes('CONFIDENTIAL_SAID_BACK'))
  t.ok(
    codes({ ...secret, confirm: { prompt: { say: '{{heard}}' } } }).includes(
      'CONFIDENTIAL_SAID_BACK',
    ),
    'prompts are kept by their words',
  )
  t.ok(codes({ ...INTENT, otherwise: 'first' }).includes('SILENT_LOOP'))
  t.same(codes(INTENT, { fastLane: { next: 'nowhere' } }), ['NEXT_UNKNOWN'])
  const lane = { kind: 'queue', queue: 'consult', otherwise: 'other' }
  const parsed = parseFlow({
    id: 'test',
    name: 'Test',
    start: 'first',
    fastLane: { next: 'lane' },
    nodes: { first: INTENT, yes: END, no: END, other: END, lane },
  })
  t.ok('flow' in parsed, 'a node that only the fast lane leads to')
})
