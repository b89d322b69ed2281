import t from 'tap'
import { agentId, callId, queueId } from '../../../telephony/call/id.ts'
import { decide, nextDecisionAt, type Decision } from '../../../server/routing/decide.ts'
import type { RoutingAgent, RoutingQueue, Waiter } from '../../../server/routing/floor.ts'

const NOW = 1_000_000
const agent = (id: string, fields: Partial<RoutingAgent> = {}): RoutingAgent => ({
  id: agentId(id),
  state: 'idle',
  reachable: true,
  idleSince: NOW - 10_000,
  skills: { consult: 5 },
  ...fields,
})
const waiter = (id: string, fields: Partial<Waiter> = {}): Waiter => ({
  callId: callId(id),
  queue: queueId('consult'),
  joinedAt: NOW - 5000,
  priority: 5,
  offered: false,
  tried: {},
  ...fields,
})
const queue = (id: string, fields: Partial<RoutingQueue> = {}): RoutingQueue => ({
  id: queueId(id),
  maxWaitMs: 300_000,
  overflowAfterMs: 60_000,
  whenNoAgents: 'leave',
  ...fields,
})
const queuesOf = (...all: RoutingQueue[]) => new Map(all.map(one => [one.id as string, one]))
const short = (decisions: readonly Decision[]) =>
  decisions.map(decision =>
    decision.type === 'offer-to-agent'
      ? `${decision.callId}>${decision.agentId}`
      : `${decision.callId}:${decision.outcome}`,
  )

const cases: [
  name: string,
  agents: RoutingAgent[],
  waiters: Waiter[],
  queues: RoutingQueue[],
  expected: string[],
][] = [
  [
    'the agent idle longest',
    [agent('1001'), agent('1002', { idleSince: NOW - 20_000 })],
    [waiter('a')],
    [queue('consult')],
    ['a>1002'],
  ],
  [
    'better skill goes before longer idle',
    [
      agent('1001', { skills: { consult: 1 } }),
      agent('1002', { idleSince: NOW - 90_000, skills: { consult: 2 } }),
    ],
    [waiter('a')],
    [queue('consult')],
    ['a>1001'],
  ],
  [
    'the longest wait first',
    [agent('1001')],
    [waiter('a'), waiter('b', { joinedAt: NOW - 9000 })],
    [queue('consult')],
    ['b>1001'],
  ],
  [
    'priority before wait',
    [agent('1001')],
    [waiter('a', { priority: 9 }), waiter('b', { joinedAt: NOW - 9000 })],
    [queue('consult')],
    ['a>1001'],
  ],
  [
    'each agent once, each caller once',
    [agent('1001'), agent('1002')],
    [waiter('a'), waiter('b', { joinedAt: NOW - 4000 }), waiter('c', { joinedAt: NOW - 3000 })],
    [queue('consult')],
    ['a>1001', 'b>1002'],
  ],
  [
    'one who is being offered is not offered twice',
    [agent('1001')],
    [waiter('a', { offered: true })],
    [queue('consult')],
    [],
  ],
  [
    'no phone, no offer',
    [agent('1001', { reachable: false })],
    [waiter('a')],
    [queue('consult')],
    [],
  ],
  [
    'not the agent who did not answer a moment ago',
    [agent('1001'), agent('1002', { idleSince: NOW - 1000 })],
    [waiter('a', { tried: { '1001': NOW + 1000 } })],
    [queue('consult')],
    ['a>1002'],
  ],
  [
    'asked again once the pause is over',
    [agent('1001')],
    [waiter('a', { tried: { '1001': NOW } })],
    [queue('consult')],
    ['a>1001'],
  ],
  [
    'a transferred caller waits for the one asked for',
    [agent('1001', { idleSince: 1 }), agent('1002')],
    [waiter('a', { direct: agentId('1002') })],
    [queue('consult')],
    ['a>1002'],
  ],
  [
    'overflow to another group after its time, while agents of the own group ring',
    [agent('1001', { state: 'ringing' }), agent('2001', { skills: { business: 1 } })],
    [waiter('a', { joinedAt: NOW - 60_000 })],
    [queue('consult', { overflowTo: queueId('business') }), queue('business')],
    ['a>2001'],
  ],
  [
    'no overflow before its time',
    [agent('1001', { state: 'talking' }), agent('2001', { skills: { business: 1 } })],
    [waiter('a', { joinedAt: NOW - 59_000 })],
    [queue('consult', { overflowTo: queueId('business') }), queue('business')],
    [],
  ],
  [
    'the own group goes before the overflow, whatever the skill',
    [
      agent('1001', { skills: { consult: 9 } }),
      agent('2001', { idleSince: 1, skills: { business: 1 } }),
    ],
    [waiter('a', { joinedAt: NOW - 61_000 })],
    [queue('consult', { overflowTo: queueId('business') }), queue('business')],
    ['a>1001'],
  ],
  [
    'the wait limit ends the wait',
    [agent('1001', { state: 'talking' })],
    [waiter('a', { joinedAt: NOW - 300_000 })],
    [queue('consult')],
    ['a:timed-out'],
  ],
  [
    'a free agent goes before the wait limit',
    [agent('1001')],
    [waiter('a', { joinedAt: NOW - 300_000 })],
    [queue('consult')],
    ['a>1001'],
  ],
  [
    'nobody signed in: leave at once',
    [agent('1001', { state: 'signed-out' })],
    [waiter('a')],
    [queue('consult')],
    ['a:no-agents'],
  ],
  [
    'nobody signed in, and the group says wait',
    [agent('1001', { state: 'signed-out' })],
    [waiter('a')],
    [queue('consult', { whenNoAgents: 'wait' })],
    [],
  ],
  [
    'agents on a break will come back',
    [agent('1001', { state: 'busy' })],
    [waiter('a')],
    [queue('consult')],
    [],
  ],
  [
    'another group is not ours',
    [agent('2001', { skills: { business: 1 } })],
    [waiter('a')],
    [queue('consult', { whenNoAgents: 'wait' }), queue('business')],
    [],
  ],
]
for (const [name, agents, waiters, queues, expected] of cases) {
  t.same(short(decide({ agents, waiters, queues: queuesOf(...queues) }, NOW)), expected, name)
}

