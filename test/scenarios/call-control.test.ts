// What an agent and a supervisor can do with a call, proven by what everybody hears. Telephones are plain SIP ones.
import t, { type Test } from 'tap'
import { createCarrier } from '../fixtures/agent-phone.ts'
import { startDemo } from '../fixtures/demo.ts'
import {
  type Ear,
  type Fact,
  hears,
  hearsMusic,
  openHall,
  RATE_HZ,
  talk,
  type Talk,
  toneShare,
} from '../fixtures/hall.ts'
import { containsTone, goertzel, parseWav, rms } from '../fixtures/sound.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const CALLER = 440
const FIRST = 880
const SECOND = 1240
const OUTSIDE = 620
const BOSS = 1720

const carrier = await createCarrier(OUTSIDE)
t.teardown(() => carrier.close())
const demo = await startDemo(t, { env: { HOTLINE_TRUNK: carrier.trunk } })
const hall = await openHall(t, demo, carrier)
const first = await hall.phone('1001', FIRST)
const second = await hall.phone('1011', SECOND)
const boss = await hall.phone('2001', BOSS)

/** Each case leaves everybody signed in and busy, and no call behind. */
const caseOf = (name: string, run: (t: Test) => Promise<void>) =>
  t.test(name, { timeout: 60_000 }, async t => {
    try {
      await run(t)
    } finally {
      await hall.clear()
    }
  })
/** Ring-back: 450 Hz, one second in five. */
const rings = (ear: Ear) =>
  until('the ringing', async () => goertzel(await ear.end.hear(100), RATE_HZ, 450) > 0.5)
const act = (talk: Talk, verb: string, body: object = {}, as = '1001') =>
  hall.verb(talk.id, verb, body, as)

await caseOf('a held caller hears music and the agent nothing, until retrieved', async t => {
  const now = await talk(hall, first)
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await act(now, 'hold')
  await hall.reachesState('1001', 'on-hold')
  await hearsMusic(t, 'the caller', now.caller, [FIRST])
  await act(now, 'hold')
  await act(now, 'retrieve')
  await hall.reachesState('1001', 'talking')
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await now.caller.hangUp()
  await now.agentLeg.ended()
  const record = await hall.ended(now.id)
  t.match(record, { result: 'answered', endedBy: 'caller', agent: '1001' })
  t.ok(record.holdMs > 500)
})

await caseOf('a muted agent is not heard, hears on, and sends keys to the caller', async t => {
  const now = await talk(hall, first)
  await act(now, 'mute', { muted: true })
  await hears(t, 'the caller', now.caller, { not: [FIRST] })
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER] })
  await act(now, 'mute', { muted: false })
  await hears(t, 'the caller', now.caller, { of: [FIRST] })
  const from = now.caller.end.packets.length
  await act(now, 'digits', { digits: '5#' })
  const keys = () =>
    new Set(
      now.caller.end.packets
        .slice(from)
        .filter(packet => packet.payloadType === 101)
        .map(packet => packet.payload[0]),
    )
  await until('both keys', () => keys().has(5) && keys().has(11))
  await now.agentLeg.hangUp()
  await now.caller.ended()
})

await caseOf('a caller is passed on to another agent', async t => {
  const now = await talk(hall, first)
  await hall.setState('1011', 'idle')
  await act(now, 'transfer', { to: { agent: '1011' } })
  const leg = await second.next()
  await now.agentLeg.ended()
  await hears(t, 'the second agent', leg, { of: [CALLER], not: [FIRST, SECOND] })
  await hears(t, 'the caller', now.caller, { of: [SECOND], not: [FIRST, CALLER] })
  t.equal((await hall.agent('1001')).state, 'wrap-up')
  await now.caller.hangUp()
  const record = await hall.ended(now.id)
  t.match(record, { result: 'answered', agent: '1011', queue: 'consult' })
  t.match(await hall.fact(now.id, 'call-transferred'), { data: { by: '1001', kind: 'blind' } })
  const offers = (await hall.facts(now.id)).filter(({ type }) => type === 'agent-offered')
  t.match(offers.at(-1)?.data, { agent: '1011', reason: { rule: 'direct' } })
})

