import t from 'tap'
import type { Fact, FactData, Result } from '../../../server/ledger/fact.ts'
import { missedOf, recordingsOf, recordOf, summarise } from '../../../server/records/index.ts'
import { abandonedCall, began, type Line, play, reason, wholeCall } from '../../fixtures/facts.ts'

const at = Date.parse('2025-06-01T00:00:00Z')
const call = (...lines: Line[]) => play('c', at, [0, 'call-began', began], ...lines)
const ended = (s: number, result: Result, by: FactData['call-ended']['by'] = 'caller'): Line => [
  s,
  'call-ended',
  { result, cause: 'normal', by },
]
const talk = (from: number, to: number, agent = '1001', legId = `leg-${agent}`): Line[] => [
  [from, 'talk-began', { agent, legId }],
  [to, 'talk-ended', { agent, legId, talkMs: (to - from) * 1000, by: 'agent' }],
]
const left = (
  s: number,
  queue: string,
  outcome: FactData['queue-left']['outcome'],
  waitMs: number,
): Line => [s, 'queue-left', { queue, outcome, waitMs }]
const joined = (s: number, queue: string): Line => [
  s,
  'queue-joined',
  { queue, priority: 5, position: 1 },
]

t.test('a whole call', async t => {
  t.same(recordOf(wholeCall('c1', at)), {
    id: 'c1',
    direction: 'inbound',
    caller: began.caller,
    callee: '12393',
    trunk: null,
    divertedFrom: null,
    queue: 'consult',
    agent: '1001',
    startedAt: at,
    answeredAt: at + 13_000,
    endedAt: at + 60_000,
    durationMs: 60_000,
    talkMs: 40_000,
    waitMs: 10_000,
    holdMs: 5000,
    result: 'answered',
    endedBy: 'caller',
    satisfaction: 5,
    recordingId: 'r-c1',
    recordingFault: null,
    area: '哈尔滨',
    callerName: '王女士',
    contactReason: 'benefit',
    notes: '异地就医备案',
    workOrderIds: [],
  })
  t.equal(missedOf(wholeCall('c1', at)), undefined)
})

