import t from 'tap'
import {
  flowSchema,
  PERSON,
  standardFlow,
  type Flow,
  type FlowInput,
} from '../../ivr-flows/index.ts'
import {
  createRandom,
  live,
  type Deed,
  type Outcome,
  type Persona,
  type Random,
} from './persona.ts'
import { digit, digits, open, playIn, silence, spoken, type Played } from './play.ts'

const HEARS = { ...open, hears: true }
const GATHER = {
  kind: 'gather',
  prompt: { say: 'id' },
  variable: 'id',
  minDigits: 4,
  maxDigits: 6,
  attempts: 3,
  next: 'done',
  otherwise: 'done',
}
const INTENT = {
  kind: 'intent',
  prompt: { say: 'ask' },
  intents: [{ id: 'pay', phrases: ['缴费'], next: 'id' }],
  choices: { '1': 'id' },
  attempts: 5,
  otherwise: 'done',
}
const flow: Flow = flowSchema.parse({
  id: 'lane',
  name: 'Lane',
  start: 'ask',
  fastLane: { next: 'person', slowDigitsMs: 2000 },
  nodes: {
    ask: INTENT,
    id: GATHER,
    person: { kind: 'queue', queue: 'consult', full: 'ask', otherwise: 'done' },
    done: { kind: 'hangup' },
  },
})
const play = playIn(HEARS)
const wish = (text: string, phrase?: string): FlowInput => ({
  type: 'understood',
  text,
  ...(phrase !== undefined && { phrase }),
})
const unclear: FlowInput = { type: 'not-understood' }
const began: FlowInput = { type: 'speech-began' }
const laneOf = ({ actions }: Played) =>
  actions.flatMap(action =>
    action.type === 'note' && action.fact === 'fast-lane-taken' ? [action.data['reason']] : [],
  )

t.test('two failures lead to a person, at whichever nodes they were', async t => {
  for (const [name, inputs] of [
    ['silence and a wrong key', [spoken, silence, digit('7')]],
    ['words twice', [began, unclear, began, unclear]],
    ['one at each node', [digit('7'), digit('1'), digit('1'), digit('#')]],
  ] as [string, FlowInput[]][]) {
    const played = play(flow, ...inputs)
    t.equal(played.position.node, 'person', name)
    t.same(laneOf(played), ['failures'], name)
    t.equal(played.position.lane, 'over')
  }
  t.equal(play(flow, spoken, silence).position.node, 'ask', 'once is nothing')
})

t.test('a wish for a person is heard everywhere, though no author thought of it', async t => {
  const [asked] = play(flow).actions.filter(({ type }) => type === 'start-listening')
  t.match(asked, { phrases: [{ id: 'pay' }, { id: PERSON }] })
  t.same(laneOf(play(flow, began, wish('人工', PERSON))), ['asked-for-person'])
  t.same(laneOf(play(flow, began, wish('帮我转人工客服'))), ['asked-for-person'], 'in free words')
  t.same(laneOf(play(flow, began, wish('人工晶体'))), [], 'a lens is no person')
  const own = {
    ...flow,
    nodes: {
      ...flow.nodes,
      ask: flowSchema.shape.nodes.parse({
        ask: { ...INTENT, intents: [{ id: 'agent', phrases: ['人工'], next: 'person' }] },
      })['ask'],
    },
  } as Flow
  const taken = play(own, began, wish('人工', 'agent'))
  t.equal(taken.position.node, 'person')
  t.same(laneOf(taken), [], 'the author has a way for it')
})

/** Keys with pauses before them, at the number that a first key leads to. */
function type(...keys: [pauseMs: number, key: string][]): Played {
  const times = [0]
  for (const [pauseMs] of keys) times.push((times.at(-1) ?? 0) + pauseMs)
  return playIn(clocked(times))(flow, digit('1'), ...keys.map(([, key]) => digit(key)))
}
/** A context whose time goes on with each input. */
function clocked(times: readonly number[]) {
  let reads = 0
  return Object.defineProperty({ ...HEARS }, 'at', {
    get: () => times[Math.max(0, reads++)] ?? times.at(-1) ?? 0,
  }) as typeof HEARS
}

t.test('who types slowly is spared the rest', async t => {
  t.same(laneOf(type([0, '1'], [300, '2'], [500, '3'], [300, '4'])), [])
  t.same(laneOf(type([0, '1'], [2500, '2'], [300, '3'], [300, '4'])), [], 'one look at the card')
  t.same(laneOf(type([0, '1'], [2500, '2'], [2500, '3'])), ['slow-digits'])
  const gaveUp = play(flow, digit('1'), ...digits('12'), silence)
  t.same(laneOf(gaveUp), ['slow-digits'], 'a number that stays unfinished')
  t.same(laneOf(play(flow, digit('1'), ...digits('1234'), silence)), [], 'long enough')
})

t.test('known elders are asked nothing, unless the flow says otherwise', async t => {
  const elder = playIn({ ...HEARS, isElder: true })
  t.same(laneOf(elder(flow)), ['elder'])
  t.equal(elder(flow).position.node, 'person')
  t.same(laneOf(elder({ ...flow, fastLane: { ...flow.fastLane!, elders: false } })), [])
})

t.test('the lane is taken once, and not by who waits for a person already', async t => {
  const back: FlowInput = { type: 'queue-left', outcome: 'full' }
  const again = play(flow, began, wish('人工', PERSON), back, began, unclear, began, unclear)
  t.equal(again.position.node, 'ask')
  t.equal(laneOf(again).length, 1)
  const { fastLane: _, ...plain } = flow
  t.same(laneOf(play(plain, began, unclear, began, unclear, began, unclear)), [], 'no lane')
})

