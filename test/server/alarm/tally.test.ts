import t from 'tap'
import { createTally } from '../../../server/alarm/tally.ts'
import type { Fact } from '../../../server/ledger/fact.ts'

t.test('T-OPS-1: only who rings too often, or is banned, counts as an attack', async t => {
  const tally = createTally(() => 1_000_000)
  const blocked = (reason: string, counted = true) =>
    tally.onFact({
      type: 'call-blocked',
      data: { caller: '13900000001', callee: '12393', reason, counted },
    } as Fact)
  for (const reason of ['blacklist', 'unknown-number']) blocked(reason)
  t.match(tally.figures(), { floodCalls: 0, blockedCalls: 0 })
  for (const reason of ['flood', 'banned']) blocked(reason)
  t.match(tally.figures(), { floodCalls: 2, blockedCalls: 0 })
  for (const reason of ['all-lines-busy', 'trunk-busy']) blocked(reason)
  blocked('all-lines-busy', false)
  t.match(
    tally.figures(),
    { floodCalls: 2, blockedCalls: 2 },
    'a redial within seconds is no further one',
  )
})
