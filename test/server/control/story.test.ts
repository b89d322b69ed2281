import t, { type Test } from 'tap'
import { agentId, legId } from '../../../telephony/call/id.ts'
import type { FactType } from '../../../server/ledger/fact.ts'
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
const twinFor = async (
  t: Test,
  ...args: Parameters<typeof createControlTwin>
): Promise<ControlTwin> => {
  const twin = await createControlTwin(...args)
  t.teardown(() => twin.close())
  return twin
}
const agentOf = (twin: ControlTwin, id: string) =>
  twin.control.agents().find(agent => agent.id === id)

t.test(
  'a caller hears the greeting, presses 1, is answered, talks, rates, and leaves a whole record',
  async t => {
    const twin = await twinFor(t)
    const { call, agentLeg } = await talk(twin)
    t.equal(agentOf(twin, '1001')?.state, 'talking')
    twin.say(ended(call, agentLeg))
    t.equal(agentOf(twin, '1001')?.state, 'wrap-up')
    await twin.next('stop-recording')
    twin.say({
      type: 'legs-unbridged',
      at: Date.now(),
      callId: call,
      legId: legId(call),
      otherLegId: agentLeg,
    })
    twin.say({ type: 'leg-parked', at: Date.now(), callId: call, legId: legId(call) })
    twin.press(call, '1')
    await twin.next('play')
    t.match(twin.facts(call, 'call-rated'), [{ data: { score: 5 } }])
    twin.say(ended(call, legId(call)))
    const types = twin.facts(call).map(fact => fact.type)
    const inOrder: FactType[] = [
      'call-began',
      'flow-entered',
      'call-answered',
      'choice-made',
      'queue-joined',
      'agent-offered',
      'queue-left',
      'agent-answered',
      'talk-began',
      'talk-ended',
      'call-rated',
      'call-ended',
    ]
    t.same(
      inOrder.filter(type => types.includes(type)),
      inOrder,
    )
    t.same(
      [...inOrder].sort((a, b) => types.indexOf(a) - types.indexOf(b)),
      inOrder,
      'in this order',
    )
    t.match(twin.facts(call, 'call-ended'), [{ data: { result: 'answered', by: 'caller' } }])
    await twin.control.wrapUp(agentId('1001'), 'complete', actor('1001'))
    t.equal(agentOf(twin, '1001')?.state, 'idle')
  },
)

t.test(
  'an agent who does not answer is set aside with a reason, the caller keeps the place',
  async t => {
    const twin = await twinFor(t)
    await twin.ready('1001')
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.press(call, '1')
    const { legId: ringing } = await twin.next('originate-leg')
    twin.say(ended(call, ringing, 'no-answer', 'switch'))
    t.match(agentOf(twin, '1001'), { state: 'busy', reason: 'no-answer' })
    t.match(twin.control.queues(), [{ waiting: 1 }])
    const joined = twin.control.queues()[0]?.oldestJoinedAt
    await twin.ready('1002')
    const { to, legId: second } = await twin.next('originate-leg')
    t.match(to, { kind: 'agent', agentId: '1002' })
    t.equal(twin.control.queues()[0]?.oldestJoinedAt, joined, 'same place in time')
    answerPhone(twin, call, second)
    await bridge(twin, call)
    t.match(twin.facts(call, 'agent-offered')[1], { data: { reason: { rule: 'only-one' } } })
  },
)

t.test(
  'a caller who hangs up while a phone rings ends the ringing, and the agent is as idle as before',
  async t => {
    const twin = await twinFor(t)
    await twin.ready('1001')
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.press(call, '1')
    const { legId: ringing } = await twin.next('originate-leg')
    twin.say(ended(call, legId(call)))
    t.match(await twin.next('hang-up-leg'), { legId: ringing, cause: 'cancelled' })
    t.equal(agentOf(twin, '1001')?.state, 'idle')
    t.match(twin.facts(call, 'call-ended'), [{ data: { result: 'abandoned-queue', by: 'caller' } }])
    answerPhone(twin, call, ringing)
    t.equal(
      agentOf(twin, '1001')?.state,
      'idle',
      'an answer that crosses the hang-up changes nothing',
    )
  },
)

t.test(
  "hold, retrieve and mute are the agent's; the state follows what the switch says",
  async t => {
    const twin = await twinFor(t)
    const { call, agentLeg } = await talk(twin)
    await twin.control.verb(call, 'hold', {}, actor('1001'))
    t.match(await twin.next('hold-leg'), { legId: agentLeg })
    t.equal(agentOf(twin, '1001')?.state, 'talking', 'not before the switch has done it')
    twin.say({ type: 'leg-held', at: Date.now(), callId: call, legId: agentLeg })
    t.equal(agentOf(twin, '1001')?.state, 'on-hold')
    await twin.control.verb(call, 'retrieve', {}, actor('1001'))
    await twin.next('retrieve-leg')
    twin.say({ type: 'leg-retrieved', at: Date.now(), callId: call, legId: agentLeg })
    twin.say({ type: 'leg-retrieved', at: Date.now(), callId: call, legId: agentLeg })
    t.equal(twin.facts(call, 'call-retrieved').length, 1, 'a repeated event is heard once')
    await twin.control.verb(call, 'mute', { muted: true }, actor('1001'))
    t.match(await twin.next('mute-leg'), { muted: true })
    await t.rejects(twin.control.verb(call, 'hold', {}, actor('1002')), { code: 'FORBIDDEN' })
  },
)

