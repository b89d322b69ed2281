// The embedded half of the contract: every behaviour, on the switch that comes with us.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createEmbedded } from './stage/embedded.ts'
import { hashOf, RESULT } from './stage/result.ts'
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

t.test('the table of both switches is of this suite, and green', async t => {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const result = JSON.parse(readFileSync(join(folder, RESULT), 'utf8')) as {
    suite: string
    behaviours: { name: string; embedded: string; freeSwitch: string }[]
  }
  t.equal(result.suite, hashOf(folder), 'run `npm run test:contract` with a FreeSWITCH')
  t.same(
    result.behaviours.map(({ name }) => name),
    BEHAVIOURS.map(({ name }) => name).sort(),
  )
  for (const { name, embedded, freeSwitch } of result.behaviours)
    t.same([embedded, freeSwitch], ['ok', 'ok'], name)
})
