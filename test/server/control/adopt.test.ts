import t from 'tap'
import { agentId, legId } from '../../../telephony/call/id.ts'
import type { LegSnapshot } from '../../../telephony/index.ts'
import type { CallId, LegId } from '../../../telephony/call/id.ts'
import {
  actor,
  answerPhone,
  consultQueue,
  createControlTwin,
  ended,
  faults,
  talk,
} from '../../fixtures/control-twin.ts'

t.afterEach(() => {
  t.same(faults.splice(0), [], 'no fault in the loop')
})

const shown = (
  call: CallId,
  leg: LegId,
  state: LegSnapshot['state'],
  bridgedTo?: LegId,
): LegSnapshot => ({
  legId: leg,
  callId: call,
  direction: leg === legId(call) ? 'inbound' : 'outbound',
  callerNumber: '13800001111',
  calledNumber: '12393',
  createdAt: 1,
  answeredAt: 2,
  state,
  held: false,
  variables: {},
  ...(bridgedTo === undefined ? {} : { bridgedTo }),
  created: {
    type: 'leg-created',
    at: 1,
    legId: leg,
    callId: call,
    direction: leg === legId(call) ? 'inbound' : 'outbound',
    callerNumber: '13800001111',
    calledNumber: '12393',
    sipCallId: 's',
    networkAddress: '127.0.0.1',
    video: false,
  },
})

t.test('a talk outlives its server: the next one controls the same legs', async t => {
  const first = await createControlTwin()
  t.teardown(() => first.close())
  const { call, agentLeg } = await talk(first)
  const second = await createControlTwin({
    store: first.store,
    phones: ['1001'],
    legs: [
      shown(call, legId(call), 'bridged', agentLeg),
      shown(call, agentLeg, 'bridged', legId(call)),
    ],
  })
  t.teardown(() => second.close())
  t.match(
    second.control.agents().find(agent => agent.id === '1001'),
    { state: 'talking', callId: call, phone: 'registered' },
  )
  t.equal(second.facts(call, 'talk-began').length, 1)
  await second.control.verb(call, 'hold', {}, actor('1001'))
  t.match(await second.next('hold-leg'), { legId: agentLeg })
  second.say(ended(call, agentLeg))
  second.say({ type: 'leg-parked', at: Date.now(), callId: call, legId: legId(call) })
  second.say(ended(call, legId(call)))
  t.match(second.facts(call, 'call-ended'), [{ data: { result: 'answered' } }])
})

t.test('a queued caller keeps place and wait; what played is begun again', async t => {
  const settings = { queues: [{ ...consultQueue, whenNoAgents: 'wait' as const }] }
  const first = await createControlTwin({ settings })
  t.teardown(() => first.close())
  const call = await first.arrive()
  await first.promptEnds(call)
  first.press(call, '1')
  const joinedAt = first.control.queues()[0]?.oldestJoinedAt
  t.type(joinedAt, 'number')
  const second = await createControlTwin({
    settings,
    store: first.store,
    legs: [shown(call, legId(call), 'parked')],
  })
  t.teardown(() => second.close())
  t.equal(second.control.queues()[0]?.oldestJoinedAt, joinedAt)
  await second.next('play')
  await second.ready('1001')
  answerPhone(second, call, (await second.next('originate-leg')).legId)
  t.match(await second.next('bridge-legs'), { legId: legId(call) })
})

t.test('a phone answered while nobody watched is joined with its caller', async t => {
  const first = await createControlTwin()
  t.teardown(() => first.close())
  await first.ready('1001')
  const call = await first.arrive()
  await first.promptEnds(call)
  first.press(call, '1')
  const { legId: ringing } = await first.next('originate-leg')
  const second = await createControlTwin({
    store: first.store,
    phones: ['1001'],
    legs: [shown(call, legId(call), 'parked'), shown(call, ringing, 'parked')],
  })
  t.teardown(() => second.close())
  t.match(await second.next('bridge-legs'), { legId: legId(call), otherLegId: ringing })
})

t.test('legs that ended meanwhile end their call, and the agent is free', async t => {
  const first = await createControlTwin()
  t.teardown(() => first.close())
  const { call } = await talk(first)
  const second = await createControlTwin({ store: first.store, phones: ['1001'], legs: [] })
  t.teardown(() => second.close())
  t.match(second.facts(call, 'call-ended'), [{ data: { result: 'answered' } }])
  t.match(
    second.control.agents().find(agent => agent.id === agentId('1001')),
    { state: 'wrap-up' },
  )
})

t.test('a caller in a menu hears it again', async t => {
  const first = await createControlTwin()
  t.teardown(() => first.close())
  const call = await first.arrive()
  await first.promptEnds(call)
  await first.next('play')
  const second = await createControlTwin({
    store: first.store,
    legs: [shown(call, legId(call), 'parked')],
  })
  t.teardown(() => second.close())
  t.match(await second.next('play'), { files: [/人工服务请按1/] })
})

t.test('calls older than the switch went down with it', async t => {
  const first = await createControlTwin()
  t.teardown(() => first.close())
  const { call } = await talk(first)
  const second = await createControlTwin({
    store: first.store,
    phones: ['1001'],
    legs: [],
    switchStartedAt: Date.now() + 1,
  })
  t.teardown(() => second.close())
  t.match(second.facts(call, 'call-ended'), [{ data: { result: 'switch-lost' } }])
  t.match(
    second.control.agents().find(agent => agent.id === '1001'),
    { state: 'idle' },
  )
})