t.test(
  'a broken browser keeps the caller, a new phone takes the call up, and nobody comes to the queue',
  async t => {
    const twin = await twinFor(t)
    const { call, agentLeg } = await talk(twin)
    twin.say({ type: 'phone-unregistered', at: Date.now(), agentId: agentId('1001') })
    twin.say(ended(call, agentLeg, 'media-timeout', 'switch'))
    t.match(agentOf(twin, '1001'), { state: 'talking', callId: call })
    twin.say({
      type: 'phone-registered',
      at: Date.now(),
      agentId: agentId('1001'),
      transport: 'ws',
    })
    await twin.control.verb(call, 'resume', {}, actor('1001'))
    const { legId: resumed, autoAnswer } = await twin.next('originate-leg')
    t.equal(autoAnswer, true)
    answerPhone(twin, call, resumed)
    t.match(await bridge(twin, call), { otherLegId: resumed })
    t.equal(twin.facts(call, 'talk-began').length, 1, 'it is the same talk')
  },
)

t.test('a blind transfer to another agent and a consult that ends in a transfer', async t => {
  const twin = await twinFor(t)
  const { call, agentLeg } = await talk(twin)
  await twin.ready('1002')
  await twin.control.verb(call, 'consult', { to: { agent: '1002' } }, actor('1001'))
  const { legId: asked } = await twin.next('originate-leg')
  answerPhone(twin, call, asked)
  t.match(await twin.next('bridge-legs'), { legId: agentLeg, otherLegId: asked })
  await twin.control.verb(call, 'complete', { outcome: 'transfer' }, actor('1001'))
  t.match(await bridge(twin, call), { legId: call, otherLegId: asked })
  t.equal(agentOf(twin, '1001')?.state, 'wrap-up')
  t.equal(agentOf(twin, '1002')?.state, 'talking')
  twin.say(ended(call, agentLeg, 'normal', 'switch'))
  await twin.control.wrapUp(agentId('1001'), 'complete', actor('1001'))
  await twin.control.verb(call, 'transfer', { to: { agent: '1001' } }, actor('1002'))
  twin.say(ended(call, asked, 'normal', 'switch'))
  twin.say({ type: 'leg-parked', at: Date.now(), callId: call, legId: legId(call) })
  const { to } = await twin.next('originate-leg')
  t.match(to, { kind: 'agent', agentId: '1001' })
  t.match(twin.facts(call, 'agent-offered').at(-1), { data: { reason: { rule: 'direct' } } })
})

t.test('click to dial rings the agent, then the number; the talk is recorded', async t => {
  const twin = await twinFor(t)
  await twin.ready('1001')
  const { callId: call } = await twin.control.dial(agentId('1001'), '02787654321', actor('1001'))
  const { legId: own, autoAnswer } = await twin.next('originate-leg')
  t.equal(autoAnswer, true)
  answerPhone(twin, call, own)
  const { to, legId: number } = await twin.next('originate-leg')
  t.match(to, { kind: 'number', number: '02787654321' })
  answerPhone(twin, call, number)
  await bridge(twin, call)
  await twin.next('start-recording')
  twin.say(ended(call, number))
  t.match(twin.facts(call, 'call-ended'), [{ data: { result: 'answered' } }])
  t.equal(agentOf(twin, '1001')?.state, 'wrap-up')
})

t.test('a number that does not answer ends as no-answer, and the agent is free again', async t => {
  const twin = await twinFor(t)
  await twin.ready('1001')
  const { callId: call } = await twin.control.dial(agentId('1001'), '02787654321', actor('1001'))
  answerPhone(twin, call, (await twin.next('originate-leg')).legId)
  twin.say(ended(call, (await twin.next('originate-leg')).legId, 'no-answer', 'switch'))
  t.match(twin.facts(call, 'call-ended'), [{ data: { result: 'no-answer' } }])
  t.equal(agentOf(twin, '1001')?.state, 'idle')
})