t.test(
  'every offer carries its reason: rule, runners-up, who was left out, who was overtaken',
  async t => {
    const [decision] = decide(
      {
        agents: [
          agent('1001', { idleSince: NOW - 30_000 }),
          agent('1002'),
          agent('1003', { state: 'talking' }),
          agent('1004', { state: 'busy' }),
          agent('1005', { reachable: false }),
        ],
        waiters: [
          waiter('vip', { priority: 8 }),
          waiter('tried', {
            joinedAt: NOW - 90_000,
            tried: { '1001': NOW + 1, '1002': NOW + 1 },
          }),
        ],
        queues: queuesOf(queue('consult')),
      },
      NOW,
    )
    t.match(decision, {
      type: 'offer-to-agent',
      agentId: '1001',
      reason: {
        rule: 'longest-idle',
        idleMs: 30_000,
        skillLevel: 5,
        runnersUp: [{ agent: '1002', idleMs: 10_000, skillLevel: 5 }],
        excluded: { talking: 1, busy: 1, 'no-phone': 1 },
        overtaken: [{ call: 'tried', rule: 'priority' }],
      },
    })
  },
)

t.test('time alone asks again at the next limit, overflow or end of a pause', async t => {
  const queues = queuesOf(queue('consult', { overflowTo: queueId('business') }))
  t.equal(nextDecisionAt({ waiters: [], queues }, NOW), undefined)
  t.equal(nextDecisionAt({ waiters: [waiter('a')], queues }, NOW), NOW + 55_000)
  t.equal(
    nextDecisionAt({ waiters: [waiter('a', { tried: { '1001': NOW + 7 } })], queues }, NOW),
    NOW + 7,
  )
  t.equal(
    nextDecisionAt({ waiters: [waiter('a', { joinedAt: NOW - 100_000 })], queues }, NOW),
    NOW + 200_000,
  )
})

t.test(
  'over 20,000 random floors: nobody free and eligible is left idle, no rule is broken',
  async t => {
    let seed = 20261122
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    const states = ['idle', 'idle', 'talking', 'busy', 'wrap-up', 'signed-out']
    const queues = queuesOf(
      queue('consult', { overflowTo: queueId('business'), whenNoAgents: 'wait' }),
      queue('business', { whenNoAgents: 'wait' }),
    )
    let broken = 0
    for (let round = 0; round < 20_000; round++) {
      const agents = Array.from({ length: random(8) }, (_, index) =>
        agent(String(1001 + index), {
          state: states[random(states.length)] ?? 'idle',
          reachable: random(5) > 0,
          idleSince: NOW - random(9),
          skills: random(2) ? { consult: 1 + random(3) } : { business: 1 + random(3) },
        }),
      )
      const waiters = Array.from({ length: random(8) }, (_, index) =>
        waiter(`c${index}`, {
          queue: queueId(random(2) ? 'consult' : 'business'),
          joinedAt: NOW - random(100_000),
          priority: random(10),
          offered: random(6) === 0,
        }),
      )
      const decisions = decide({ agents, waiters, queues }, NOW)
      const offers = decisions.flatMap(one => (one.type === 'offer-to-agent' ? [one] : []))
      const used = new Set(offers.map(offer => offer.agentId))
      const served = new Set(offers.map(offer => offer.callId))
      if (used.size !== offers.length || served.size !== offers.length) broken++
      const serves = (one: RoutingAgent, caller: Waiter) =>
        one.skills[caller.queue] !== undefined ||
        (caller.queue === 'consult' &&
          NOW - caller.joinedAt >= 60_000 &&
          one.skills['business'] !== undefined)
      const free = agents.filter(one => one.state === 'idle' && one.reachable && !used.has(one.id))
      const left = waiters.filter(caller => !caller.offered && !served.has(caller.callId))
      if (free.some(one => left.some(caller => serves(one, caller)))) broken++
      for (const offer of offers) {
        const chosen = agents.find(one => one.id === offer.agentId)
        if (!chosen || chosen.state !== 'idle' || !chosen.reachable) broken++
      }
    }
    t.equal(broken, 0)
  },
)