// From here on: many people in virtual time, through the standard flow with a number to type.
const standard = standardFlow()
const city: Flow = flowSchema.parse({
  ...standard,
  nodes: {
    ...standard.nodes,
    'self-service': {
      ...standard.nodes['self-service'],
      choices: {
        '1': 'office-hours',
        '2': 'enrolment',
        '3': 'remote-care',
        '4': 'progress',
        '0': 'agent-by-hours',
      },
    },
    'main-menu': {
      ...standard.nodes['main-menu'],
      choices: { '1': 'agent', '2': 'self-service', '3': 'message', '4': 'progress' },
    },
    progress: {
      kind: 'gather',
      prompt: { say: '请输入身份证号码。' },
      variable: 'id',
      minDigits: 18,
      maxDigits: 18,
      betweenDigitsMs: 5000,
      next: 'more',
      otherwise: 'agent-by-hours',
    },
  },
})

const between = (random: Random, from: number, to: number) => from + random() * (to - from)
const keyed = (spokenMs: number, random: Random, key: string): Deed => ({
  afterMs: spokenMs * between(random, 0.4, 1) + between(random, 400, 2000),
  key,
})
const spokenBy = (spokenMs: number, random: Random, phrase: string | undefined): Deed => ({
  afterMs: spokenMs * between(random, 0.5, 1) + between(random, 300, 1500),
  speechMs: between(random, 600, 1800),
  phrase,
})
const number = (spokenMs: number, random: Random, pauseMs: () => number): Deed[] => {
  let afterMs = spokenMs + between(random, 500, 2500)
  return [...'110101199003071234'].map((key, index) => ({
    afterMs: (afterMs += index === 0 ? 0 : pauseMs()),
    key,
  }))
}
const usual = (random: Random) => () =>
  random() < 0.03 ? between(random, 1500, 3500) : between(random, 250, 900)

const ORDINARY: Persona[] = [
  {
    name: 'looks something up by keys',
    struggles: false,
    answer: ({ node, spokenMs }, random) =>
      node === 'more'
        ? []
        : [keyed(spokenMs, random, random() < 0.04 ? '8' : node === 'main-menu' ? '2' : '2')],
  },
  {
    name: 'asks for something by voice',
    struggles: false,
    answer: ({ node, spokenMs }, random) =>
      node === 'more'
        ? []
        : [spokenBy(spokenMs, random, random() < 0.08 ? undefined : 'remote-care')],
  },
  {
    name: 'types a number',
    struggles: false,
    answer: ({ node, spokenMs }, random) =>
      node === 'main-menu'
        ? [keyed(spokenMs, random, '4')]
        : node === 'progress'
          ? number(spokenMs, random, usual(random))
          : [],
  },
  {
    name: 'leaves a message',
    struggles: false,
    answer: ({ spokenMs }, random) => [keyed(spokenMs, random, '3')],
  },
]
const STRUGGLING: Persona[] = [
  { name: 'says nothing', struggles: true, answer: () => [] },
  {
    name: 'speaks a dialect',
    struggles: true,
    answer: ({ spokenMs }, random) => [
      spokenBy(spokenMs, random, random() < 0.15 ? 'self-service' : undefined),
    ],
  },
  {
    name: 'wants a person',
    struggles: true,
    answer: ({ spokenMs }, random) => [
      spokenBy(spokenMs, random, random() < 0.1 ? undefined : PERSON),
    ],
  },
  {
    name: 'presses wrong keys',
    struggles: true,
    answer: ({ spokenMs }, random) => [keyed(spokenMs, random, random() < 0.5 ? '7' : '9')],
  },
  {
    name: 'types slowly',
    struggles: true,
    troubleAt: 'progress',
    answer: ({ node, spokenMs }, random) =>
      node === 'progress'
        ? number(spokenMs, random, () => between(random, 2800, 4500))
        : [keyed(spokenMs * 0.6, random, '4')],
  },
  { name: 'is known as an elder', struggles: true, isElder: true, answer: () => [] },
]

t.test('struggling callers reach a person soon, and nobody else is sent there', async t => {
  const random = createRandom(12393)
  const many = (personas: Persona[], count: number): Outcome[] =>
    Array.from({ length: count }, (_, index) =>
      live(city, personas[index % personas.length]!, random),
    )
  const ordinary = many(ORDINARY, 200)
  const struggling = many(STRUGGLING, 198)

  t.ok(
    struggling.every(({ queuedMs }) => queuedMs !== undefined),
    'all of them reach a queue',
  )
  const p90Of = (times: number[]) =>
    Math.round(times.sort((a, b) => a - b)[Math.ceil(times.length * 0.9) - 1] ?? Infinity)
  // From the question that gives them trouble; before it all went well.
  const p90 = p90Of(struggling.map(({ queuedMs = Infinity, troubledMs }) => queuedMs - troubledMs))
  t.comment(
    `p90 ${p90} ms from the question, ${p90Of(struggling.map(({ queuedMs = Infinity }) => queuedMs))} ms from the answer`,
  )
  for (const { name } of STRUGGLING) {
    const own = struggling.filter(({ persona }) => persona.name === name)
    const slowest = Math.max(...own.map(({ queuedMs = Infinity }) => queuedMs))
    t.comment(
      `${name}: slowest ${Math.round(slowest)} ms, by ${[...new Set(own.map(({ lane }) => lane ?? 'the flow itself'))].join(', ')}`,
    )
  }
  const diverted = ordinary.filter(({ lane }) => lane !== undefined)
  t.comment(`${diverted.length} of ${ordinary.length} ordinary callers diverted`)
  t.ok(p90 <= 15_000, 'within 15 s for nine in ten')
  t.ok(diverted.length <= ordinary.length * 0.05, 'at most one in twenty ordinary callers')
})
