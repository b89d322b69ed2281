import t from 'tap'
import type { LegCreated, LegEvent } from '../../../telephony/call/event.ts'
import { agentId, callId, legId, playId } from '../../../telephony/call/id.ts'
import {
  answeredAtOf,
  type Leg,
  type Legs,
  NO_LEGS,
  otherLegIdOf,
} from '../../../telephony/call/leg.ts'
import { forgetEnded, reduceLegs } from '../../../telephony/call/reduce.ts'

const caller = legId('caller')
const agent = legId('agent')
const call = callId('caller')
const of = (leg: typeof caller, at: number) => ({ at, legId: leg, callId: call })

const created: LegCreated = {
  type: 'leg-created',
  ...of(caller, 100),
  direction: 'inbound',
  callerNumber: '13812345678',
  calledNumber: '12393',
  sipCallId: 'x@y',
  networkAddress: '10.0.0.1',
  video: false,
}
const parked: LegEvent = { type: 'leg-parked', ...of(caller, 101) }
const answered: LegEvent = { type: 'leg-answered', ...of(caller, 110) }
const agentCreated: LegCreated = {
  ...created,
  ...of(agent, 200),
  direction: 'outbound',
  authenticatedAgent: agentId('1001'),
}
const agentRang: LegEvent = { type: 'leg-rang', ...of(agent, 210) }
const agentAnswered: LegEvent = { type: 'leg-answered', ...of(agent, 220) }
const agentParked: LegEvent = { type: 'leg-parked', ...of(agent, 221) }
const bridged: LegEvent = { type: 'legs-bridged', ...of(caller, 230), otherLegId: agent }
const held: LegEvent = { type: 'leg-held', ...of(agent, 240) }
const retrieved: LegEvent = { type: 'leg-retrieved', ...of(agent, 250) }
const unbridged: LegEvent = { type: 'legs-unbridged', ...of(caller, 260), otherLegId: agent }
const agentEnded: LegEvent = {
  type: 'leg-ended',
  ...of(agent, 270),
  cause: 'normal',
  endedBy: 'far-end',
}
const callerEnded: LegEvent = {
  type: 'leg-ended',
  ...of(caller, 280),
  cause: 'normal',
  endedBy: 'far-end',
}
const whole: LegEvent[] = [
  created,
  parked,
  answered,
  agentCreated,
  agentRang,
  agentAnswered,
  agentParked,
  bridged,
  held,
  retrieved,
  unbridged,
  agentEnded,
  callerEnded,
]

const play = (...events: LegEvent[]): Legs => events.reduce(reduceLegs, NO_LEGS)
const until = (last: LegEvent) => play(...whole.slice(0, whole.indexOf(last) + 1))
const live = (legs: Legs, id: typeof caller) => {
  const leg = legs.get(id)
  if (!leg || leg.state === 'ended') throw new Error('no live leg')
  return leg
}

t.test('a call passes through its states', async t => {
  const cases: [
    name: string,
    last: LegEvent,
    caller: Leg['state'],
    agent: Leg['state'] | undefined,
  ][] = [
    ['the caller is there', created, 'created', undefined],
    ['the caller waits, unanswered', parked, 'parked', undefined],
    ['the agent rings', agentRang, 'parked', 'ringing'],
    ['the agent answered', agentAnswered, 'parked', 'answered'],
    ['the agent is ours to move', agentParked, 'parked', 'parked'],
    ['they talk', bridged, 'bridged', 'bridged'],
    ['the agent holds', held, 'bridged', 'held'],
    ['the agent is back', retrieved, 'bridged', 'bridged'],
    ['they are parted', unbridged, 'parked', 'parked'],
    ['the agent is gone', agentEnded, 'parked', 'ended'],
    ['all is over', callerEnded, 'ended', 'ended'],
  ]
  for (const [name, last, callerState, agentState] of cases) {
    const legs = until(last)
    t.equal(legs.get(caller)?.state, callerState, `${name}: caller`)
    t.equal(legs.get(agent)?.state, agentState, `${name}: agent`)
  }
})

