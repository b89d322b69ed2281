// Which talks are listened to.
import t from 'tap'
import { talkersOf, wishOf } from '../../../server/speech/wish.ts'
import {
  agentLeg,
  callOf,
  CUSTOMER,
  joined,
  legOf,
  NODE,
  NOW,
  OTHER_LEG,
  queued,
  talking,
} from '../../fixtures/floor-values.ts'
import { agentId } from '../../../telephony/call/id.ts'

const call = callOf(talking(), joined())

t.test('a talk is, with its customer’s leg, from its beginning', async t => {
  t.same(wishOf(call), {
    callId: call.id,
    node: NODE,
    legId: CUSTOMER,
    beganAt: NOW - 20_000,
    isAgentAway: false,
    isMasked: false,
  })
  t.equal(wishOf({ ...call, stage: queued() }), undefined)
  t.equal(wishOf({ ...call, stage: { state: 'ended', at: NOW } }), undefined)
  t.equal(wishOf({ ...call, trial: true }), undefined)
  t.equal(wishOf(callOf(talking(), [legOf({ state: 'ringing' })])), undefined)
  const ours = { ...call, direction: 'outbound', customerLegId: OTHER_LEG } as const
  t.equal(wishOf(ours), undefined, 'its number has not answered')
  t.match(wishOf({ ...ours, legs: { [OTHER_LEG]: legOf({ id: OTHER_LEG }) } }), {
    legId: OTHER_LEG,
  })
})

t.test('its zero is the recording’s, once that was heard', async t => {
  const recording = { id: 'r', path: 'r', legId: CUSTOMER, startedAt: NOW, state: 'on' } as const
  t.equal(wishOf({ ...call, recording })?.recordingAt, undefined)
  t.equal(wishOf({ ...call, recording: { ...recording, heardAt: 7 } })?.recordingAt, 7)
  const masked = wishOf({ ...call, recording: { ...recording, heardAt: 7, state: 'masked' } })
  t.match(masked, { isMasked: true, recordingAt: 7 })
  const failed = wishOf({ ...call, recording: { ...recording, heardAt: 7, state: 'failed' } })
  t.equal(failed?.recordingAt, undefined)
})

t.test('a mask outlives its recording', async t => {
  const recording = { id: 'r', path: 'r', legId: CUSTOMER, startedAt: NOW } as const
  for (const state of ['on', 'masked', 'stopping', 'failed'] as const)
    t.equal(
      wishOf({ ...call, masked: true, recording: { ...recording, state } })?.isMasked,
      true,
      state,
    )
  t.equal(wishOf({ ...call, masked: true })?.isMasked, true, 'nothing is recorded')
})

t.test('who talks in it: agents on the line, not those who listen in or ring', async t => {
  const supervisor = agentLeg({
    id: OTHER_LEG,
    agent: agentId('2001'),
    role: 'supervisor',
  })
  t.same(talkersOf(callOf(talking(), [...joined(), supervisor])), ['1001'])
  const second = agentLeg({ id: OTHER_LEG, agent: agentId('1002') })
  t.same(talkersOf(callOf(talking(), [...joined(), second])), ['1001', '1002'])
  t.same(talkersOf(callOf(talking(), [...joined(), { ...second, state: 'ringing' }])), ['1001'])
})
