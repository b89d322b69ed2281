// `npm run test:contract [-- words]`: the embedded switch always, a FreeSWITCH when FREESWITCH_URL answers; prints the table.
import { fileURLToPath } from 'node:url'
import { createEmbedded } from './stage/embedded.ts'
import { createFreeSwitch, readSettings } from './stage/freeswitch.ts'
import { startOwnFreeSwitch } from './stage/own-freeswitch.ts'
import { printTable, writeResult } from './stage/result.ts'
import { type Outcome, runBehaviours } from './stage/runner.ts'
import type { Subject } from './stage/subject.ts'
import { BEHAVIOURS } from './suite.ts'

const words = process.argv.slice(2)
const chosen = BEHAVIOURS.filter(
  ({ name }) => words.length === 0 || words.some(word => name.includes(word)),
)
const program = process.env['HOTLINE_TEST_FREESWITCH']
const only = process.env['CONTRACT_ONLY']

async function run(subject: Subject): Promise<{ version: string; outcomes: Outcome[] }> {
  process.stdout.write(`\n${subject.kind} ${subject.version}\n`)
  try {
    const outcomes = await runBehaviours(subject, chosen, ({ behaviour, fault, tookMs }) => {
      const seconds = (tookMs / 1000).toFixed(1)
      process.stdout.write(
        `${fault === undefined ? 'ok    ' : 'FAILED'} ${behaviour.name} (${seconds} s)\n`,
      )
      if (fault !== undefined) process.stdout.write(`${fault}\n`)
    })

    return { version: subject.version, outcomes }
  } finally {
    await subject.close()
  }
}

const embedded = only === 'freeswitch' ? undefined : await run(await createEmbedded())
const started = program && only !== 'embedded' ? await startOwnFreeSwitch(program) : undefined
const settings = started?.settings ?? readSettings(process.env)
const other = settings && only !== 'embedded' ? await createFreeSwitch(settings) : undefined
if (settings && !other && only !== 'embedded')
  process.stdout.write('\nno FreeSWITCH answers at FREESWITCH_URL\n')
const freeSwitch = other && (await run(other))
await started?.close()

printTable({ embedded, freeSwitch })
if (embedded && freeSwitch && words.length === 0)
  writeResult(fileURLToPath(new URL('.', import.meta.url)), { embedded, freeSwitch })
const outcomes = [...(embedded?.outcomes ?? []), ...(freeSwitch?.outcomes ?? [])]
setTimeout(() => console.log(process.getActiveResourcesInfo()), 3000).unref()
process.exitCode = outcomes.every(({ fault }) => fault === undefined) ? 0 : 1