t.test('facts stay with the leg', async t => {
  const legs = until(held)
  t.equal(answeredAtOf(live(legs, caller)), 110, 'an answer that came while parked')
  t.equal(answeredAtOf(live(legs, agent)), 220)
  t.equal(otherLegIdOf(live(legs, agent)), caller, 'on hold, the other side is known')
  t.equal(otherLegIdOf(live(until(retrieved), agent)), caller)
  t.equal(live(legs, agent).authenticatedAgent, '1001')
  t.equal(live(legs, caller).callerNumber, '13812345678')
  t.match(until(agentEnded).get(agent), { state: 'ended', cause: 'normal', endedAt: 270 })
})

t.test('every event told twice changes nothing', async t => {
  for (const event of whole) {
    const legs = until(event)
    t.equal(reduceLegs(legs, event), legs, event.type)
  }
})

t.test('late events return the same object', async t => {
  const cases: [name: string, before: Legs, late: LegEvent][] = [
    ['ringing after the answer', until(agentAnswered), agentRang],
    ['parked after the bridge', until(bridged), agentParked],
    ['bridged after parting', until(unbridged), bridged],
    ['held after parting', until(unbridged), held],
    ['retrieved without hold', until(bridged), { ...retrieved, at: 231 }],
    ['parting of an older bridge', until(bridged), { ...unbridged, at: 225 }],
    [
      'parting from another leg',
      until(bridged),
      { type: 'legs-unbridged', ...of(legId('x'), 300), otherLegId: legId('y') },
    ],
    ['answer after the end', until(callerEnded), answered],
    ['creation after the end', until(callerEnded), created],
    ['a second end', until(callerEnded), { ...callerEnded, cause: 'failed', at: 290 } as LegEvent],
    ['events of an unknown leg', NO_LEGS, answered],
    [
      'a digit',
      until(parked),
      { type: 'digit-pressed', ...of(caller, 150), digit: '1', durationMs: 100 },
    ],
    ['a play', until(parked), { type: 'play-started', ...of(caller, 150), playId: playId('p') }],
    [
      'a failed command',
      until(parked),
      { type: 'command-failed', ...of(caller, 150), command: 'play', reason: '-ERR' },
    ],
  ]
  for (const [name, before, late] of cases) t.equal(reduceLegs(before, late), before, name)
})

t.test('any order of an answered leg ends in the same state', async t => {
  const own = [agentRang, agentAnswered, agentParked]
  const orders = own.flatMap(a =>
    own.filter(b => b !== a).map(b => [a, b, ...own.filter(c => c !== a && c !== b)]),
  )
  for (const order of orders) {
    const leg = play(agentCreated, ...order).get(agent)
    t.match(leg, { state: 'parked', answeredAt: 220 }, order.map(event => event.type).join(', '))
  }
})

t.test('an end that overtakes the creation wins', async t => {
  t.match(play(callerEnded, created).get(caller), { state: 'ended' })
})

t.test('the end of one side frees the other', async t => {
  t.match(reduceLegs(until(bridged), { ...agentEnded, at: 235 }).get(caller), {
    state: 'parked',
    answeredAt: 110,
  })
  t.match(
    reduceLegs(until(held), { ...callerEnded, at: 245 }).get(agent),
    { state: 'parked' },
    'held or not',
  )
})

t.test('a bridge to a third leg replaces the second', async t => {
  const third = legId('third')
  const legs = reduceLegs(
    play(created, parked, answered, agentCreated, agentAnswered, agentParked, bridged, {
      ...agentCreated,
      legId: third,
    }),
    { type: 'legs-bridged', ...of(caller, 240), otherLegId: third },
  )
  t.equal(otherLegIdOf(live(legs, caller)), third)
  t.equal(otherLegIdOf(live(legs, third)), caller)
})

t.test('ended legs are remembered for a while', async t => {
  const legs = until(callerEnded)
  t.equal(forgetEnded(legs, 270), legs, 'none is old enough')
  t.same([...forgetEnded(legs, 275).keys()], [caller])
  t.equal(forgetEnded(legs, 1000).size, 0)
  t.equal(forgetEnded(until(bridged), 1e9).size, 2, 'live legs are never forgotten')
})
