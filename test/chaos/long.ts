// The long run: random faults, the tables at its end, whatever happened on the way.
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import t from 'tap'
import { chanceOf } from '../fixtures/esl-proxy.ts'
import { kindsToMarkdown } from './kinds.ts'
import { planOf } from './plan.ts'
import { runChaos } from './run.ts'
import { toMarkdown } from './tally.ts'

const ROUNDS = '250'
const MINUTES = '42'
const AGENTS = ['1001', '1002', '1003', '1004', '1005', '1006', '1007']
const HOURS_MS = 4 * 3_600_000

export async function runLong(args: readonly string[]): Promise<void> {
  t.setTimeout(HOURS_MS)
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { minutes: { type: 'string', default: MINUTES }, only: { type: 'string' } },
  })
  const [rounds = ROUNDS, seed = '1'] = positionals
  const startedMs = performance.now()
  let isStopped = false
  const stop = () => {
    isStopped = true
    say('asked to end: this round is the last')
  }
  const say = (line: string) =>
    void process.stdout.write(`# ${new Date().toISOString().slice(11, 19)} ${line}\n`)
  process.once('SIGINT', stop)
  const chance = chanceOf(Number(seed))
  const faults = planOf(Number(rounds), chance, values.only)
  const outcome = await runChaos(t, {
    seed: Number(seed),
    agents: AGENTS,
    faults,
    hasBrowser: true,
    hasTrunks: true,
    limitMs: Number(values.minutes) * 60_000,
    isStopped: () => isStopped,
    say,
  })
  const { tally, kinds } = outcome
  for (const failure of tally.failures) say(`NOT ${failure}`)
  const rows = tally.rows()
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  process.stdout.write(`\n${toMarkdown(rows)}\n\n${kindsToMarkdown(kinds.rows())}\n\n`)
  const result = {
    bench: 'chaos',
    commit,
    cpus: cpus().length,
    seed: Number(seed),
    rounds: outcome.rounds,
    minutes: Math.round((performance.now() - startedMs) / 6000) / 10,
    rows,
    kinds: kinds.rows(),
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  t.equal(rows.filter(({ isMet }) => !isMet).length, 0, 'every target is met')
}
