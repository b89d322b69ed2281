import t from 'tap'
import { CAUSES, causeOfSipStatus, toEndCause } from '../../../telephony/call/cause.ts'

t.test('every hang-up cause has one name of ours', async t => {
  for (const [cause, row] of Object.entries(CAUSES)) t.equal(toEndCause(row.freeswitch), cause)
  t.equal(toEndCause('NEVER_HEARD_OF'), 'failed')
})

t.test('a SIP failure status stands for a cause (RFC 3398 §8.2.6.1)', async t => {
  t.equal(causeOfSipStatus(486), 'busy')
  t.equal(causeOfSipStatus(404), 'unknown-number')
  t.equal(causeOfSipStatus(599), 'failed')
})