t.test(
  'nobody signed in: the caller is offered a message, leaves one, and the result says so',
  async t => {
    const twin = await twinFor(t)
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.press(call, '1')
    t.match(twin.facts(call, 'queue-left'), [{ data: { outcome: 'no-agents' } }])
    twin.press(call, '1')
    await twin.promptEnds(call)
    await twin.promptEnds(call)
    const { path } = await twin.next('start-recording')
    t.match(path, /^\/media\/messages\//)
    twin.say({ type: 'recording-started', at: Date.now(), callId: call, legId: legId(call), path })
    t.equal(twin.facts(call, 'recording-started').length, 1, 'a message can be found and played')
    twin.press(call, '#')
    await twin.next('stop-recording')
    twin.say({
      type: 'recording-stopped',
      at: Date.now(),
      callId: call,
      legId: legId(call),
      path,
      durationMs: 5200,
    })
    twin.say(ended(call, legId(call)))
    t.match(twin.facts(call, 'call-ended'), [{ data: { result: 'voicemail' } }])
  },
)

t.test('a supervisor listens with a phone of their own; an agent may not', async t => {
  const twin = await twinFor(t)
  const { call, agentLeg } = await talk(twin)
  twin.say({ type: 'phone-registered', at: Date.now(), agentId: agentId('2001'), transport: 'ws' })
  await t.rejects(twin.control.verb(call, 'monitor', {}, actor('1001')), { code: 'FORBIDDEN' })
  await twin.control.verb(call, 'monitor', {}, actor('2001', 'supervisor'))
  const { legId: ear } = await twin.next('originate-leg')
  answerPhone(twin, call, ear)
  t.match(await twin.next('monitor-leg'), { targetLegId: agentLeg, mode: 'listen' })
  twin.say(ended(call, ear))
  t.equal(twin.facts(call, 'monitor-ended').length, 1)
  t.equal(agentOf(twin, '1001')?.state, 'talking', 'the talk does not notice')
})

t.test(
  'all recorders busy: the talk goes on and the record says why there is no recording',
  async t => {
    const twin = await twinFor(t, {
      settings: { lines: { limit: 30, flowLimit: 20, recordingLimit: 0 } },
    })
    await twin.ready('1001')
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.press(call, '1')
    answerPhone(twin, call, (await twin.next('originate-leg')).legId)
    await bridge(twin, call)
    t.match(twin.facts(call, 'recording-failed'), [{ data: { reason: 'all-recorders-busy' } }])
    t.equal(agentOf(twin, '1001')?.state, 'talking')
  },
)

t.test('all IVR lines busy: straight to the queue', async t => {
  const twin = await twinFor(t, {
    settings: { lines: { limit: 30, flowLimit: 0, recordingLimit: 20 } },
  })
  await twin.ready('1001')
  const call = await twin.arrive()
  t.match(twin.facts(call, 'queue-joined'), [{ data: { queue: 'consult' } }])
})

t.test('the desk of an agent shows the call, and who calls follows when it is known', async t => {
  const twin = await twinFor(t)
  await talk(twin)
  t.match(twin.pushed.get('desk:1001'), {
    agent: { state: 'talking' },
    call: { state: 'talking', recording: 'on', caller: { number: '13800001111' } },
  })
  await new Promise(resolve => setImmediate(resolve))
  t.match(twin.pushed.get('desk:1001'), { call: { caller: { callsLast30Days: 2 } } })
})

t.test(
  'the store away: calls go on, no offers are made; back again, the caller is offered',
  async t => {
    const twin = await twinFor(t)
    await twin.ready('1001')
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.store.setStatus('down')
    twin.press(call, '1')
    t.equal(twin.control.queues()[0]?.waiting, 1)
    await new Promise(resolve => setTimeout(resolve, 30))
    t.notOk(twin.commands.some(command => command.type === 'originate-leg'))
    twin.store.setStatus('up')
    await twin.next('originate-leg')
  },
)

t.test(
  'the switch dies in a talk: the call closes as switch-lost, the agent is available, the caller is owed a call',
  async t => {
    const twin = await twinFor(t)
    const { call, agentLeg } = await talk(twin)
    twin.say(ended(call, agentLeg, 'switch-lost', 'switch'))
    twin.say(ended(call, legId(call), 'switch-lost', 'switch'))
    t.match(twin.facts(call, 'call-ended'), [{ data: { result: 'switch-lost' } }])
    t.equal(twin.facts(call, 'callback-requested').length, 1)
    t.equal(agentOf(twin, '1001')?.state, 'idle')
  },
)

t.test(
  'two legs that can not be joined: the caller waits on at the same place, the agent is free',
  async t => {
    const twin = await twinFor(t)
    await twin.ready('1001')
    const call = await twin.arrive()
    await twin.promptEnds(call)
    twin.press(call, '1')
    const { legId: agentLeg } = await twin.next('originate-leg')
    answerPhone(twin, call, agentLeg)
    await twin.next('bridge-legs')
    const failed = {
      type: 'command-failed',
      at: Date.now(),
      callId: call,
      legId: legId(call),
    } as const
    twin.say({ ...failed, command: 'bridge-legs', reason: '-ERR' })
    const { legId: again } = await twin.next('originate-leg')
    answerPhone(twin, call, again)
    t.match(await bridge(twin, call), { otherLegId: again })
    t.equal(twin.facts(call, 'call-ended').length, 0)
  },
)
