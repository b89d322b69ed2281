// A server that can not know whether it still steers: what it does, and what it leaves alone.
import t from 'tap'
import { actor, consultQueue, createControlTwin, faults } from '../../fixtures/control-twin.ts'
import { until } from '../../fixtures/until.ts'
import type { Mandate } from '../../../server/control/port.ts'

/** Who calls before an agent is there waits. */
const settings = { queues: [{ ...consultQueue, whenNoAgents: 'wait' as const }] }

function createMandate() {
  const listeners: (() => void)[] = []
  const state = { sure: true, confirmed: false, asked: [] as string[], claimed: [] as string[] }
  const mandate: Mandate = {
    mayAct: () => state.sure,
    confirm: async node => {
      state.asked.push(node)
      return state.confirmed
    },
    onSure: listener => void listeners.push(listener),
    claim: async node => void state.claimed.push(node),
  }
  const sureAgain = () => {
    state.sure = true
    for (const listener of listeners) listener()
  }
  return Object.assign(state, { mandate, sureAgain })
}

t.test('a switch is claimed before anything is asked of it', async t => {
  const state = createMandate()
  const twin = await createControlTwin({ settings, mandate: state.mandate })
  t.teardown(() => twin.close())
  t.same(state.claimed, ['embedded'])
})

t.test('in doubt nobody is offered a caller and nothing is sent unconfirmed', async t => {
  const state = createMandate()
  const twin = await createControlTwin({ settings, mandate: state.mandate })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  await twin.promptEnds(call)
  twin.press(call, '1')
  await until('the caller to wait', () =>
    twin.facts(call).some(({ type }) => type === 'queue-joined'),
  )
  state.sure = false
  const before = twin.commands.length
  await twin.ready('1001')
  twin.say({
    type: 'digit-pressed',
    at: Date.now(),
    callId: call,
    legId: call as never,
    digit: '1',
    durationMs: 80,
  })
  await twin.control.verb(call, 'hangup', {}, actor('2001', 'supervisor'))
  await until('to be asked', () => state.asked.length > 0)
  t.equal(twin.commands.length, before, 'another server may steer: not sent')
  t.equal(twin.pushed.get('desk:1001')?.['call'], null, 'nobody is offered anything')

  state.confirmed = true
  await twin.control.verb(call, 'hangup', {}, actor('2001', 'supervisor'))
  t.match(await twin.next('hang-up-leg'), { legId: call }, 'confirmed by the switch: sent')
})

t.test('sure again, who waits is served at once', async t => {
  const state = createMandate()
  const twin = await createControlTwin({ settings, mandate: state.mandate })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  await twin.promptEnds(call)
  twin.press(call, '1')
  await until('the caller to wait', () =>
    twin.facts(call).some(({ type }) => type === 'queue-joined'),
  )
  state.sure = false
  await twin.ready('1001')
  t.notOk(twin.commands.some(({ type }) => type === 'originate-leg'))
  state.sureAgain()
  t.match(await twin.next('originate-leg'), { to: { agentId: '1001' } })
})

t.test('none of this is a fault', async t => t.same(faults, []))
