import t from 'tap'
import { enterFlow, flowSchema, stepFlow, type FlowInput } from '../../ivr-flows/index.ts'
import {
  answered,
  broken,
  digit,
  digits,
  left,
  open,
  play,
  playIn,
  recorded,
  saidIn,
  silence,
  spoken,
  stopped,
  talkEnded,
  typesOf,
} from './play.ts'

const END = { kind: 'hangup' }
const flowOf = (first: object, others: Record<string, object> = {}) =>
  flowSchema.parse({
    id: 'test',
    name: 'Test',
    start: 'first',
    nodes: { first, yes: END, no: END, other: END, ...others },
  })

/** Inputs, the node where the call then stands, and what the last input asked for. */
type Row = [name: string, inputs: FlowInput[], node: string, last: string]
const tell = (title: string, first: object, rows: Row[], others?: Record<string, object>) =>
  t.test(title, async t => {
    const flow = flowOf(first, others)
    for (const [name, inputs, node, last] of rows) {
      const played = play(flow, ...inputs)
      t.equal(played.position.node, node, `${name}: stands at ${node}`)
      t.equal(typesOf(played.last), last, `${name}: ${last || 'nothing'} is asked for`)
    }
  })

tell('an answer node goes on when the leg is up', { kind: 'answer', next: 'yes' }, [
  ['entered', [], 'first', 'answer'],
  ['answered', [answered], 'yes', 'hang-up'],
  ['a digit before', [digit('1')], 'first', ''],
  ['answered twice', [answered, answered], 'yes', ''],
])

tell(
  'speech goes on at its end or at a digit',
  { kind: 'say', prompt: { say: 'a' }, next: 'yes' },
  [
    ['entered', [], 'first', 'speak'],
    ['to the end', [spoken], 'yes', 'hang-up'],
    ['a prompt that cannot be made', [broken], 'yes', 'hang-up'],
    ['interrupted', [digit('5')], 'yes', 'stop-speaking hang-up'],
    ['the echo of a stop', [stopped], 'first', ''],
  ],
)

tell(
  'an uninterruptible announcement is heard to the end',
  { kind: 'play', prompt: { file: 'law.wav' }, next: 'yes' },
  [
    ['a digit', [digit('5')], 'first', ''],
    ['to the end', [digit('5'), spoken], 'yes', 'hang-up'],
  ],
)

tell(
  'the echo of an interrupted prompt does not end the next one',
  { kind: 'say', prompt: { say: 'a' }, next: 'second' },
  [
    ['interrupted', [digit('5')], 'second', 'stop-speaking speak'],
    ['then the echo', [digit('5'), stopped], 'second', ''],
    ['then the end', [digit('5'), stopped, spoken], 'yes', 'hang-up'],
  ],
  { second: { kind: 'say', prompt: { say: 'b' }, next: 'yes' } },
)

const menu = {
  kind: 'menu',
  prompt: { say: 'which' },
  wrong: { say: 'sorry' },
  choices: { 1: 'yes', '*': 'other' },
  attempts: 2,
  otherwise: 'no',
}
tell('a menu takes one digit, also while it speaks', menu, [
  ['entered', [], 'first', 'speak'],
  ['prompt over', [spoken], 'first', 'start-timer'],
  ['right digit', [spoken, digit('1')], 'yes', 'stop-timer hang-up'],
  ['barge-in', [digit('1')], 'yes', 'stop-speaking hang-up'],
  ['star', [digit('*')], 'other', 'stop-speaking hang-up'],
  ['wrong digit', [spoken, digit('7')], 'first', 'stop-timer speak'],
  ['wrong digit while speaking', [digit('7')], 'first', 'stop-speaking speak'],
  ['the echo of it', [digit('7'), stopped], 'first', ''],
  ['wrong twice', [digit('7'), digit('8')], 'no', 'stop-speaking hang-up'],
  ['wrong, then right', [digit('7'), digit('1')], 'yes', 'stop-speaking hang-up'],
  ['silence', [spoken, silence], 'first', 'speak'],
  ['silence twice', [spoken, silence, spoken, silence], 'no', 'hang-up'],
  ['wrong, then silence', [digit('7'), spoken, silence], 'no', 'hang-up'],
  ['a timer of the past', [silence], 'first', ''],
  ['prompt ends twice', [spoken, spoken], 'first', ''],
  ['a broken prompt still waits', [broken], 'first', 'start-timer'],
])

