// Talks as they are listened to, whatever becomes of them: hold, consultation, transfer, conference, mask, hang-up.
import t from 'tap'
import type { LiveCall } from '../../../server/control/state.ts'
import { legId } from '../../../telephony/call/id.ts'
import {
  CALL,
  callOf,
  CUSTOMER,
  joined,
  legOf,
  NOW,
  OTHER_LEG,
  talking,
} from '../../fixtures/floor-values.ts'
import { HEARD, openTalkFloor, SAID } from '../../fixtures/speech/talk-floor.ts'
import { until } from '../../fixtures/until.ts'

const call = callOf(talking(), joined())
const with_ = (stage: Parameters<typeof talking>[0], more: Partial<LiveCall> = {}): LiveCall => ({
  ...call,
  stage: talking(stage),
  ...more,
})
const recording = {
  id: 'r1',
  path: 'r1.wav',
  legId: CUSTOMER,
  startedAt: NOW,
  state: 'on',
  heard: true,
} as const

t.test('both sides are understood apart, on the time of the recording', async t => {
  const floor = openTalkFloor(t)
  const { tap, caller, agent } = await floor.hear(call)
  t.equal(tap.legId, CUSTOMER)
  t.same([caller.samples, agent.samples], [[SAID], [HEARD]])
  t.match(floor.changes(), [{ state: 'on', engine: 'model' }])
  caller.tell({ type: 'partial', text: '我想' })
  caller.final('我想查余额', 20, 90)
  t.same(floor.partials, ['caller:我想', 'caller:'])
  agent.final('请说', 10, 80)
  t.match(floor.sentences(), [
    { side: 'caller', text: '我想查余额。', startMs: 20, endMs: 90, engine: 'model' },
    { side: 'agent', text: '请说。', startMs: 10, endMs: 80 },
  ])
  floor.set(with_({}, { recording: { ...recording, heardAt: NOW - 5000 } }))
  tap.sound()
  caller.final('谢谢', 100, 180)
  const last = floor.sentences().at(-1)!
  t.equal(last.startMs, last.saidAt - (NOW - 5000), 'from the recording’s first sample')
  floor.set(with_({}, { recording: { ...recording, state: 'failed' } }))
  tap.sound()
  caller.final('再见', 200, 280)
  const kept = floor.sentences().at(-1)!
  t.equal(kept.startMs, kept.saidAt - (NOW - 5000), 'also when it has just ended')
})

t.test(
  'on hold, in a consultation and without its agent a caller hears nobody’s words',
  async t => {
    const floor = openTalkFloor(t)
    const { tap, caller, agent } = await floor.hear(call)
    const consult = { legId: OTHER_LEG, number: '1002', state: 'talking', since: NOW } as const
    const hears = (next: LiveCall) => {
      floor.set(next)
      tap.sound()
      return agent.samples.at(-1)
    }
    t.equal(hears(with_({ heldAt: NOW })), 0, 'music on hold')
    t.equal(hears(call), HEARD)
    t.equal(hears(with_({ consult })), 0, 'while the agent asks another')
    t.equal(hears(with_({ consult, room: 'room-1' })), HEARD, 'all talk in a conference')
    t.equal(hears(with_({ room: 'room-1' })), HEARD)
    t.equal(hears(with_({ lostUntil: NOW + 1000 })), 0, 'the words of comfort are ours')
    t.equal(hears(with_({ muted: true })), HEARD, 'a muted agent is silent by itself')
    t.ok(
      caller.samples.every(sample => sample === SAID),
      'the caller is always heard',
    )
    t.equal(floor.taps.length, 1)
  },
)

