// Moments in which two things happen at once, or somebody does what nobody expects.
import t, { type Test } from 'tap'
import { standardFlow } from '../../../ivr-flows/index.ts'
import { agentId, callId, legId } from '../../../telephony/call/id.ts'
import {
  actor,
  answerPhone,
  bridge,
  createControlTwin,
  ended,
  faults,
  settingsOf,
  talk,
  type ControlTwin,
} from '../../fixtures/control-twin.ts'

t.afterEach(() => {
  t.same(faults.splice(0), [], 'no fault in the loop')
})
const twinFor = async (
  t: Test,
  ...args: Parameters<typeof createControlTwin>
): Promise<ControlTwin> => {
  const twin = await createControlTwin(...args)
  t.teardown(() => twin.close())
  return twin
}
const stateOf = (twin: ControlTwin, id: string) =>
  twin.control.agents().find(agent => agent.id === id)?.state
const phoneOf = (twin: ControlTwin, id: string) =>
  twin.say({ type: 'phone-registered', at: Date.now(), agentId: agentId(id), transport: 'ws' })

t.test(
  'a flow published without the node a caller stands at ends that call and no other',
  async t => {
    const twin = await twinFor(t)
    const { call: other } = await talk(twin)
    const call = await twin.arrive()
    await twin.promptEnds(call)
    const flow = standardFlow()
    const hangup = { kind: 'hangup' } as const
    const nodes = { answer: { kind: 'answer', next: 'bye' } as const, bye: hangup }
    const short = { ...flow, nodes }
    twin.control.configure(settingsOf({ flows: [{ flow: short, version: 2 }] }))
    twin.press(call, '1')
    t.match(await twin.next('hang-up-leg'), { legId: call })
    t.equal(stateOf(twin, '1001'), 'talking', 'the talk of another goes on')
    t.equal(twin.facts(other, 'call-ended').length, 0)
  },
)

t.test('an agent called inside who does not answer is free again', async t => {
  const twin = await twinFor(t)
  await twin.ready('1001')
  await twin.ready('1002')
  const { callId: call } = await twin.control.dial(agentId('1001'), '1002', actor('1001'))
  answerPhone(twin, call, (await twin.next('originate-leg')).legId)
  const { legId: rung } = await twin.next('originate-leg')
  t.equal(stateOf(twin, '1002'), 'reserved')
  twin.say(ended(call, rung, 'no-answer', 'switch'))
  t.equal(stateOf(twin, '1002'), 'idle')
  t.equal(stateOf(twin, '1001'), 'idle')
})

t.test('a second call dialled by hand in the middle of a talk does not free the agent', async t => {
  const twin = await twinFor(t)
  const { call } = await talk(twin)
  const second = { legId: legId('hand'), callId: callId('hand') }
  twin.say({
    type: 'leg-created',
    at: Date.now(),
    ...second,
    direction: 'inbound',
    callerNumber: '1001',
    calledNumber: '02787654321',
    authenticatedAgent: agentId('1001'),
    sipCallId: 'x',
    networkAddress: '127.0.0.1',
    video: false,
  })
  twin.say(ended(second.callId, second.legId, 'not-allowed', 'switch'))
  t.match(
    twin.control.agents().find(agent => agent.id === '1001'),
    { state: 'talking', callId: call },
  )
})

t.test(
  'the one dialled inside is given a caller first: the dialler hears busy, the caller keeps the agent',
  async t => {
    const twin = await twinFor(t)
    await twin.ready('1001')
    await twin.ready('1002')
    const { callId: inside } = await twin.control.dial(agentId('1001'), '1002', actor('1001'))
    const { legId: own } = await twin.next('originate-leg')
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.press(call, '1')
    const { legId: offered } = await twin.next('originate-leg')
    answerPhone(twin, inside, own)
    t.match(await twin.next('hang-up-leg'), { legId: own, cause: 'busy' })
    answerPhone(twin, call, offered)
    await bridge(twin, call)
    t.match(
      twin.control.agents().find(agent => agent.id === '1002'),
      { state: 'talking', callId: call },
    )
  },
)

