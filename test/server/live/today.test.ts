import t from 'tap'
import { beginOfDay, Today } from '../../../server/live/today.ts'
import type { Fact, FactData, FactType } from '../../../server/ledger/fact.ts'

const NOON = Date.parse('2026-11-20T12:00:00+08:00')
const fact = <T extends FactType>(subject: string, s: number, type: T, data: FactData[T]): Fact =>
  ({ subject, seq: s + 1, at: NOON + s * 1000, type, data }) as Fact

const began = (id: string, s: number) =>
  fact(id, s, 'call-began', {
    direction: 'inbound',
    caller: '13800001111',
    callee: '12393',
    node: 'n',
    legId: id,
    sipCallId: 's',
    networkAddress: '',
    video: false,
  })
const answered = (id: string, s: number, waitS: number): Fact[] => [
  began(id, s),
  fact(id, s + 5, 'queue-joined', { queue: 'consult', priority: 5, position: 1 }),
  fact(id, s + 5 + waitS, 'queue-left', {
    queue: 'consult',
    outcome: 'answered',
    waitMs: waitS * 1000,
  }),
  fact(id, s + 5 + waitS, 'talk-began', { agent: '1001', legId: 'l' }),
  fact(id, s + 65 + waitS, 'talk-ended', {
    agent: '1001',
    legId: 'l',
    talkMs: 60_000,
    by: 'agent',
  }),
  fact(id, s + 70 + waitS, 'call-rated', { score: 5 }),
  fact(id, s + 71 + waitS, 'call-ended', { result: 'answered', cause: 'normal', by: 'caller' }),
]
const fold = (...facts: Fact[]) => {
  const today = new Today('Asia/Shanghai')
  for (const one of facts) today.add(one)
  return today
}

t.test(
  'answered, in time and late, abandoned, blocked: each counted once and where it belongs',
  async t => {
    const today = fold(
      ...answered('a', 0, 10),
      ...answered('b', 100, 30),
      began('c', 200),
      fact('c', 201, 'queue-joined', { queue: 'consult', priority: 5, position: 1 }),
      fact('c', 220, 'queue-left', { queue: 'consult', outcome: 'abandoned', waitMs: 19_000 }),
      fact('c', 220, 'call-ended', { result: 'abandoned-queue', cause: 'normal', by: 'caller' }),
      began('d', 300),
      fact('d', 302, 'call-ended', { result: 'abandoned-ivr', cause: 'normal', by: 'caller' }),
      fact('e', 303, 'call-blocked', {
        caller: '1',
        callee: '12393',
        reason: 'all-lines-busy',
        counted: true,
      }),
      fact('f', 304, 'call-blocked', {
        caller: '1',
        callee: '12393',
        reason: 'all-lines-busy',
        counted: false,
      }),
    )
    t.match(today.view(), {
      offered: 4,
      answered: 2,
      askedForAgent: 3,
      answeredIn15s: 1,
      abandonedInQueue: 1,
      abandonedInFlow: 1,
      blocked: 1,
      waitMs: 40_000,
      ratedCount: 2,
      satisfiedCount: 2,
    })
    t.same(today.queueView('consult'), {
      joined: 3,
      answered: 2,
      answeredIn15s: 1,
      abandoned: 1,
      waitMs: 40_000,
    })
    t.same(today.agentView('1001'), {
      answered: 2,
      missed: 0,
      talkMs: 120_000,
      rated: 2,
      satisfied: 5,
    })
    t.equal(today.view().quarters[48], 4, 'all in the quarter from noon')
    t.equal(today.handleOf('consult').count, 2)
  },
)

t.test("a new day begins empty, and a fact of yesterday is not today's", async t => {
  const today = fold(...answered('a', 0, 10))
  const tomorrow = { ...began('z', 0), at: NOON + 86_400_000 }
  today.add(tomorrow)
  t.match(today.view(), { offered: 1, answered: 0 })
  today.add({ ...began('y', 0), at: NOON })
  t.equal(today.view().offered, 1)
})

t.test("the day begins at midnight of the operator's time zone", async t => {
  const dayIn = (timeZone: string) => {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
    return (at: number) => format.format(at)
  }
  t.equal(beginOfDay(NOON, dayIn('Asia/Shanghai')), Date.parse('2026-11-20T00:00:00+08:00'))
  t.equal(beginOfDay(NOON, dayIn('UTC')), Date.parse('2026-11-20T00:00:00Z'))
})

t.test('what a trunk carried is told while it carries it', async t => {
  const leg = (legId: string, trunk: string) =>
    ({ legId, trunk, role: 'number', number: '10086', sipCallId: legId }) as const
  const { data, ...rest } = began('in', 0) as Fact<'call-began'>
  const failed = { trunk: 'main', cause: 'failed' }
  const today = fold(
    { ...rest, data: { ...data, trunk: 'main' } },
    fact('in', 1, 'call-answered', {}),
    fact('out', 2, 'leg-began', leg('dead', 'main')),
    fact('out', 3, 'trunk-failed', { ...failed, legId: 'dead', next: 'other' }),
    fact('out', 4, 'leg-began', leg('taken', 'other')),
    fact('out', 5, 'number-answered', { number: '10086', legId: 'taken' }),
    fact('lost', 6, 'leg-began', leg('lost', 'main')),
    fact('lost', 7, 'trunk-failed', { ...failed, legId: 'lost' }),
  )
  const before = [today.trunks.view('main'), today.trunks.view('other')]
  t.match(before[0], { in: { calls: 1, answered: 1 }, out: { calls: 2, answered: 0 } })
  t.match(before[0]?.out, { failed: 2, movedOn: 1 }, 'one of the two found another trunk')
  t.match(before[1]?.out, { calls: 1, answered: 1, failed: 0, movedOn: 0 })
  const end = { cause: 'normal', by: 'caller', answered: true } as const
  today.add(fact('in', 8, 'leg-ended', { ...end, legId: 'in', role: 'caller' }))
  today.add(fact('out', 9, 'leg-ended', { ...end, legId: 'taken', role: 'number' }))
  t.same([today.trunks.view('main'), today.trunks.view('other')], before, 'nothing counts twice')
})

t.test('a site that calls itself to try its trunks has no caller in its figures', async t => {
  const { data, ...rest } = began('trial', 0) as Fact<'call-began'>
  const today = fold(
    { ...rest, data: { ...data, caller: '12393', direction: 'internal', trial: true } },
    fact('trial', 5, 'queue-joined', { queue: 'consult', priority: 5, position: 1 }),
    fact('trial', 8, 'queue-left', { queue: 'consult', outcome: 'abandoned', waitMs: 3000 }),
    fact('trial', 9, 'call-ended', { result: 'abandoned-ivr', cause: 'normal', by: 'caller' }),
  )
  t.match(today.view(), { offered: 0, abandonedInFlow: 0, answered: 0, askedForAgent: 0 })
})