t.test('a menu apologises before it asks again, and notes what it heard', async t => {
  const played = play(flowOf(menu), digit('7'))
  t.equal(saidIn(played.last), 'sorry|which')
  t.match(played.last[1], { fact: 'wrong-input', data: { attempt: '1', digit: '7' } })
  t.match(play(flowOf(menu), digit('1')).last[1], { fact: 'choice-made', data: { next: 'yes' } })
  t.match(play(flowOf(menu), spoken, silence).last[0], { fact: 'no-input', data: { attempt: '1' } })
})

const gather = {
  kind: 'gather',
  prompt: { say: 'id' },
  variable: 'idNumber',
  minDigits: 3,
  maxDigits: 5,
  attempts: 2,
  next: 'yes',
  otherwise: 'no',
}
tell('digits are gathered to the terminator, the last place or a pause', gather, [
  ['first digit interrupts', [digit('1')], 'first', 'stop-speaking start-timer'],
  ['second digit', digits('12'), 'first', 'start-timer'],
  ['terminator', digits('123#'), 'yes', 'stop-timer hang-up'],
  ['last place', digits('12345'), 'yes', 'stop-timer hang-up'],
  ['pause after enough', [...digits('123'), silence], 'yes', 'hang-up'],
  ['pause after too few', [...digits('12'), silence], 'first', 'stop-timer speak'],
  ['terminator after too few', digits('12#'), 'first', 'stop-timer speak'],
  ['terminator at once', digits('#'), 'first', 'stop-speaking speak'],
  ['silence', [spoken, silence], 'first', 'speak'],
  ['silence twice', [spoken, silence, spoken, silence], 'no', 'hang-up'],
  ['too few twice', digits('1#2#'), 'no', 'stop-timer hang-up'],
  ['echo of the interrupted prompt', [digit('1'), stopped], 'first', ''],
  ['the prompt ends though interrupted', [digit('1'), spoken], 'first', ''],
])

t.test('gathered digits are a variable; confidential ones are in no note', async t => {
  const told = play(flowOf(gather), ...digits('123#'))
  t.same(told.position.variables, { idNumber: '123' })
  t.match(told.last, [{}, { fact: 'digits-collected', data: { digits: '123', count: '3' } }])
  t.equal(
    play(flowOf(gather), ...digits('1#234#')).position.variables.idNumber,
    '234',
    'a second attempt begins anew',
  )
  const kept = play(flowOf({ ...gather, confidential: true }), ...digits('98#987#'))
  t.equal(kept.position.variables.idNumber, '987')
  t.notMatch(JSON.stringify(kept.actions), /98/)
})

t.test('hours lead where the calendar says', async t => {
  const hours = { kind: 'hours', calendar: 'standard', open: 'yes', closed: 'no' }
  const at = (state: 'open' | 'closed' | 'holiday') =>
    playIn({ at: 7, openingOf: (calendar, at) => ({ state, rule: `${calendar} ${at}` }) })
  t.equal(at('open')(flowOf(hours)).position.node, 'yes')
  t.equal(at('closed')(flowOf(hours)).position.node, 'no')
  t.equal(at('holiday')(flowOf(hours)).position.node, 'no')
  t.equal(at('holiday')(flowOf({ ...hours, holiday: 'other' })).position.node, 'other')
  t.match(at('open')(flowOf(hours)).actions[1], {
    fact: 'hours-checked',
    data: { state: 'open', rule: 'standard 7' },
  })
})