t.test('what the facts of a call make of it', async t => {
  const cases: [name: string, facts: Fact[], record: object | undefined][] = [
    ['nothing known', [], undefined],
    ['its beginning not known yet', call(ended(5, 'answered')).slice(1), undefined],
    [
      'still in the flow',
      call([1, 'call-answered', {}]),
      {
        answeredAt: at + 1000,
        endedAt: null,
        durationMs: null,
        result: null,
        endedBy: null,
        agent: null,
        queue: null,
        talkMs: 0,
        satisfaction: null,
      },
    ],
    [
      'hung up in the flow',
      call([1, 'call-answered', {}], ended(9, 'abandoned-ivr')),
      {
        result: 'abandoned-ivr',
        answeredAt: at + 1000,
        durationMs: 9000,
        waitMs: 0,
        endedBy: 'caller',
      },
    ],
    [
      'hung up before the answer',
      call(ended(2, 'abandoned-ivr')),
      { answeredAt: null, durationMs: 2000 },
    ],
    [
      'hung up in the queue',
      abandonedCall('c', at),
      {
        result: 'abandoned-queue',
        waitMs: 20_000,
        queue: 'consult',
        agent: null,
        answeredAt: at + 1000,
      },
    ],
    [
      'two groups, the second answered',
      call(
        joined(1, 'a'),
        left(31, 'a', 'overflowed', 30_000),
        joined(31, 'b'),
        left(41, 'b', 'answered', 10_000),
        ...talk(41, 61),
        ended(61, 'answered'),
      ),
      { queue: 'b', waitMs: 40_000, talkMs: 20_000, answeredAt: at + 41_000 },
    ],
    [
      'handed on to a colleague',
      call(
        ...talk(10, 20, '1001'),
        [20, 'call-transferred', { by: '1001', to: '1002', kind: 'blind' }],
        ...talk(25, 40, '1002'),
        ended(40, 'answered'),
      ),
      { agent: '1002', talkMs: 25_000, answeredAt: at + 10_000 },
    ],
    [
      'offered, never taken',
      call(
        joined(1, 'a'),
        [2, 'agent-offered', { queue: 'a', agent: '1001', legId: 'l', waitedMs: 1000, reason }],
        [22, 'offer-failed', { agent: '1001', legId: 'l', cause: 'no-answer', rangMs: 20_000 }],
        left(30, 'a', 'timed-out', 29_000),
        ended(40, 'no-answer'),
      ),
      { agent: null, result: 'no-answer', waitMs: 29_000 },
    ],
    [
      'the end of the talk was never told',
      call([10, 'talk-began', { agent: '1001', legId: 'l' }], ended(40, 'answered')),
      { talkMs: 30_000, agent: '1001' },
    ],
    [
      'the agent’s page was loaded anew in the middle, and went on with another leg',
      call(
        [10, 'talk-began', { agent: '1001', legId: 'before' }],
        [30, 'talk-ended', { agent: '1001', legId: 'after', talkMs: 20_000, by: 'agent' }],
        ended(60, 'answered'),
      ),
      { talkMs: 20_000, agent: '1001' },
    ],
    [
      'a talk that still goes on',
      call([10, 'talk-began', { agent: '1001', legId: 'l' }]),
      { talkMs: 0, agent: '1001', endedAt: null },
    ],
    [
      'hung up while on hold',
      call(
        [10, 'talk-began', { agent: '1001', legId: 'l' }],
        [20, 'call-held', { agent: '1001' }],
        [50, 'talk-ended', { agent: '1001', legId: 'l', talkMs: 40_000, by: 'caller' }],
        ended(50, 'answered'),
      ),
      { holdMs: 30_000, talkMs: 40_000 },
    ],
    [
      'on hold twice, the second to the end of the call',
      call(
        [10, 'call-held', { agent: '1' }],
        [15, 'call-retrieved', { agent: '1', heldMs: 5000 }],
        [20, 'call-held', { agent: '1' }],
        [21, 'call-held', { agent: '1' }],
        ended(30, 'answered'),
      ),
      { holdMs: 15_000 },
    ],
    [
      'two ratings, the last counts',
      call([1, 'call-rated', { score: 2 }], [2, 'call-rated', { score: 4 }]),
      { satisfaction: 4 },
    ],
    ['a rating that is none', call([1, 'call-rated', { score: 9 }]), { satisfaction: null }],
    [
      'described in pieces, one of them cleared',
      call(
        [1, 'call-described', { by: '1', notes: 'a', area: '大庆' }],
        [2, 'call-described', { by: '1', notes: 'b', callerName: '李' }],
        [3, 'call-described', { by: '1', callerName: '' }],
      ),
      { notes: 'b', area: '大庆', callerName: null, contactReason: null },
    ],
    [
      'a dialled call that was answered',
      play(
        'c',
        at,
        [0, 'call-began', { ...began, direction: 'outbound' }],
        [2, 'call-answered', {}],
        [3, 'number-dialled', { agent: '1003', number: '139', legId: 'n' }],
        [8, 'number-answered', { number: '139', legId: 'n' }],
        ended(30, 'answered'),
      ),
      { direction: 'outbound', answeredAt: at + 8000, agent: '1003' },
    ],
    [
      'a dialled call that was not',
      play(
        'c',
        at,
        [0, 'call-began', { ...began, direction: 'outbound' }],
        [2, 'call-answered', {}],
        [3, 'number-dialled', { agent: '1003', number: '139', legId: 'n' }],
        ended(30, 'no-answer', 'network'),
      ),
      { answeredAt: null, agent: '1003', result: 'no-answer', endedBy: 'network' },
    ],
    [
      'no recorder was free',
      call(
        [1, 'recording-failed', { recordingId: 'r', reason: 'all-recorders-busy' }],
        ended(9, 'answered'),
      ),
      { recordingId: null, recordingFault: 'all-recorders-busy' },
    ],
    [
      'the disk filled up',
      call(
        [1, 'recording-started', { recordingId: 'r', path: 'r.wav' }],
        [5, 'recording-stopped', { recordingId: 'r', durationMs: 4000, fault: 'ENOSPC' }],
      ),
      { recordingId: 'r', recordingFault: 'ENOSPC' },
    ],
    [
      'recorded in two pieces, the longer one stands for both',
      call(
        [1, 'recording-started', { recordingId: 'a', path: 'a' }],
        [3, 'recording-stopped', { recordingId: 'a', durationMs: 2000 }],
        [4, 'recording-started', { recordingId: 'b', path: 'b' }],
        [9, 'recording-stopped', { recordingId: 'b', durationMs: 5000 }],
        [9, 'recording-started', { recordingId: 'c', path: 'c' }],
        [10, 'recording-stopped', { recordingId: 'c', durationMs: 1000 }],
      ),
      { recordingId: 'b' },
    ],
    [
      'a recording that runs',
      call(
        [1, 'recording-started', { recordingId: 'a', path: 'a' }],
        [3, 'recording-stopped', { recordingId: 'a', durationMs: 2000 }],
        [4, 'recording-started', { recordingId: 'b', path: 'b' }],
      ),
      { recordingId: 'b' },
    ],
    [
      'refused with all lines busy',
      play('b', at, [
        0,
        'call-blocked',
        { caller: '1', callee: '12393', reason: 'all-lines-busy', counted: true },
      ]),
      {
        id: 'b',
        result: 'blocked',
        startedAt: at,
        endedAt: at,
        durationMs: 0,
        caller: '1',
        endedBy: 'system',
      },
    ],
    [
      'refused again within seconds',
      play('b', at, [
        0,
        'call-blocked',
        { caller: '1', callee: '12393', reason: 'all-lines-busy', counted: false },
      ]),
      undefined,
    ],
    [
      'a clock set back during the call',
      play('c', at, [0, 'call-began', began], ended(-5, 'answered')),
      { durationMs: 0 },
    ],
  ]
  for (const [name, facts, record] of cases) {
    if (record === undefined) t.equal(recordOf(facts), undefined, name)
    else t.match(recordOf(facts), record, name)
  }
})

