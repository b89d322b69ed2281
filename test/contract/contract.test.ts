// The embedded half of the contract: every behaviour, on the switch that comes with us.
import t from 'tap'
import { createEmbedded } from './stage/embedded.ts'
import { runBehaviours } from './stage/runner.ts'
import { BEHAVIOURS } from './suite.ts'

/** The machine may have other work; by itself it takes less than a minute. */
const LIMIT_MS = 225_000

t.setTimeout(LIMIT_MS)
t.test('the embedded switch keeps the contract', { timeout: LIMIT_MS }, async t => {
  const names = BEHAVIOURS.map(({ name }) => name)
  t.equal(new Set(names).size, names.length, 'each behaviour has a name of its own')
  const subject = await createEmbedded()
  t.teardown(() => subject.close())
  await runBehaviours(subject, BEHAVIOURS, ({ behaviour, fault }) => {
    if (fault === undefined) t.pass(behaviour.name)
    else t.fail(`${behaviour.name}: ${fault}`)
  })
})
