// The machine's clock is set while calls live. Nothing waits longer or shorter for it.
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { legId } from '../../telephony/call/id.ts'
import { shiftInstants } from '../../telephony/call/instant.ts'
import { createClock } from '../../server/clock.ts'
import type { Fact } from '../../server/ledger/fact.ts'
import { recordOf } from '../../server/records/record.ts'
import {
  actor,
  answerPhone,
  bridge,
  createControlTwin,
  ended,
  faults,
  talk,
} from '../fixtures/control-twin.ts'

t.setTimeout(60_000)
const HOUR_MS = 3_600_000

/** A machine whose two clocks go together until the wall clock is set. */
const machine = (t: Test) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => mock.timers.reset())
  const times = { wallMs: 1_766_360_000_000, steadyMs: 5000 }
  const clock = createClock(
    () => times.wallMs,
    () => times.steadyMs,
  )
  t.teardown(() => clock.close())
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) {
      times.wallMs += 50
      times.steadyMs += 50
      mock.timers.tick(50)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  return { clock, pass, set: (byMs: number) => void (times.wallMs += byMs) }
}

t.test('a clock follows drift in small steps, and says when it was set', async t => {
  const { clock, pass, set } = machine(t)
  const jumps: number[] = []
  clock.onJump(byMs => jumps.push(byMs))
  const began = clock.now()
  await pass(1000)
  t.equal(clock.now() - began, 1000)
  set(300)
  await pass(250)
  t.equal(clock.now() - began, 1270, '20 ms at a time')
  set(-HOUR_MS)
  t.equal(clock.now() - began, 1270, 'the old time goes on until it is noticed')
  await pass(250)
  t.equal(jumps.length, 1)
  t.ok(Math.abs(jumps[0]! + HOUR_MS) < 500)
  t.ok(Math.abs(clock.now() - began + HOUR_MS - 1800) < 50, 'and is on the new time then')
})

t.test('instants move, lengths of time do not', async t => {
  const value = {
    startedAt: 1_766_360_000_000,
    durationMs: 90_000,
    timers: { guard: 1_766_360_020_000 },
    tried: [{ until: 1_766_360_060_000 }],
    seq: 12,
    number: '13800001111',
    none: null,
  }
  t.same(shiftInstants(value, -HOUR_MS), {
    startedAt: 1_766_356_400_000,
    durationMs: 90_000,
    timers: { guard: 1_766_356_420_000 },
    tried: [{ until: 1_766_356_460_000 }],
    seq: 12,
    number: '13800001111',
    none: null,
  })
})

for (const byMs of [HOUR_MS, -HOUR_MS])
  t.test(`an hour ${byMs > 0 ? 'forward' : 'back'}, amid calls`, async t => {
    const { clock, pass, set } = machine(t)
    const twin = await createControlTwin({ clock })
    t.teardown(() => twin.close())
    const agent = (id: string) => twin.control.agents().find(one => one.id === id)!
    /** Time goes on while the test waits for what the loop does. */
    const meanwhile = async <T>(work: Promise<T>): Promise<T> => {
      let done = false
      const settled = work.finally(() => (done = true))
      while (!done) await pass(50)
      return settled
    }

    const { call, agentLeg } = await meanwhile(talk(twin, '1001'))
    const recording = twin.commands.find(one => one.type === 'start-recording')
    if (recording?.type !== 'start-recording') throw new Error('nothing is recorded')
    const { path } = recording
    const of = { at: clock.now(), callId: call, legId: recording.legId }
    twin.say({ type: 'recording-started', ...of, path })
    await meanwhile(twin.ready('1002'))
    const waiting = await meanwhile(twin.arrive('leg-waiting'))
    await pass(500)
    const play = twin.commands.findLast(one => one.type === 'play' && one.legId === legId(waiting))
    if (play?.type !== 'play') throw new Error('no greeting')
    const { playId } = play
    twin.say({
      type: 'play-ended',
      at: clock.now(),
      callId: waiting,
      legId: legId(waiting),
      playId,
      outcome: 'finished',
    })
    twin.press(waiting, '1')
    const { legId: ringing } = await meanwhile(twin.next('originate-leg'))
    await pass(10_000)
    set(byMs)
    await pass(5000)
    t.equal(agent('1001').state, 'talking')
    t.match(agent('1002').state, /reserved|ringing/, 'its phone still rings')
    t.same(
      twin.store.facts().filter(({ type }) => type === 'state-repaired'),
      [],
      'nothing was wrong',
    )
    answerPhone(twin, waiting, ringing)
    await meanwhile(bridge(twin, waiting))
    const [left] = twin.facts(waiting, 'queue-left')
    const { waitMs } = left!.data as { waitMs: number }
    t.ok(waitMs >= 15_000 && waitMs < 20_000, `waited ${waitMs} ms`)

    twin.say(ended(call, agentLeg))
    t.equal(agent('1001').state, 'wrap-up')
    await pass(20_000)
    set(-byMs)
    await pass(5000)
    t.equal(agent('1001').state, 'wrap-up', 'it has not run out early')
    await pass(6000)
    t.equal(agent('1001').state, 'idle', 'nor too late')

    twin.say(ended(call, call as never))
    await pass(200)
    const record = recordOf(twin.facts(call))!
    t.ok(record.talkMs >= 14_000 && record.talkMs < 25_000, `talked ${record.talkMs} ms`)
    t.ok(
      record.durationMs! >= 40_000 && record.durationMs! < 70_000,
      `${record.durationMs} ms long`,
    )
    await twin.control.setAgentState(
      agent('1001').id as never,
      'signed-out',
      undefined,
      actor('1001'),
    )
    t.same(faults.splice(0), [])
  })

t.test('a record without a jump is as it was', async t => {
  const fact = (seq: number, at: number, type: Fact['type'], data: object) =>
    ({ subject: 'c', seq, at, type, data }) as Fact
  const facts = [
    fact(1, 1_766_360_000_000, 'call-began', { direction: 'inbound', caller: '1', callee: '2' }),
    fact(2, 1_766_360_060_000, 'call-ended', { result: 'answered', by: 'caller' }),
  ]
  t.match(recordOf(facts), { durationMs: 60_000, endedAt: 1_766_360_060_000 })
  const jumped = [
    facts[0]!,
    fact(2, 1_766_363_630_000, 'clock-jumped', { byMs: HOUR_MS }),
    { ...facts[1]!, seq: 3, at: facts[1]!.at + HOUR_MS } as Fact,
  ]
  t.match(recordOf(jumped), { durationMs: 60_000, endedAt: 1_766_363_660_000 })
})