t.test('repeated and disordered facts make the same record', async t => {
  for (const facts of [wholeCall('c', at), abandonedCall('c', at)]) {
    const told = summarise(facts)
    t.same(summarise([...facts].reverse()), told)
    t.same(summarise([...facts, ...facts]), told)
    t.same(
      summarise(
        facts
          .map((fact, n) => [fact, (n * 5) % 7] as const)
          .sort(([, a], [, b]) => a - b)
          .map(([fact]) => fact),
      ),
      told,
    )
  }
})

t.test('which calls are missed, and what is owed', async t => {
  const message = (s: number, durationMs: number): Line[] => [
    [s, 'recording-started', { recordingId: 'm', path: 'm.wav' }],
    [s + 5, 'message-recorded', { recordingId: 'm', durationMs }],
  ]
  const cases: [name: string, facts: Fact[], missed: object | undefined][] = [
    ['nothing known', [], undefined],
    ['it still lives', call(joined(1, 'a')), undefined],
    [
      'gave up in the queue',
      abandonedCall('c', at),
      {
        id: 'c',
        callId: 'c',
        kind: 'abandoned',
        number: began.caller,
        at: at + 22_000,
        waitMs: 20_000,
        recordingId: null,
      },
    ],
    ['gave up in the flow, having asked for nobody', call(ended(5, 'abandoned-ivr')), undefined],
    ['nobody took it', call(ended(5, 'no-answer')), { kind: 'no-answer' }],
    [
      'left a message',
      call(...message(3, 5000), ended(9, 'voicemail')),
      { kind: 'voicemail', recordingId: 'm' },
    ],
    [
      'left a click',
      call(...message(3, 200), ended(9, 'abandoned-queue')),
      { kind: 'abandoned', recordingId: null },
    ],
    [
      'asked to be called at another number',
      call([2, 'callback-requested', { number: '13900000000' }], ended(9, 'callback')),
      { kind: 'callback', number: '13900000000' },
    ],
    ['spoke with an agent', call(...talk(2, 8), ended(9, 'answered')), undefined],
    [
      'asked for a call, and spoke with an agent after all',
      call([1, 'callback-requested', { number: '1' }], ...talk(2, 8), ended(9, 'answered')),
      undefined,
    ],
    [
      'spoke with an agent, and was promised a call',
      call(...talk(2, 8), [8, 'callback-requested', { number: '1' }], ended(9, 'answered')),
      { kind: 'callback' },
    ],
    [
      'spoke with an agent, and left a message',
      call(...talk(2, 8), ...message(8, 5000), ended(20, 'answered')),
      { kind: 'voicemail', recordingId: 'm' },
    ],
    ['the switch died', call(ended(5, 'switch-lost', 'system')), { kind: 'callback' }],
    ['nobody steered it', call(ended(5, 'orphaned', 'system')), { kind: 'callback' }],
    ['self-service was enough', call(ended(5, 'self-service')), undefined],
    ['turned away', call(ended(5, 'rejected', 'system')), undefined],
    [
      'all lines busy',
      play('b', at, [
        0,
        'call-blocked',
        { caller: '1', callee: '12393', reason: 'all-lines-busy', counted: true },
      ]),
      { id: 'b', kind: 'blocked', number: '1', at },
    ],
    [
      'all lines busy, again within seconds',
      play('b', at, [
        0,
        'call-blocked',
        { caller: '1', callee: '12393', reason: 'all-lines-busy', counted: false },
      ]),
      undefined,
    ],
    [
      'our own call that nobody took',
      play('c', at, [0, 'call-began', { ...began, direction: 'outbound' }], ended(30, 'no-answer')),
      undefined,
    ],
  ]
  for (const [name, facts, missed] of cases) {
    if (missed === undefined) t.equal(missedOf(facts), undefined, name)
    else t.match(missedOf(facts), missed, name)
  }
})

t.test('recordings in order of their start, with length and fault', async t => {
  t.same(
    recordingsOf(
      call(
        [1, 'recording-started', { recordingId: 'a', path: 'a.wav' }],
        [4, 'recording-stopped', { recordingId: 'a', durationMs: 3000 }],
        [5, 'recording-started', { recordingId: 'b', path: 'b.wav' }],
        [6, 'recording-failed', { recordingId: 'b', reason: 'rights' }],
        [7, 'recording-started', { recordingId: 'm', path: 'm.wav' }],
        [9, 'message-recorded', { recordingId: 'm', durationMs: 2000 }],
        [9, 'recording-started', { recordingId: 'd', path: 'd.wav' }],
      ),
    ),
    [
      { id: 'a', callId: 'c', path: 'a.wav', startedAt: at + 1000, durationMs: 3000, fault: null },
      {
        id: 'b',
        callId: 'c',
        path: 'b.wav',
        startedAt: at + 5000,
        durationMs: null,
        fault: 'rights',
      },
      { id: 'm', callId: 'c', path: 'm.wav', startedAt: at + 7000, durationMs: 2000, fault: null },
      { id: 'd', callId: 'c', path: 'd.wav', startedAt: at + 9000, durationMs: null, fault: null },
    ],
  )
})
