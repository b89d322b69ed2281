// Callers who wait: who gets them, what they hear meanwhile, and every way out. Telephones are plain SIP ones.
import t, { type Test } from 'tap'
import { startDemo } from '../fixtures/demo.ts'
import { GAP_MS, hears, openHall, RATE_HZ, toneShare } from '../fixtures/hall.ts'
import { longestGapMs, watchStalls } from '../fixtures/rtp-caller.ts'
import { parseWav, rms } from '../fixtures/sound.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const CALLER = 440
const FIRST = 880
const SECOND = 1240
const OTHER_CALLER = 560

const demo = await startDemo(t)
const hall = await openHall(t, demo)
const watched = watchStalls()
t.teardown(() => watched.close())
const first = await hall.phone('1001', FIRST)
const second = await hall.phone('1011', SECOND)

/** What the group is like unless a case says otherwise. */
const USUAL = {
  capacity: 30,
  maxWaitMs: 300_000,
  ringMs: 20_000,
  wrapUpMs: 30_000,
  overflowAfterMs: 60_000,
  announceEveryMs: 30_000,
  whenNoAgents: 'leave',
}
await hall.setQueue('consult', USUAL)

const caseOf = (name: string, run: (t: Test) => Promise<void>) =>
  t.test(name, { timeout: 60_000 }, async t => {
    try {
      await run(t)
    } finally {
      await hall.clear()
      await hall.setQueue('consult', USUAL)
    }
  })
const spoken = (ms: number) => {
  const from = performance.now()
  return () => performance.now() - from > ms
}
const missedOf = (callId: string) =>
  until('the missed call', async () => {
    const { items } = await demo.done('/api/missed-calls?state=open&limit=200', { as: '1001' })
    return items.find((one: any) => one.callId === callId)
  })

await caseOf(
  'a phone nobody answers: the agent is set aside, the caller keeps the place',
  async t => {
    await hall.setQueue('consult', { ringMs: 5000 })
    first.manner = 'ring'
    await hall.setState('1001', 'idle')
    const caller = await hall.dial()
    const rung = await first.next()
    t.match(rung, { from: caller.number, to: '1001' })
    const id = await hall.idOf(caller)
    const before = await hall.queue('consult')
    t.match(before, { waiting: 1, waiters: [{ number: caller.number, offeredTo: '1001' }] })
    const later = await hall.dial({ from: '13800002222', hz: OTHER_CALLER })
    const laterId = await hall.idOf(later)
    t.match(await hall.fact(laterId, 'queue-joined'), { data: { position: 2 } })
    await rung.ended()
    t.ok(rung.isCancelled())
    t.match(await hall.reachesState('1001', 'busy'), { reason: 'no-answer' })
    t.match(await hall.fact(id, 'offer-failed'), { data: { agent: '1001', cause: 'no-answer' } })
    const after = await hall.queue('consult')
    t.equal(after.oldestJoinedAt, before.oldestJoinedAt, 'the same place in time')
    await hall.setState('1011', 'idle')
    const leg = await second.next()
    t.equal(leg.from, caller.number, 'the one who waited longest comes first')
    await hears(t, 'the agent', leg, { of: [CALLER], not: [OTHER_CALLER] })
    await caller.hangUp()
    t.match(await hall.ended(id), { result: 'answered', agent: '1011' })
    t.ok((await hall.record(id)).waitMs >= 5000)
  },
)

await caseOf('an agent who declines is set aside, and the caller goes to the next', async t => {
  first.manner = 486
  await hall.setState('1001', 'idle')
  await hall.setState('1011', 'idle')
  const caller = await hall.dial()
  const leg = await second.next()
  t.match(await hall.reachesState('1001', 'busy'), { reason: 'declined' })
  await hears(t, 'the caller', caller, { of: [SECOND], not: [CALLER] })
  const facts = await hall.facts(await hall.idOf(caller))
  t.match(facts.find(({ type }) => type === 'offer-failed')?.data, { agent: '1001' })
  t.same(
    facts.filter(({ type }) => type === 'agent-offered').map(({ data }) => data.agent),
    ['1001', '1011'],
    'the better skill was asked first',
  )
  await leg.hangUp()
  await caller.ended()
})