t.test('a branch takes the first case that fits the whole value', async t => {
  const flow = flowOf({
    kind: 'branch',
    variable: 'caller',
    cases: [
      { equals: '12345', next: 'yes' },
      { matches: '027\\d+|1[3-9]\\d{9}', next: 'other' },
    ],
    otherwise: 'no',
  })
  const cases: [caller: string | undefined, node: string][] = [
    ['12345', 'yes'],
    ['02785551234', 'other'],
    ['13800138000', 'other'],
    ['138001380001', 'no'],
    ['x027', 'no'],
    ['', 'no'],
    [undefined, 'no'],
  ]
  for (const [caller, node] of cases) {
    const variables = caller === undefined ? {} : { caller }
    t.equal(playIn(open, variables)(flow).position.node, node, `caller ${caller}`)
  }
})

const queue = { kind: 'queue', queue: 'consult', otherwise: 'no' }
const ways = {
  full: 'full',
  timedOut: 'late',
  noAgents: 'nobody',
  askedForMessage: 'message',
  askedForCallback: 'callback',
  afterTalk: 'after',
}
tell(
  'every way out of a queue has its node',
  { ...queue, ...ways },
  [
    ['entered', [], 'first', 'enqueue'],
    ['full', [left('full')], 'full', 'hang-up'],
    ['timed out', [left('timed-out')], 'late', 'hang-up'],
    ['no agents', [left('no-agents')], 'nobody', 'hang-up'],
    ['wants to leave a message', [left('asked-for-message')], 'message', 'hang-up'],
    ['wants a callback', [left('asked-for-callback')], 'callback', 'hang-up'],
    ['failed', [left('failed')], 'no', 'hang-up'],
    ['after the talk', [talkEnded], 'after', 'hang-up'],
    ['a digit is the queue’s business', [digit('1')], 'first', ''],
  ],
  Object.fromEntries(Object.values(ways).map(name => [name, END])),
)
tell('a queue without ways of its own has one for all', queue, [
  ['full', [left('full')], 'no', 'hang-up'],
  ['callback', [left('asked-for-callback')], 'no', 'hang-up'],
  ['after the talk the call is over', [talkEnded], 'first', 'hang-up'],
  ['and over once only', [talkEnded, talkEnded], 'first', ''],
])
t.test('a talk that ends the call ends it as answered, and a priority is kept', async t => {
  t.match(play(flowOf(queue), talkEnded).last, [{ type: 'hang-up', result: 'answered' }])
  t.match(play(flowOf({ ...queue, priority: 9 })).last[1], {
    type: 'enqueue',
    queue: 'consult',
    priority: 9,
  })
})

const voicemail = {
  kind: 'voicemail',
  prompt: { say: 'speak' },
  minMs: 1000,
  next: 'yes',
  otherwise: 'no',
}
tell('a message is recorded after its prompt and ended with the hash', voicemail, [
  ['entered', [], 'first', 'speak'],
  ['prompt over', [spoken], 'first', 'record-message'],
  ['prompt skipped', [digit('#')], 'first', 'stop-speaking record-message'],
  ['other digits in the prompt', [digit('3')], 'first', ''],
  ['hash', [spoken, digit('#')], 'first', 'stop-message'],
  ['hash twice', [spoken, digit('#'), digit('#')], 'first', ''],
  ['recorded', [spoken, digit('#'), recorded(5000)], 'yes', 'hang-up'],
  ['to the limit', [spoken, recorded(120_000)], 'yes', 'hang-up'],
  ['nothing said', [spoken, recorded(200)], 'first', 'speak'],
  ['nothing said twice', [spoken, recorded(0), spoken, recorded(0)], 'no', 'hang-up'],
  [
    'hash works again',
    [spoken, digit('#'), recorded(0), spoken, digit('#')],
    'first',
    'stop-message',
  ],
  ['a recording of the past', [recorded(5000)], 'first', ''],
])

tell(
  'a callback is booked before a word',
  { kind: 'callback', prompt: { say: 'a' }, next: 'yes' },
  [
    ['entered', [], 'first', 'request-callback speak'],
    ['to the end', [spoken], 'yes', 'hang-up'],
    ['interrupted', [digit('1')], 'yes', 'stop-speaking hang-up'],
  ],
)