t.test(
  'an agent whose leg ends before the two hear each other costs the caller no place and no rating',
  async t => {
    const twin = await twinFor(t)
    await twin.ready('1001')
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.press(call, '1')
    const { legId: leg } = await twin.next('originate-leg')
    answerPhone(twin, call, leg)
    await twin.next('bridge-legs')
    twin.say(ended(call, leg))
    twin.say({ type: 'leg-parked', at: Date.now(), callId: call, legId: legId(call) })
    t.notOk(
      twin.facts(call, 'node-entered').some(({ data }) => 'node' in data && data.node === 'rating'),
    )
    t.equal(twin.facts(call, 'queue-joined').length, 2)
  },
)

t.test('a rating can not be asked for while a third person is asked', async t => {
  const twin = await twinFor(t)
  const { call } = await talk(twin)
  await twin.ready('1002')
  await twin.control.verb(call, 'consult', { to: { agent: '1002' } }, actor('1001'))
  await t.rejects(twin.control.verb(call, 'rate', {}, actor('1001')), { code: 'CALL_NOT_TALKING' })
})

t.test(
  'the one who is asked mutes their own leg, and may not hold the talk of another',
  async t => {
    const twin = await twinFor(t)
    const { call, agentLeg } = await talk(twin)
    await twin.ready('1002')
    await twin.control.verb(call, 'consult', { to: { agent: '1002' } }, actor('1001'))
    const { legId: asked } = await twin.next('originate-leg')
    answerPhone(twin, call, asked)
    await twin.control.verb(call, 'mute', { muted: true }, actor('1002'))
    t.match(await twin.next('mute-leg'), { legId: asked, muted: true })
    await twin.control.verb(call, 'mute', { muted: true }, actor('1001'))
    t.match(await twin.next('mute-leg'), { legId: agentLeg })
    await t.rejects(twin.control.verb(call, 'complete', { outcome: 'transfer' }, actor('1002')), {
      code: 'FORBIDDEN',
    })
  },
)

t.test('back from a conference the agent can hold again', async t => {
  const twin = await twinFor(t)
  const { call } = await talk(twin)
  await twin.ready('1002')
  await twin.control.verb(call, 'consult', { to: { agent: '1002' } }, actor('1001'))
  answerPhone(twin, call, (await twin.next('originate-leg')).legId)
  await twin.control.verb(call, 'conference', {}, actor('1001'))
  await twin.control.verb(call, 'complete', { outcome: 'return' }, actor('1001'))
  await twin.control.verb(call, 'hold', {}, actor('1001'))
  await twin.next('hold-leg')
})

t.test(
  "a hang-up while the agent's leg is lost gives the caller back to the queue, and no phone rings on",
  async t => {
    const twin = await twinFor(t)
    const { call, agentLeg } = await talk(twin)
    twin.say(ended(call, agentLeg, 'media-timeout', 'switch'))
    const { legId: resuming } = await twin.next('originate-leg')
    await twin.control.verb(call, 'hangup', {}, actor('1001'))
    t.match(await twin.next('hang-up-leg'), { legId: resuming, cause: 'cancelled' })
  },
)

t.test("a command that the switch refused is not the agent's fault", async t => {
  const twin = await twinFor(t)
  await twin.ready('1001')
  const call = await twin.arrive('a', 'a+b')
  await twin.promptEnds(call)
  twin.press(call, '1')
  const { legId: leg } = await twin.next('originate-leg')
  twin.say({
    type: 'command-failed',
    at: Date.now(),
    callId: call,
    legId: leg,
    command: 'originate-leg',
    reason: 'unsafe',
  })
  t.equal(stateOf(twin, '1001'), 'idle')
  t.match(
    twin.control.agents().find(agent => agent.id === '1001'),
    { phone: 'registered' },
  )
})

t.test('who asked to sign out while the phone rang is signed out, not set aside', async t => {
  const twin = await twinFor(t)
  await twin.ready('1001')
  const call = await twin.arrive()
  await twin.promptEnds(call)
  twin.press(call, '1')
  const { legId: leg } = await twin.next('originate-leg')
  await twin.control.setAgentState(agentId('1001'), 'signed-out', undefined, actor('1001'))
  twin.say(ended(call, leg, 'no-answer', 'switch'))
  t.equal(stateOf(twin, '1001'), 'signed-out')
  phoneOf(twin, '1001')
})