await caseOf(
  'an agent who does not take the caller passed on: back to the group, ahead of all',
  async t => {
    const now = await talk(hall, first)
    const other = await hall.dial({ from: '13800009999', hz: OUTSIDE })
    await hall.fact(await hall.idOf(other), 'queue-joined')
    second.manner = 486
    await hall.setState('1011', 'idle')
    const taken = await second.next()
    t.equal(taken.from, other.number, 'who is idle is asked for the one who waits')
    await hall.reachesState('1011', 'busy')
    await hall.setState('1011', 'busy')
    second.manner = 'ring'
    await hall.setState('1011', 'idle')
    await act(now, 'transfer', { to: { agent: '1011' } })
    const rung = await second.next()
    t.equal(rung.from, now.caller.number)
    rung.refuse(603)
    await until('the caller in the group again', async () => {
      const { waiters } = await hall.queue('consult')
      return waiters.length === 2 && waiters[0].callId === now.id
    })
    await hall.setState('1001', 'idle')
    const again = await first.next()
    t.equal(again.from, now.caller.number)
    await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  },
)

await caseOf('an agent who is not free is no target, and the talk goes on', async t => {
  const now = await talk(hall, first)
  const ask = (to: object) =>
    demo.api(`/api/calls/${now.id}/transfer`, { method: 'POST', as: '1001', body: { to } })
  t.match(await ask({ agent: '1011' }), { status: 409, body: { code: 'AGENT_BUSY' } })
  t.match(await ask({ queue: 'nowhere' }), { body: { code: 'UNKNOWN_QUEUE' } })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
})

await caseOf('a caller is passed on to another group', async t => {
  const now = await talk(hall, first)
  await hall.setState('1011', 'idle')
  await act(now, 'transfer', { to: { queue: 'business' } })
  const leg = await second.next()
  await hears(t, 'the second agent', leg, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [SECOND], not: [FIRST] })
  await leg.hangUp()
  await now.caller.ended()
  t.match(await hall.ended(now.id), { queue: 'business', agent: '1011', endedBy: 'system' })
})

await caseOf('a caller is passed on to a number outside', async t => {
  const now = await talk(hall, first)
  await act(now, 'transfer', { to: { number: '01087654321' } })
  const outside = await carrier.next()
  t.match(outside, { to: '01087654321', from: '12393' })
  await hears(t, 'the one outside', outside, { of: [CALLER], not: [FIRST, OUTSIDE] })
  await hears(t, 'the caller', now.caller, { of: [OUTSIDE], not: [FIRST, CALLER] })
  await outside.hangUp()
  await now.caller.ended()
  t.match(await hall.ended(now.id), { result: 'answered' })
})

await caseOf('a number outside that is busy leaves the caller with an offer', async t => {
  const now = await talk(hall, first)
  carrier.manner = 486
  await act(now, 'transfer', { to: { number: '01087654321' } })
  await carrier.next()
  carrier.manner = 'answer'
  await hall.fact(now.id, 'node-entered', { node: 'offer' })
  await now.caller.press('2')
  await now.caller.ended()
  await hall.fact(now.id, 'callback-requested')
  await hall.ended(now.id)
})

await caseOf('an agent asks another and passes the caller on', async t => {
  const now = await talk(hall, first)
  await hall.setState('1011', 'idle')
  second.manner = 'ring'
  await act(now, 'consult', { to: { agent: '1011' } })
  const leg = await second.next()
  await hearsMusic(t, 'the caller', now.caller, [FIRST])
  await rings(now.agentLeg)
  second.manner = 'answer'
  leg.answer()
  await hears(t, 'the one asked', leg, { of: [FIRST], not: [CALLER] })
  await hears(t, 'the agent', now.agentLeg, { of: [SECOND], not: [CALLER] })
  await hearsMusic(t, 'the caller', now.caller, [FIRST, SECOND])
  await act(now, 'complete')
  await now.agentLeg.ended()
  await hears(t, 'the one asked', leg, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [SECOND], not: [FIRST, CALLER] })
  t.equal((await hall.agent('1001')).state, 'wrap-up')
  await now.caller.hangUp()
  await leg.ended()
  t.match(await hall.ended(now.id), { result: 'answered', agent: '1011' })
})