t.test('what is masked is not heard, and what was being said goes away', async t => {
  const floor = openTalkFloor(t)
  const { tap, caller } = await floor.hear(call)
  caller.tell({ type: 'partial', text: '我的卡号' })
  floor.set(with_({}, { recording: { ...recording, state: 'masked' } }))
  t.ok(tap.isMasked)
  t.same(floor.partials.slice(1), ['caller:', 'agent:'])
  caller.tell({ type: 'partial', text: '我的卡号是' })
  t.notOk(floor.partials.includes('caller:我的卡号是'))
  floor.set(with_({}, { recording }))
  t.notOk(tap.isMasked)
  caller.tell({ type: 'partial', text: '好了' })
  t.equal(floor.partials.at(-1), 'caller:好了')
})

t.test('a recording that fails, stops or begins anew takes no mask off', async t => {
  const floor = openTalkFloor(t)
  const { tap, caller } = await floor.hear(with_({}, { recording }))
  floor.set(with_({}, { masked: true, recording: { ...recording, state: 'masked' } }))
  for (const state of ['failed', 'stopping', 'on'] as const) {
    floor.set(with_({}, { masked: true, recording: { ...recording, state } }))
    t.ok(tap.isMasked, state)
  }
  floor.set(with_({}, { masked: true }))
  t.ok(tap.isMasked, 'no recording')
  caller.tell({ type: 'partial', text: '六二二二' })
  t.notOk(floor.partials.some(partial => partial.includes('六')))
  floor.set(with_({}, { recording: { ...recording, state: 'failed' } }))
  t.notOk(tap.isMasked, 'until it is taken off')
})

t.test('a talk that begins masked is masked from its first sample', async t => {
  const floor = openTalkFloor(t)
  const { tap } = await floor.hear(with_({}, { recording: { ...recording, state: 'masked' } }))
  t.ok(tap.isMasked)
})

t.test(
  'a transfer to a second agent: the first talk’s last words, then a listening anew',
  async t => {
    const floor = openTalkFloor(t)
    const first = await floor.hear(call)
    floor.set({ ...call, stage: { state: 'parting', then: { kind: 'rate' } } })
    t.ok(first.tap.isStopped && first.caller.isFinished && first.agent.isFinished)
    const second = await floor.hear(with_({ since: NOW, legId: OTHER_LEG }))
    first.agent.final('我帮您转接')
    first.agent.end()
    first.caller.end()
    second.agent.final('您好')
    t.match(floor.sentences(), [{ text: '我帮您转接。' }, { text: '您好。' }])
    t.notOk(
      floor.changes().some(({ state }) => state === 'off'),
      'it is listened to all the time',
    )
  },
)

t.test('an agent who takes over the talk as it stands is heard on the same tap', async t => {
  const floor = openTalkFloor(t)
  const { tap, agent } = await floor.hear(call)
  floor.set(with_({ legId: OTHER_LEG, since: NOW }))
  tap.sound()
  t.equal(floor.taps.length, 1)
  t.same(agent.samples, [HEARD, HEARD])
})

t.test('a call of ours: the number’s party is the caller’s side', async t => {
  const floor = openTalkFloor(t)
  const number = legId('leg-number')
  const { tap } = await floor.hear({
    ...call,
    direction: 'outbound',
    customerLegId: number,
    legs: { ...call.legs, [number]: legOf({ id: number, role: 'number' as never }) },
    stage: talking({ partnerLegId: number }),
  })
  t.equal(tap.legId, number)
})

t.test('after the hang-up the last words are told, then the end', async t => {
  const floor = openTalkFloor(t)
  const { tap, caller, agent } = await floor.hear(call)
  floor.set({ ...call, stage: { state: 'ended', at: NOW } })
  t.ok(tap.isStopped)
  tap.sound()
  t.equal(caller.samples.length, 1, 'no more sound')
  agent.end()
  t.match(floor.changes().at(-1), { state: 'on' })
  caller.final('再见')
  caller.end()
  t.match(floor.sentences(), [{ side: 'caller', text: '再见。' }])
  t.match(floor.changes().at(-1), { state: 'off' })
  await until('free channels', () => floor.pool.view().recognition.used === 0)
})

