// Two servers share a switch: one steers, the other shows and asks. Either may die, sleep or be stopped; calls and places stay.
import t, { type Test } from 'tap'
import { startCluster, type ClusterServer } from '../fixtures/cluster.ts'
import { watchFloor } from '../fixtures/floor-watcher.ts'
import { GAP_MS, hears, hearsMusic, openHall, talk, type Fact } from '../fixtures/hall.ts'
import { longestGapMs, watchStalls } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(290_000)
const [FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, BOSS] = [880, 1240, 1720, 2200, 1480, 1960, 2640]
const CALLER = 440
/** Far above what it takes; what it took is said. */
const REGAINED_MS = 5000

await t.test('several servers', { timeout: 285_000 }, async t => {
  const cluster = await startCluster(t)
  let here: ClusterServer = await cluster.following()
  const hall = await openHall(
    t,
    cluster.through(() => here),
  )
  await here.openOffice()
  const watched = watchStalls()
  t.teardown(() => watched.close())
  const phones = {
    first: await hall.phone('1001', FIRST),
    second: await hall.phone('1002', SECOND),
    third: await hall.phone('1003', THIRD),
    fourth: await hall.phone('1004', FOURTH),
    fifth: await hall.phone('1005', FIFTH),
    sixth: await hall.phone('1006', SIXTH),
    boss: await hall.phone('2001', BOSS),
  }
  // A phone rings on, and an agent writes on, while the machine takes its time.
  await hall.setQueue('consult', { ringMs: 120_000, wrapUpMs: 600_000 })

  const caseOf = (name: string, run: (t: Test) => Promise<void>) =>
    t.test(name, { timeout: 120_000 }, async t => {
      try {
        await run(t)
      } finally {
        here = await cluster.steering(60_000)
        await hall.clear()
      }
    })
  const other = (server: ClusterServer) => cluster.servers.find(one => one !== server)!
  const regained = async (t: Test, by: ClusterServer, sinceMs: number, how: string) => {
    await until('control', async () => (await by.role()) === 'steering', 30_000, 5)
    const tookMs = performance.now() - sinceMs
    t.comment(`control regained ${tookMs.toFixed(0)} ms after ${how}`)
    t.ok(tookMs <= REGAINED_MS, `within ${REGAINED_MS} ms of ${how}`)
  }
  const isWhole = (facts: readonly Fact[]) => facts.every(({ seq }, index) => seq === index + 1)

  await caseOf(
    'the one that follows shows the floor, and its agents answer and steer calls',
    async t => {
      here = await cluster.following()
      const floor = await watchFloor(cluster.through(() => here))
      t.teardown(() => floor.close())
      const now = await talk(hall, phones.first)
      await until('the talk', () => floor.values.get('agent/1001')?.state === 'talking')
      await until('the line', () => floor.values.get('lines').talking === 1)
      t.match(await hall.agent('1001'), { state: 'talking', callId: now.id })
      t.match(await hall.verb(now.id, 'hold', {}, '1001'), { callId: now.id })
      t.match(await hall.reachesState('1001', 'on-hold'), { phone: 'registered' })
      await hearsMusic(t, 'the caller', now.caller, [FIRST])
      const key = { 'idempotency-key': 'one-finger' }
      const retrieve = (server: ClusterServer) =>
        server.api(`/api/calls/${now.id}/retrieve`, {
          method: 'POST',
          as: '1001',
          body: {},
          headers: key,
        })
      const steering = await cluster.steering()
      const [one, two] = [await retrieve(here), await retrieve(steering)]
      t.same([one.status, two.status], [200, 200])
      t.same(two.body, one.body, 'the same request at the other server gets the first answer')
      await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
      const refused = await here.api('/api/calls/nobody/hold', {
        method: 'POST',
        as: '1001',
        body: {},
      })
      t.match(
        refused,
        { status: 404, body: { code: 'UNKNOWN_CALL' } },
        'refusals come over as they are',
      )
      t.match(await here.api('/metrics', { as: null }), { body: /hotline_steering 0/ })
      t.notMatch((await here.api('/metrics', { as: null })).body, /^hotline_lines_used /m)
      t.match(await steering.api('/metrics', { as: null }), { body: /^hotline_lines_used 1$/m })
      await now.caller.hangUp()
      t.match(await hall.ended(now.id), { result: 'answered', agent: '1001' })
    },
  )

  await caseOf(
    'kill -9 of the one that steers: the other takes everything over as it is',
    async t => {
      const dying = await cluster.steering()
      here = dying
      const { first, second, third, fourth, fifth, sixth, boss } = phones
      const wrap = await talk(hall, fifth, { from: '13800000009' })
      await wrap.caller.hangUp()
      const { wrapUpUntil } = await hall.reachesState('1005', 'wrap-up')
      const held = await talk(hall, first, { from: '13800000001' })
      await hall.verb(held.id, 'hold', {}, '1001')
      await hall.reachesState('1001', 'on-hold')
      const three = await talk(hall, second, { from: '13800000002', hz: 560 })
      await hall.setState('1003', 'idle')
      await hall.verb(three.id, 'consult', { to: { agent: '1003' } }, '1002')
      const joined = await third.next()
      await hears(t, 'the one asked', joined, { of: [SECOND] })
      await hall.verb(three.id, 'conference', {}, '1002')
      await hears(t, 'three: the caller', three.caller, { of: [SECOND, THIRD], not: [560] })
      const watchedTalk = await talk(hall, sixth, { from: '13800000007', hz: 660 })
      await hall.verb(watchedTalk.id, 'monitor', {}, '2001')
      const listening = await boss.next()
      await hears(t, 'the supervisor', listening, { of: [660, SIXTH] })
      fourth.manner = 'ring'
      await hall.setState('1004', 'idle')
      const ringing = await hall.dial({ from: '13800000003' })
      const rung = await fourth.next()
      const ringingId = await hall.idOf(ringing)
      const waiting = [
        await hall.dial({ from: '13800000004' }),
        await hall.dial({ from: '13800000005' }),
      ]
      const waitingIds = [await hall.idOf(waiting[0]!), await hall.idOf(waiting[1]!)]
      for (const id of waitingIds) await hall.fact(id, 'queue-joined')
      const inMenu = await hall.dial({ to: '12393', from: '13800000006' })
      const inMenuId = await hall.idOf(inMenu)
      await hall.fact(inMenuId, 'node-entered', { node: 'main-menu' })
      const placesBefore = (await hall.queue('consult')).waiters
      t.match(
        placesBefore.map((one: any) => one.callId),
        [ringingId, ...waitingIds],
      )
      const callers = [held.caller, three.caller, watchedTalk.caller, ringing, ...waiting, inMenu]
      const from = three.caller.end.packets.length

      here = other(dying)
      const killedMs = performance.now()
      await dying.kill9()
      await regained(t, here, killedMs, 'kill -9')

      for (const caller of callers)
        t.equal(caller.times.endedAt, 0, `${caller.number} has the line`)
      t.same((await hall.queue('consult')).waiters, placesBefore, 'every place and every wait')
      for (const [agent, state] of [
        ['1001', 'on-hold'],
        ['1002', 'talking'],
        ['1003', 'talking'],
        ['1004', 'ringing'],
        ['1006', 'talking'],
      ] as const)
        t.match(await hall.agent(agent), { state, phone: 'registered' }, agent)
      t.match(
        await hall.agent('1005'),
        { state: 'wrap-up', wrapUpUntil },
        'wrap-up ends when it was to end',
      )
      await hearsMusic(t, 'held: the caller', held.caller, [FIRST])
      await hears(t, 'three: the caller', three.caller, { of: [SECOND, THIRD], not: [560] })
      await hears(t, 'the supervisor', listening, { of: [660, SIXTH] })
      const gapMs = longestGapMs(three.caller.end, watched.stalls, from)
      t.ok(gapMs <= GAP_MS, `three: no gap (${gapMs.toFixed(0)} ms)`)

      await hall.verb(held.id, 'retrieve', {}, '1001')
      await hears(t, 'held: the caller', held.caller, { of: [FIRST], not: [CALLER] })
      rung.answer()
      await hall.fact(ringingId, 'talk-began')
      await hears(t, 'ringing: the caller', ringing, { of: [FOURTH], not: [CALLER] })
      await inMenu.press('1')
      await hall.fact(inMenuId, 'queue-joined', { queue: 'consult' })
      await hall.verb(watchedTalk.id, 'whisper', {}, '2001')
      await hears(t, 'whispered to: the agent', watchedTalk.agentLeg, { of: [660, BOSS] })
      await joined.hangUp()
      await hears(t, 'three: the caller', three.caller, { of: [SECOND], not: [THIRD] })
      await held.caller.hangUp()
      await hall.reachesState('1001', 'wrap-up')
      await here.done('/api/agents/1001/wrap-up', {
        method: 'POST',
        as: '1001',
        body: { action: 'complete' },
      })
      const leg = await first.next()
      t.equal(leg.from, waiting[0]!.number, 'who has waited longest comes first')
      for (const [id, agent] of [
        [held.id, '1001'],
        [ringingId, '1004'],
        [waitingIds[0]!, '1001'],
      ] as const) {
        const facts = await hall.facts(id)
        const offers = facts.filter(({ type }) => type === 'agent-offered')
        t.same(
          offers.map(({ data }) => data.agent),
          [agent],
          'offered to one agent, once',
        )
        t.ok(isWhole(facts), 'every fact once')
      }
      t.match(await hall.ended(held.id), {
        result: 'answered',
        agent: '1001',
        recordingFault: null,
      })
      await dying.restart()
    },
  )

  await caseOf('a consultation lives through the death of the one that steers', async t => {
    const dying = await cluster.steering()
    here = dying
    const now = await talk(hall, phones.first, { from: '13800000011' })
    await hall.setState('1002', 'idle')
    await hall.verb(now.id, 'consult', { to: { agent: '1002' } }, '1001')
    const asked = await phones.second.next()
    await hears(t, 'the one asked', asked, { of: [FIRST] })
    here = other(dying)
    const killedMs = performance.now()
    await dying.kill9()
    await regained(t, here, killedMs, 'kill -9')
    await hearsMusic(t, 'the caller', now.caller, [FIRST, SECOND])
    await hears(t, 'the one asked', asked, { of: [FIRST] })
    await hall.verb(now.id, 'complete', { outcome: 'transfer' }, '1001')
    await hears(t, 'the caller', now.caller, { of: [SECOND], not: [FIRST] })
    await dying.restart()
  })

  await caseOf(
    'a server that slept past its lease wakes up and leaves the calls alone',
    async t => {
      const sleeper = await cluster.steering()
      here = sleeper
      await hall.setQueue('consult', { ringMs: 5000 })
      phones.first.manner = 'ring'
      await hall.setState('1001', 'idle')
      const ringing = await hall.dial({ from: '13800000021' })
      const id = await hall.idOf(ringing)
      await phones.first.next()
      const now = await talk(hall, phones.second, { from: '13800000022' })
      here = other(sleeper)
      const frozenMs = performance.now()
      sleeper.freeze()
      await regained(t, here, frozenMs, 'SIGSTOP')
      // What it would do late: the offer it made is overdue, and somebody asked it for a hold.
      const late = sleeper.api(`/api/calls/${now.id}/hold`, {
        method: 'POST',
        as: '1002',
        body: {},
      })
      late.catch(() => undefined)
      await hall.setState('1003', 'idle')
      await hall.fact(id, 'offer-failed')
      const second = await phones.third.next()
      await hall.fact(id, 'talk-began', { agent: '1003' })
      await hears(t, 'the caller', ringing, { of: [THIRD], not: [CALLER] })
      sleeper.thaw()
      await until('it to follow', async () => (await sleeper.role()) === 'following')
      const answer = await late
      t.ok(
        [200, 503].includes(answer.status),
        `the late request was passed on or refused (${answer.status})`,
      )
      t.equal(await here.role(), 'steering', 'who took over goes on')
      await hears(t, 'the caller', ringing, { of: [THIRD], not: [CALLER] })
      t.ok(second.isTalking())
      const facts = await hall.facts(id)
      t.ok(isWhole(facts), 'every fact once')
      t.same(
        facts.filter(({ type }) => type === 'agent-offered').map(({ data }) => data.agent),
        ['1001', '1003'],
      )
      t.equal(facts.filter(({ type }) => type === 'talk-began').length, 1)
      here = sleeper
      t.match(
        await hall.agent('1003'),
        { state: 'talking', callId: id },
        'and it shows what is true',
      )
      await hall.setQueue('consult', { ringMs: 120_000 })
    },
  )

  await caseOf('SIGTERM hands the calls over at once', async t => {
    const leaving = await cluster.steering()
    const next = other(leaving)
    here = next
    const now = await talk(hall, phones.first, { from: '13800000031' })
    const from = now.caller.end.packets.length
    const termMs = performance.now()
    const ended = leaving.term()
    await regained(t, next, termMs, 'SIGTERM')
    t.equal(await ended, 0)
    const tookMs = performance.now() - termMs
    t.comment(`ended ${tookMs.toFixed(0)} ms after SIGTERM`)
    t.ok(tookMs < 10_000)
    await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
    const gapMs = longestGapMs(now.caller.end, watched.stalls, from)
    t.ok(gapMs <= GAP_MS, `no gap (${gapMs.toFixed(0)} ms)`)
    await hall.verb(now.id, 'hold', {}, '1001')
    await hall.reachesState('1001', 'on-hold')
    await hearsMusic(t, 'the caller', now.caller, [FIRST])
    await now.caller.hangUp()
    const facts = await hall.facts(now.id)
    t.ok(isWhole(facts), 'every fact once')
    await leaving.restart()
    t.equal(await leaving.role(), 'following')
  })
})
