// Masking a talk: its recording and its transcript, whatever becomes of the recording.
import t, { type Test } from 'tap'
import type { LiveCall } from '../../../server/control/state.ts'
import type { TalkListener } from '../../../server/control/transcript.ts'
import { wishOf } from '../../../server/speech/wish.ts'
import { legId, type CallId } from '../../../telephony/call/id.ts'
import { actor, createControlTwin, ended, faults, talk } from '../../fixtures/control-twin.ts'
import { until } from '../../fixtures/until.ts'

t.afterEach(() => t.same(faults.splice(0), [], 'no fault in the loop'))

async function talkAsSeen(t: Test) {
  let callOf: (id: CallId) => LiveCall | undefined = () => undefined
  const talks: TalkListener = {
    begin(floor) {
      callOf = id => floor.calls.get(id)
      return { changed: () => undefined, end: () => undefined }
    },
  }
  const twin = await createControlTwin({ talks })
  t.teardown(() => twin.close())
  const { call, agentLeg } = await talk(twin)
  const record = (recording: 'mask' | 'unmask' | 'start' | 'stop') =>
    twin.control.verb(call, 'recording', { recording }, actor('1001'))
  const sent = () =>
    twin.commands.flatMap(({ type, ...rest }) =>
      type === 'mask-recording' && 'masked' in rest ? [rest.masked] : [],
    )
  const seen = () => {
    const live = callOf(call)
    return { ...live?.recording, isMasked: live && wishOf(live)?.isMasked }
  }
  return { twin, call, agentLeg, record, sent, seen, live: () => callOf(call) }
}

t.test('what is masked stays so when the recording fails, until it is taken off', async t => {
  const { twin, call, record, sent, seen } = await talkAsSeen(t)
  await record('mask')
  t.match(seen(), { state: 'masked', isMasked: true })
  const path = seen().path ?? ''
  twin.say({
    type: 'recording-stopped',
    at: Date.now(),
    legId: legId(call),
    callId: call,
    path: `/media/${path}`,
    durationMs: 10,
    fault: 'disk full',
  })
  await until('it failed', () => seen().state === 'failed')
  t.equal(seen().isMasked, true)
  await record('unmask')
  t.equal(seen().isMasked, false)
  await record('mask')
  t.equal(seen().isMasked, true, 'also while nothing is recorded')
  // Commands keep their order.
  await twin.control.verb(call, 'mute', { muted: true }, actor('1001'))
  await twin.next('mute-leg')
  t.same(sent(), [true], 'the switch has nothing to mask any more')
  t.match(twin.facts(call, 'recording-masked'), [{ data: { masked: true, by: 'u1001' } }])
  t.equal(twin.facts(call, 'recording-masked').length, 1, 'no recording, no fact of it')
})

t.test('a recording that begins in a masked talk begins masked', async t => {
  const { twin, call, record, sent, seen } = await talkAsSeen(t)
  await record('stop')
  await record('mask')
  t.match(seen(), { state: 'stopping', isMasked: true })
  t.same(sent(), [])
  await record('start')
  t.match(seen(), { state: 'masked', isMasked: true })
  await twin.next('mask-recording')
  const orders = twin.commands.map(({ type }) => type)
  t.same(orders.slice(-2), ['start-recording', 'mask-recording'])
  t.match(twin.facts(call, 'recording-masked'), [
    { data: { recordingId: `${call}-2`, masked: true, by: 'system' } },
  ])
  await record('unmask')
  t.match(seen(), { state: 'on', isMasked: false })
  await twin.next('mask-recording')
  t.same(sent(), [true, false])
})

t.test('the mask ends with the talk; then nothing is left to mask', async t => {
  const { twin, call, agentLeg, record, live } = await talkAsSeen(t)
  await record('mask')
  t.equal(live()?.masked, true)
  twin.say(ended(call, agentLeg))
  await until('the talk is over', () => live()?.stage.state !== 'talking')
  t.equal(live()?.masked, undefined)
  const by = actor('2001', 'supervisor')
  for (const recording of ['mask', 'unmask'] as const)
    await t.rejects(twin.control.verb(call, 'recording', { recording }, by), {
      code: 'CALL_NOT_TALKING',
    })
})