await caseOf('an agent asks another, takes the caller back, and asks one who refuses', async t => {
  const now = await talk(hall, first)
  await hall.setState('1011', 'idle')
  await act(now, 'consult', { to: { agent: '1011' } })
  const leg = await second.next()
  await hears(t, 'the one asked', leg, { of: [FIRST], not: [CALLER] })
  await act(now, 'complete', { outcome: 'return' })
  await leg.ended()
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [SECOND] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await hall.setState('1011', 'idle')
  second.manner = 486
  await act(now, 'consult', { to: { agent: '1011' } })
  await second.next()
  second.manner = 'answer'
  await hall.fact(now.id, 'consult-ended', { outcome: 'no-answer' })
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await now.agentLeg.hangUp()
  await now.caller.ended()
})

await caseOf('an agent who asks outside and hangs up leaves the two together', async t => {
  const now = await talk(hall, first)
  await act(now, 'consult', { to: { number: '01087654321' } })
  const outside = await carrier.next()
  await hears(t, 'the one outside', outside, { of: [FIRST], not: [CALLER] })
  await now.agentLeg.hangUp()
  await hears(t, 'the one outside', outside, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [OUTSIDE], not: [CALLER] })
  await now.caller.hangUp()
  await outside.ended()
  t.match(await hall.ended(now.id), { result: 'answered' })
})

await caseOf('three talk: each hears the two others and not itself', async t => {
  const now = await talk(hall, first)
  await hall.setState('1011', 'idle')
  await act(now, 'consult', { to: { agent: '1011' } })
  const leg = await second.next()
  await hears(t, 'the one asked', leg, { of: [FIRST] })
  await act(now, 'conference')
  await hears(t, 'the caller', now.caller, { of: [FIRST, SECOND], not: [CALLER] })
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER, SECOND], not: [FIRST] })
  await hears(t, 'the one asked', leg, { of: [CALLER, FIRST], not: [SECOND] })
  await leg.hangUp()
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER, SECOND] })
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST, SECOND] })
  t.match(await hall.record(now.id), { agent: '1001', result: null })
  await now.caller.hangUp()
  await now.agentLeg.ended()
  t.match(await hall.ended(now.id), { result: 'answered', agent: '1001' })
})

await caseOf('when the agent leaves a room of three, the two others talk on', async t => {
  const now = await talk(hall, first)
  await hall.setState('1011', 'idle')
  await act(now, 'consult', { to: { agent: '1011' } })
  const leg = await second.next()
  await hears(t, 'the one asked', leg, { of: [FIRST] })
  await act(now, 'conference')
  await hears(t, 'the caller', now.caller, { of: [FIRST, SECOND] })
  await now.agentLeg.hangUp()
  await hears(t, 'the caller', now.caller, { of: [SECOND], not: [CALLER, FIRST] })
  await hears(t, 'the one asked', leg, { of: [CALLER], not: [FIRST, SECOND] })
  t.equal((await hall.agent('1001')).state, 'wrap-up')
  await now.caller.hangUp()
  await leg.ended()
  t.match(await hall.ended(now.id), { result: 'answered', agent: '1011' })
})

await caseOf('a supervisor listens, whispers to the agent, and speaks to both', async t => {
  const now = await talk(hall, first)
  const supervise = (verb: string) => act(now, verb, {}, '2001')
  const refused = await demo.api(`/api/calls/${now.id}/monitor`, { method: 'POST', as: '1011' })
  t.equal(refused.status, 403, 'agents do not listen to each other')
  await supervise('monitor')
  const leg = await boss.next()
  await hears(t, 'the supervisor', leg, { of: [CALLER, FIRST], not: [BOSS] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [BOSS, CALLER] })
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [BOSS, FIRST] })
  await supervise('whisper')
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER, BOSS], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [BOSS] })
  await supervise('barge')
  await hears(t, 'the caller', now.caller, { of: [FIRST, BOSS], not: [CALLER] })
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER, BOSS], not: [FIRST] })
  await hears(t, 'the supervisor', leg, { of: [CALLER, FIRST], not: [BOSS] })
  await leg.hangUp()
  await hall.fact(now.id, 'monitor-ended')
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [BOSS] })
  await now.caller.hangUp()
  t.match(await hall.ended(now.id), { result: 'answered', agent: '1001' })
})

const dialFrom = (agent: string, to: string) =>
  demo.done('/api/calls', { method: 'POST', as: agent, body: { agent, to } })