t.test('an engine that never ends keeps no channel', { timeout: 30_000 }, async t => {
  const floor = openTalkFloor(t)
  const { caller } = await floor.hear(call)
  caller.tell({ type: 'partial', text: '再' })
  floor.set({ ...call, stage: { state: 'ended', at: NOW } })
  await until('the end', () => floor.changes().at(-1)?.state === 'off', 20_000)
  t.ok(caller.isCancelled)
  t.same(floor.partials, ['caller:再', 'caller:'], 'words without an end leave the screens')
  caller.final('太晚了')
  t.same(floor.sentences(), [])
  await until('free channels', () => floor.pool.view().recognition.used === 0)
})

t.test('another server goes on: nothing more is told, nothing stays open', async t => {
  const floor = openTalkFloor(t)
  const { tap, caller, agent } = await floor.hear(call)
  caller.tell({ type: 'partial', text: '我想' })
  const told = floor.changes().length
  floor.end()
  t.ok(tap.isStopped && caller.isCancelled && agent.isCancelled)
  caller.final('没人听')
  t.same(floor.sentences(), [])
  t.equal(floor.changes().length, told)
  t.same(floor.partials, ['caller:我想'], 'the other tells what comes of it')
})

t.test(
  'W-CAP-1: without channels a talk waits, says so, and is heard when its turn comes',
  async t => {
    const floor = openTalkFloor(t, 1)
    floor.set(call)
    await until('it waits', () => floor.changes().length > 0)
    t.match(floor.changes(), [{ state: 'waiting', cause: 'no-channel' }])
    floor.pool.setLimit(2)
    const tap = await until('the tap', () => floor.taps[0])
    tap.sound()
    t.match(floor.changes().at(-1), { state: 'on' })
  },
)

t.test('a talk that ends while it waits is off, and keeps nobody waiting', async t => {
  const floor = openTalkFloor(t, 1)
  floor.set(call)
  await until('it waits', () => floor.changes().length > 0)
  floor.set({ ...call, stage: { state: 'ended', at: NOW } })
  t.match(floor.changes(), [{ state: 'waiting' }, { state: 'off' }])
  t.match(floor.pool.view().recognition, { used: 0, waiting: 0 })
})

t.test('a tap that breaks off is opened again', { timeout: 30_000 }, async t => {
  const floor = openTalkFloor(t)
  const { tap, caller } = await floor.hear(call)
  caller.tell({ type: 'partial', text: '我想' })
  tap.fail()
  t.match(floor.changes().at(-1), { state: 'failed', cause: 'model' })
  const again = await until('another', () => floor.taps[1], 20_000)
  t.ok(caller.isCancelled, 'its time is another one')
  t.same(floor.partials, ['caller:我想', 'caller:'], 'what nobody will say to its end goes away')
  again.sound()
  t.match(floor.changes().at(-1), { state: 'on', engine: 'model' })
  tap.sound()
  t.same(
    floor.streams.slice(2).map(({ samples }) => samples.length),
    [1, 1],
    'what the first gives is late',
  )
})

t.test('an engine that falls away is said; the other side is still heard', async t => {
  const floor = openTalkFloor(t)
  const { caller, agent } = await floor.hear(call)
  agent.end('broken-off')
  t.notMatch(floor.changes().at(-1), { state: 'failed' })
  caller.end('broken-off')
  t.match(floor.changes().at(-1), { state: 'failed', cause: 'broken-off' })
})

t.test('only talks with a customer on the line are listened to', async t => {
  const floor = openTalkFloor(t)
  floor.set({ ...call, trial: true })
  floor.set({ ...call, stage: { state: 'in-flow' } })
  floor.set({ ...call, legs: {} })
  floor.set({ ...call, node: 'another' })
  const { customerLegId: _, ...without } = call
  floor.set(without)
  t.equal(floor.taps.length, 0)
  t.match(floor.pool.view().recognition, { used: 0, waiting: 0 })
  t.equal(call.id, CALL)
})