await caseOf(
  'a caller who gives up while a phone rings: it stops, and the call is missed',
  async t => {
    first.manner = 'ring'
    await hall.setState('1001', 'idle')
    const caller = await hall.dial({ from: '13800003333' })
    const rung = await first.next()
    const id = await hall.idOf(caller)
    await hall.reachesState('1001', 'ringing')
    await caller.hangUp()
    await rung.ended()
    t.ok(rung.isCancelled())
    t.equal((await hall.agent('1001')).state, 'idle', 'as before')
    t.match(await hall.ended(id), { result: 'abandoned-queue', endedBy: 'caller', agent: null })
    t.match(await missedOf(id), { kind: 'abandoned', number: '13800003333', state: 'open' })
  },
)

await caseOf(
  'callers wait with music, hear their place, and reach agents in order, never crossed',
  async t => {
    await hall.setQueue('consult', { announceEveryMs: 10_000 })
    const a = await hall.dial({ from: '13800004444' })
    const idA = await hall.idOf(a)
    const b = await hall.dial({ from: '13800005555', hz: OTHER_CALLER })
    const idB = await hall.idOf(b)
    t.match(await hall.fact(idA, 'queue-announced'), { data: { position: 1 } })
    t.match(await hall.fact(idB, 'queue-announced'), { data: { position: 2 } })
    const from = b.end.packets.length
    await until(
      'a second announcement of the place',
      async () =>
        (await hall.facts(idB)).filter(({ type }) => type === 'queue-announced').length === 2,
    )
    // Past the announcement and into the music again.
    const sound = await b.end.hear(6000, from)
    t.ok(rms(sound) > 200, 'something is heard')
    const gapMs = longestGapMs(b.end, watched.stalls, from)
    t.ok(gapMs <= GAP_MS, `packets without a gap (longest ${gapMs.toFixed(0)} ms)`)
    // Words have pauses, and so has the change to music; music has none.
    t.ok(longestSilenceMs(sound.subarray(-2 * RATE_HZ)) <= GAP_MS, 'music without a hole')
    await Promise.all([hall.setState('1001', 'idle'), hall.setState('1011', 'idle')])
    const legs = [await first.next(), await second.next()]
    await Promise.all([hall.fact(idA, 'talk-began'), hall.fact(idB, 'talk-began')])
    const legOf = (number: string) => legs.find(leg => leg.from === number)!
    const toneOf = (number: string) => (legOf(number) === legs[0] ? FIRST : SECOND)
    await hears(t, 'A', a, {
      of: [toneOf(a.number)],
      not: [CALLER, OTHER_CALLER, toneOf(b.number)],
    })
    await hears(t, 'B', b, {
      of: [toneOf(b.number)],
      not: [CALLER, OTHER_CALLER, toneOf(a.number)],
    })
    await hears(t, 'the agent of A', legOf(a.number), { of: [CALLER], not: [OTHER_CALLER] })
    await hears(t, 'the agent of B', legOf(b.number), { of: [OTHER_CALLER], not: [CALLER] })
  },
)

await caseOf('a full group offers a message; it is left, listed, and can be played', async t => {
  await hall.setQueue('consult', { capacity: 0 })
  await hall.setState('1001', 'busy')
  const caller = await hall.dial({ from: '13800006666' })
  const id = await hall.idOf(caller)
  t.match(await hall.fact(id, 'queue-left'), { data: { outcome: 'full' } })
  await hall.fact(id, 'node-entered', { node: 'offer' })
  await caller.press('1')
  await hall.fact(id, 'recording-started')
  await until('two seconds of speech', spoken(2000))
  await caller.press('#')
  await caller.ended()
  t.match(await hall.ended(id), { result: 'voicemail', queue: null })
  const missed = await missedOf(id)
  t.match(missed, { kind: 'voicemail', number: '13800006666', recordingId: `${id}-message` })
  const played = await demo.api(`/api/calls/${id}/recording?recording=${missed.recordingId}`, {
    as: '1001',
  })
  t.equal(played.status, 200)
  const { channels, durationMs } = parseWav(played.bytes)
  t.ok(durationMs >= 1500, `${durationMs} ms`)
  t.ok(toneShare(channels[0]!, CALLER) > 0.5, 'what the caller said')
})