await caseOf('an agent dials out by a click: first the own phone, then the number', async t => {
  const { callId: id } = await dialFrom('1001', '01012345678')
  const own = await first.next()
  const outside = await carrier.next()
  t.match(outside, { to: '01012345678', from: '12393' })
  await hears(t, 'the one outside', outside, { of: [FIRST], not: [OUTSIDE] })
  await hears(t, 'the agent', own, { of: [OUTSIDE], not: [FIRST] })
  t.match(await demo.done('/api/lines'), { used: 1, talking: 1 })
  await own.hangUp()
  await outside.ended()
  const record = await hall.ended(id)
  t.match(record, {
    direction: 'outbound',
    caller: '12393',
    callee: '01012345678',
    agent: '1001',
    queue: null,
    result: 'answered',
    endedBy: 'agent',
  })
  t.ok(record.talkMs > 500 && record.answeredAt !== null)
  const { channels } = parseWav((await demo.api(`/api/calls/${id}/recording`)).bytes)
  const [left, right] = channels as [Int16Array, Int16Array]
  t.ok(toneShare(left, OUTSIDE) > 0.5 && toneShare(right, FIRST) > 0.5)
  t.match(await hall.agent('1001'), { state: 'wrap-up', next: { state: 'busy' } })
  await demo.done('/api/agents/1001/wrap-up', {
    method: 'POST',
    as: '1001',
    body: { action: 'complete' },
  })
  t.equal((await hall.agent('1001')).state, 'busy', 'as before the call')
})

await caseOf('a number that is busy, and one that never answers', async t => {
  carrier.manner = 486
  const { callId: busy } = await dialFrom('1001', '01012345678')
  await (await first.next()).ended()
  await carrier.next()
  t.match(await hall.ended(busy), { direction: 'outbound', result: 'no-answer', talkMs: 0 })
  await hall.reachesState('1001', 'busy')
  carrier.manner = 'ring'
  const { callId: silent } = await dialFrom('1001', '01012345678')
  const own = await first.next()
  const outside = await carrier.next()
  await rings(own)
  await hall.verb(silent, 'hangup', {}, '1001')
  await outside.ended()
  t.ok(outside.isCancelled())
  await own.ended()
  t.match(await hall.ended(silent), { result: 'no-answer', talkMs: 0 })
})

await caseOf('agents call each other inside, by a click and by hand', async t => {
  await hall.setState('1011', 'idle')
  const { callId: id } = await dialFrom('1001', '1011')
  const [own, other] = [await first.next(), await second.next()]
  await hears(t, 'the one called', other, { of: [FIRST], not: [SECOND] })
  await hears(t, 'the one who calls', own, { of: [SECOND], not: [FIRST] })
  t.equal((await demo.done('/api/lines')).used, 0, 'which uses no line')
  await other.hangUp()
  await own.ended()
  t.match(await hall.ended(id), { direction: 'internal', caller: '1001', callee: '1011' })

  await hall.setState('1011', 'idle')
  await hall.setState('1001', 'idle')
  const byHand = await hall.dial({ to: '1011', from: '1001', account: first.account, hz: FIRST })
  await byHand.answered()
  const rung = await second.next()
  await hears(t, 'the one called', rung, { of: [FIRST], not: [SECOND] })
  await hears(t, 'the one who calls', byHand, { of: [SECOND], not: [FIRST] })
  t.equal((await hall.agent('1001')).state, 'talking')
  await byHand.hangUp()
  await rung.ended()
})

await caseOf(
  'a recording has the caller left and the agent right, and silence where masked',
  async t => {
    const now = await talk(hall, first)
    const started = await hall.fact(now.id, 'recording-started')
    await now.caller.end.hear(1500)
    await act(now, 'recording', { recording: 'mask' })
    const masked = await hall.fact(now.id, 'recording-masked', { masked: true })
    t.match(await hall.agent('1001'), { state: 'talking' })
    await now.caller.end.hear(1500)
    await act(now, 'recording', { recording: 'unmask' })
    const unmasked = await hall.fact(now.id, 'recording-masked', { masked: false })
    await now.caller.end.hear(1500)
    await now.caller.hangUp()
    await hall.ended(now.id)
    await hall.fact(now.id, 'recording-stopped')
    const { bytes } = await demo.api(`/api/calls/${now.id}/recording`, { as: '2001' })
    const { channels, rateHz } = parseWav(bytes)
    const between = (from: Fact, to: Fact, channel: Int16Array) => {
      const at = (fact: Fact) => Date.parse(fact.at) - Date.parse(started.at)
      // Facts are some milliseconds away from the sound.
      const [fromMs, toMs] = [at(from) + 400, at(to) - 400]
      return channel.subarray((fromMs / 1000) * rateHz, (toMs / 1000) * rateHz)
    }
    const [left, right] = channels as [Int16Array, Int16Array]
    for (const [side, channel, own, other] of [
      ['left', left, CALLER, FIRST],
      ['right', right, FIRST, CALLER],
    ] as const) {
      const before = between(started, masked, channel)
      t.ok(toneShare(before, own) > 0.5, `${side}: its own tone before`)
      t.notOk(containsTone(before, rateHz, other, 0.05), `${side}: not the other's`)
      t.ok(rms(between(masked, unmasked, channel)) < 10, `${side}: silence where masked`)
      t.ok(toneShare(channel.subarray(-rateHz), own) > 0.5, `${side}: its tone afterwards`)
    }
  },
)

