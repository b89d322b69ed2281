// Who goes on with whom when somebody leaves, and what a call keeps of what came before.
import t, { type Test } from 'tap'
import { agentId, legId } from '../../../telephony/call/id.ts'
import {
  actor,
  answerPhone,
  bridge,
  createControlTwin,
  ended,
  faults,
  talk,
  type ControlTwin,
} from '../../fixtures/control-twin.ts'

t.afterEach(() => {
  t.same(faults.splice(0), [], 'no fault in the loop')
})
const twinFor = async (t: Test): Promise<ControlTwin> => {
  const twin = await createControlTwin()
  t.teardown(() => twin.close())
  return twin
}
const agentOf = (twin: ControlTwin, id: string) =>
  twin.control.agents().find(agent => agent.id === id)
const recordingsOf = (twin: ControlTwin) =>
  twin.commands.flatMap(command => (command.type === 'start-recording' ? [command] : []))

t.test('an agent who leaves while two talk about the caller leaves them together', async t => {
  const twin = await twinFor(t)
  const { call, agentLeg } = await talk(twin)
  await twin.ready('1002')
  await twin.control.verb(call, 'consult', { to: { agent: '1002' } }, actor('1001'))
  const { legId: asked } = await twin.next('originate-leg')
  answerPhone(twin, call, asked)
  await twin.next('bridge-legs')
  await t.rejects(
    twin.control.verb(call, 'transfer', { to: { queue: 'consult' } }, actor('1001')),
    { code: 'CALL_NOT_TALKING' },
    'nobody is forgotten by a blind transfer',
  )
  twin.say(ended(call, agentLeg))
  t.match(await bridge(twin, call), { legId: call, otherLegId: asked })
  t.match(twin.facts(call, 'consult-ended'), [{ data: { outcome: 'completed' } }])
  t.equal(agentOf(twin, '1001')?.state, 'wrap-up')
  t.equal(agentOf(twin, '1002')?.state, 'talking')
  twin.say(ended(call, legId(call)))
  t.equal(agentOf(twin, '1002')?.state, 'wrap-up')
  t.match(twin.facts(call, 'call-ended'), [{ data: { result: 'answered' } }])
})

t.test('an agent who leaves while the one asked still rings ends the ringing', async t => {
  const twin = await twinFor(t)
  const { call, agentLeg } = await talk(twin)
  await twin.ready('1002')
  await twin.control.verb(call, 'consult', { to: { agent: '1002' } }, actor('1001'))
  const { legId: asked } = await twin.next('originate-leg')
  twin.say(ended(call, agentLeg))
  t.match(await twin.next('hang-up-leg'), { legId: asked, cause: 'cancelled' })
  t.equal(agentOf(twin, '1002')?.state, 'idle')
  t.equal(agentOf(twin, '1001')?.state, 'wrap-up')
})

t.test('a number outside that does not take the caller leads back into the flow', async t => {
  const twin = await twinFor(t)
  const { call, agentLeg } = await talk(twin)
  await twin.control.verb(call, 'transfer', { to: { number: '01012345678' } }, actor('1001'))
  twin.say(ended(call, agentLeg, 'normal', 'switch'))
  twin.say({ type: 'leg-parked', at: Date.now(), callId: call, legId: legId(call) })
  const { legId: outside } = await twin.next('originate-leg')
  const entered = twin.facts(call, 'node-entered').length
  twin.say(ended(call, outside, 'busy', 'far-end'))
  t.equal(twin.facts(call, 'node-entered').length, entered + 1, 'and not into silence')
})

t.test('each talk of a call has a recording of its own', async t => {
  const twin = await twinFor(t)
  const { call, agentLeg } = await talk(twin)
  const first = recordingsOf(twin)[0]!
  await twin.ready('1002')
  await twin.control.verb(call, 'transfer', { to: { agent: '1002' } }, actor('1001'))
  twin.say(ended(call, agentLeg, 'normal', 'switch'))
  twin.say({ type: 'leg-parked', at: Date.now(), callId: call, legId: legId(call) })
  answerPhone(twin, call, (await twin.next('originate-leg')).legId)
  await bridge(twin, call)
  const second = await twin.next('start-recording')
  t.not(second.path, first.path, 'the first is not written over')
  const stopped = { type: 'recording-stopped', callId: call, legId: legId(call) } as const
  twin.say({ ...stopped, at: Date.now(), path: first.path, durationMs: 3000 })
  t.match(
    twin.facts(call, 'recording-stopped'),
    [{ data: { recordingId: call, durationMs: 3000 } }],
    'its end is told though the second has begun',
  )
})

t.test('who dials while busy is busy again afterwards', async t => {
  const twin = await twinFor(t)
  await twin.ready('1001')
  await twin.control.setAgentState(agentId('1001'), 'busy', 'lunch', actor('1001'))
  const { callId: call } = await twin.control.dial(agentId('1001'), '02787654321', actor('1001'))
  answerPhone(twin, call, (await twin.next('originate-leg')).legId)
  twin.say(ended(call, (await twin.next('originate-leg')).legId, 'busy', 'far-end'))
  t.match(agentOf(twin, '1001'), { state: 'busy', reason: 'lunch' })
})

t.test('the end of the second leg does not begin the wrap-up again', async t => {
  const twin = await twinFor(t)
  await twin.ready('1001')
  await twin.ready('1002')
  const { callId: call } = await twin.control.dial(agentId('1001'), '1002', actor('1001'))
  const { legId: own } = await twin.next('originate-leg')
  answerPhone(twin, call, own)
  const { legId: other } = await twin.next('originate-leg')
  answerPhone(twin, call, other)
  await bridge(twin, call)
  twin.say(ended(call, own))
  await twin.control.wrapUp(agentId('1001'), 'complete', actor('1001'))
  twin.say(ended(call, other, 'normal', 'switch'))
  t.equal(agentOf(twin, '1001')?.state, 'idle')
  t.equal(agentOf(twin, '1002')?.state, 'wrap-up', 'the one who was called is free of the call too')
})

t.test(
  'a caller passed on to an agent who declines is back in the group, ahead of all',
  async t => {
    const twin = await twinFor(t)
    const { call, agentLeg } = await talk(twin)
    await twin.ready('1002')
    await twin.control.verb(call, 'transfer', { to: { agent: '1002' } }, actor('1001'))
    twin.say(ended(call, agentLeg, 'normal', 'switch'))
    twin.say({ type: 'leg-parked', at: Date.now(), callId: call, legId: legId(call) })
    const { legId: rung } = await twin.next('originate-leg')
    twin.say(ended(call, rung, 'rejected', 'far-end'))
    t.match(twin.control.queues(), [{ id: 'consult', waiters: [{ callId: call, priority: 9 }] }])
    t.match(agentOf(twin, '1002'), { state: 'busy', reason: 'declined' })
  },
)
