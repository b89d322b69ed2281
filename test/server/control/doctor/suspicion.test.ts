import t from 'tap'
import { callId } from '../../../../telephony/call/id.ts'
import type { Finding } from '../../../../server/control/doctor/finding.ts'
import { createSuspicion } from '../../../../server/control/doctor/suspicion.ts'

const finding = (mark = '7', more: Partial<Finding> = {}): Finding => ({
  cause: 'wait-silent',
  callId: callId('c'),
  mark,
  remedy: { type: 'announce' },
  ...more,
})

t.test('a finding is believed when it is seen twice in the very same state', async t => {
  const { confirm } = createSuspicion()
  t.same(confirm('sw', [finding()], 1000), [], 'once is nothing')
  t.same(confirm('sw', [finding('8')], 2000), [], 'the call has moved on meanwhile')
  t.same(confirm('sw', [], 3000), [])
  t.same(confirm('sw', [finding('8')], 4000), [], 'it was gone in between')
  t.same(confirm('other', [finding('8')], 4500), [], 'seen by another switch')
  t.match(confirm('sw', [finding('8')], 5000), [{ mark: '8' }])
})

t.test('a switch that was away is looked at anew', async t => {
  const { confirm, forget } = createSuspicion()
  confirm('sw', [finding()], 1000)
  forget('sw')
  t.same(confirm('sw', [finding()], 2000), [])
})

t.test('a repair that does not hold is tried ever more rarely', async t => {
  const { confirm } = createSuspicion()
  const repairedAt: number[] = []
  for (let at = 0; at <= 100_000; at += 1000)
    if (confirm('sw', [finding()], at).length > 0) repairedAt.push(at)
  t.same(repairedAt, [1000, 3000, 7000, 15_000, 31_000, 63_000])
})

t.test('what can only be noted is noted once', async t => {
  const { confirm } = createSuspicion()
  let count = 0
  for (let at = 0; at <= 600_000; at += 1000)
    count += confirm('sw', [finding('7', { remedy: { type: 'note' } })], at).length
  t.equal(count, 1)
})