await caseOf('a wait past its limit ends in an offer', async t => {
  await hall.setQueue('consult', { maxWaitMs: 5000 })
  const caller = await hall.dial({ from: '13800007777' })
  const id = await hall.idOf(caller)
  const left = await hall.fact(id, 'queue-left')
  t.match(left, { data: { outcome: 'timed-out' } })
  t.ok(left.data.waitMs >= 5000)
  await hall.fact(id, 'node-entered', { node: 'offer' })
  await caller.press('2')
  await caller.ended()
  t.match(await hall.ended(id), { result: 'callback' })
  t.match(await missedOf(id), { kind: 'callback' })
})

await caseOf('callers may go to another group once its time has come', async t => {
  await demo.done('/api/config/agents/1011', {
    method: 'PUT',
    body: { id: '1011', name: '示例座席11', queues: { business: 1 } },
  })
  await hall.setQueue('consult', { overflowAfterMs: 3000 })
  await hall.setState('1011', 'idle')
  const caller = await hall.dial()
  const leg = await second.next()
  const id = await hall.idOf(caller)
  const offered = await hall.fact(id, 'agent-offered')
  t.match(offered, { data: { agent: '1011' } })
  t.ok(offered.data.waitedMs >= 3000, `${offered.data.waitedMs} ms`)
  await hears(t, 'the agent', leg, { of: [CALLER], not: [SECOND] })
  await caller.hangUp()
  await hall.ended(id)
  await demo.done('/api/config/agents/1011', {
    method: 'PUT',
    body: { id: '1011', name: '示例座席11', queues: { consult: 2, business: 1 } },
  })
})

await caseOf('a caller asks for a call back instead of waiting', async t => {
  const caller = await hall.dial({ from: '13800008888' })
  const id = await hall.idOf(caller)
  await hall.fact(id, 'queue-announced')
  await caller.press('3')
  await caller.ended()
  t.match(await hall.fact(id, 'queue-left'), { data: { outcome: 'asked-for-callback' } })
  t.match(await hall.ended(id), { result: 'callback', queue: 'consult' })
  t.match(await missedOf(id), { kind: 'callback', number: '13800008888' })
})

await caseOf('nobody signed in: no caller is left waiting for nobody', async t => {
  await hall.setState('1001', 'signed-out')
  await hall.setState('1011', 'signed-out')
  const caller = await hall.dial()
  const id = await hall.idOf(caller)
  t.match(await hall.fact(id, 'queue-left'), { data: { outcome: 'no-agents' } })
  await hall.fact(id, 'node-entered', { node: 'offer' })
  await caller.hangUp()
  t.match(await hall.ended(id), { result: 'abandoned-queue' })
})

await caseOf(
  'thirty callers at once have thirty lines; the next hears so and is counted once',
  async t => {
    const callers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        hall.dial({ from: `1390000${String(i).padStart(4, '0')}` }),
      ),
    )
    await Promise.all(callers.map(caller => caller.answered(30_000)))
    await until('thirty to wait', async () => (await hall.queue('consult')).waiting === 30, 30_000)
    t.match(await demo.done('/api/lines'), { used: 30, limit: 30 })
    const over = async () => {
      const caller = await hall.dial({ from: '13912345678' })
      t.equal(await caller.refused(40_000), 486)
      t.ok(
        caller.statuses.some(({ status }) => status === 183),
        'early media',
      )
      t.ok(rms(caller.end.sound()) > 300, 'the announcement is heard')
    }
    await Promise.all([over(), over()])
    const blocked = () => demo.done('/api/calls?caller=13912345678&result=blocked')
    await until('the blocked call', async () => (await blocked()).items.length > 0)
    const { items } = await blocked()
    t.equal(items.length, 1, 'the same caller and number within five seconds')
    t.match(await missedOf(items[0].id), { kind: 'blocked', number: '13912345678' })
    t.ok(
      callers.every(({ times }) => times.endedAt === 0),
      'nobody else is disturbed',
    )
    await callers[0]!.hangUp()
    await until('a line to be free', async () => (await demo.done('/api/lines')).used === 29)
    const next = await hall.dial({ from: '13912345679' })
    await next.answered()
  },
)

/** Longest stretch without sound in ms, in pieces of 20 ms. */
function longestSilenceMs(samples: Int16Array): number {
  let longest = 0
  let run = 0
  for (let from = 0; from + 160 <= samples.length; from += 160) {
    run = rms(samples.subarray(from, from + 160)) < 5 ? run + 20 : 0
    longest = Math.max(longest, run)
  }
  return longest
}