tell(
  'a transfer comes back when nobody takes it',
  { kind: 'transfer', to: { agent: '1001' }, otherwise: 'no' },
  [
    ['entered', [], 'first', 'transfer'],
    ['failed', [{ type: 'transfer-failed' }], 'no', 'hang-up'],
    ['group without agents', [left('no-agents')], 'no', 'hang-up'],
    ['after the talk', [talkEnded], 'first', 'hang-up'],
  ],
)

const rate = {
  kind: 'rate',
  prompt: { say: 'rate' },
  thanks: { say: 'thanks' },
  scores: { 1: 5, 2: 3, 3: 1 },
  next: 'yes',
}
tell('a rating is one digit, thanked for', rate, [
  ['prompt over', [spoken], 'first', 'start-timer'],
  ['rated', [spoken, digit('1')], 'first', 'stop-timer save-rating speak'],
  ['rated at once', [digit('2')], 'first', 'stop-speaking save-rating speak'],
  ['rated twice counts once', [digit('2'), digit('3')], 'first', ''],
  ['thanked', [digit('2'), stopped, spoken], 'yes', 'hang-up'],
  ['wrong digit', [digit('9')], 'first', 'stop-speaking speak'],
  ['wrong twice', [digit('9'), digit('9')], 'yes', 'stop-speaking hang-up'],
  ['silence twice', [spoken, silence, spoken, silence], 'yes', 'hang-up'],
])
t.test('a digit means its score', async t => {
  const { thanks, ...curt } = rate
  for (const [key, score] of [
    ['1', 5],
    ['2', 3],
    ['3', 1],
  ] as const) {
    t.match(play(flowOf(rate), digit(key)).last[1], { type: 'save-rating', score })
    const left = play(flowOf(curt), digit(key))
    t.equal(left.position.node, 'yes', 'without thanks the flow goes on at once')
    t.match(left.last[1], { score })
  }
})

tell('after the hang-up nothing counts', { kind: 'hangup', result: 'rejected' }, [
  ['entered', [], 'first', 'hang-up'],
  ['a digit', [digit('1')], 'first', ''],
  ['the talk ends', [talkEnded], 'first', ''],
])

t.test('an input that means nothing gives back the same position', async t => {
  const all: FlowInput[] = [
    spoken,
    stopped,
    silence,
    answered,
    talkEnded,
    recorded(1),
    left('full'),
    digit('9'),
  ]
  for (const first of [END, { kind: 'answer', next: 'yes' }, { ...queue, queue: 'q' }]) {
    const flow = flowOf(first)
    const { position } = enterFlow(flow, {}, open)
    for (const input of all) {
      const step = stepFlow(flow, position, input, open)
      if (step.actions.length === 0) t.equal(step.position, position, `${input.type}`)
    }
  }
})

t.test('prompts carry the variables of the call', async t => {
  const flow = flowOf({
    ...gather,
    prompt: [{ say: '{{ greeting }}，{{nobody}}{{constructor}}请输入' }, { file: 'a.wav' }],
  })
  t.equal(saidIn(playIn(open, { greeting: '您好' })(flow).last), '您好，请输入|a.wav')
})

t.test('a call cannot be lost in a loop or at a node that is gone', async t => {
  const loop = flowOf(
    { kind: 'branch', variable: 'a', cases: [{ equals: 'b', next: 'no' }], otherwise: 'second' },
    {
      second: { kind: 'hours', calendar: 'c', open: 'first', closed: 'first' },
    },
  )
  t.throws(() => enterFlow(loop, {}, open), { code: 'FLOW_LOOPS' })
  const { position } = enterFlow(flowOf(END), {}, open)
  t.throws(() => stepFlow(flowOf(END), { ...position, node: 'constructor' }, spoken, open), {
    code: 'FLOW_NODE_UNKNOWN',
  })
})