await caseOf('a recording is stopped and begun again', async t => {
  const now = await talk(hall, first)
  await hall.fact(now.id, 'recording-started')
  await now.caller.end.hear(800)
  await act(now, 'recording', { recording: 'stop' })
  const stopped = await hall.fact(now.id, 'recording-stopped')
  t.equal((await demo.done('/api/lines')).recording, 0)
  await act(now, 'recording', { recording: 'start' })
  const again = await until('a second recording', async () => {
    const all = (await hall.facts(now.id)).filter(({ type }) => type === 'recording-started')
    return all.length === 2 && all[1]
  })
  t.not(again.data.recordingId, stopped.data.recordingId, 'the first one is kept')
  t.not(again.data.path, stopped.data.path)
  await now.caller.end.hear(1000)
  await now.caller.hangUp()
  await hall.ended(now.id)
  await hall.fact(now.id, 'recording-stopped', { recordingId: again.data.recordingId })
  for (const id of [stopped.data.recordingId, again.data.recordingId]) {
    const { status, bytes } = await demo.api(`/api/calls/${now.id}/recording?recording=${id}`)
    t.equal(status, 200, id)
    t.ok(toneShare(parseWav(bytes).channels[0]!, CALLER) > 0.5)
  }
})

await caseOf(
  'wrap-up is extended, completed, and over by itself; busy afterwards when asked',
  async t => {
    const wrapUp = (action: string) =>
      demo.done('/api/agents/1001/wrap-up', { method: 'POST', as: '1001', body: { action } })
    const one = await talk(hall, first)
    await one.caller.hangUp()
    const before = await hall.reachesState('1001', 'wrap-up')
    const after = await wrapUp('extend')
    t.equal(after.wrapUpUntil - before.wrapUpUntil, 30_000)
    t.equal((await wrapUp('complete')).state, 'idle')
    const refused = await demo.api('/api/agents/1001/wrap-up', {
      method: 'POST',
      as: '1001',
      body: { action: 'complete' },
    })
    t.match(refused, { status: 409, body: { code: 'AGENT_NOT_IN_WRAP_UP' } })

    await hall.setQueue('consult', { wrapUpMs: 1000 })
    const two = await talk(hall, first)
    t.match(await hall.setState('1001', 'busy', 'lunch'), {
      state: 'talking',
      next: { state: 'busy', reason: 'lunch' },
    })
    await two.agentLeg.hangUp()
    await two.caller.ended()
    t.match(await hall.reachesState('1001', 'busy'), { reason: 'lunch' })
    const three = await talk(hall, first)
    await three.caller.hangUp()
    await hall.reachesState('1001', 'idle')
    await hall.setQueue('consult', { wrapUpMs: 30_000 })
  },
)

await caseOf('a phone told to answers by itself', async t => {
  await demo.done('/api/agents/1001/auto-answer', {
    method: 'POST',
    as: '1001',
    body: { on: true },
  })
  first.manner = 'ring'
  const now = await talk(hall, first)
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await demo.done('/api/agents/1001/auto-answer', {
    method: 'POST',
    as: '1001',
    body: { on: false },
  })
  await now.caller.hangUp()
  await hall.ended(now.id)
  await hall.setState('1001', 'idle')
  const other = await hall.dial({ from: '13800002222' })
  const leg = await first.next()
  await hall.reachesState('1001', 'ringing')
  t.notOk(leg.isTalking(), 'and no longer, once it is told not to')
  await other.hangUp()
  await leg.ended()
  t.ok(leg.isCancelled())
  t.equal((await hall.agent('1001')).state, 'idle')
})
