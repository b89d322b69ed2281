// The long run: random faults by their weights, the table of targets at its end.
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import t from 'tap'
import { chanceOf } from '../fixtures/esl-proxy.ts'
import { FAULTS, type Fault } from './faults.ts'
import { runChaos } from './run.ts'
import { toMarkdown } from './tally.ts'

const ROUNDS = 250
const AGENTS = ['1001', '1002', '1003', '1004', '1005', '1006', '1007']
const HOURS_MS = 4 * 3_600_000

export async function runLong([
  rounds = String(ROUNDS),
  seed = '1',
]: readonly string[]): Promise<void> {
  t.setTimeout(HOURS_MS)
  const chance = chanceOf(Number(seed))
  const total = FAULTS.reduce((sum, { weight }) => sum + weight, 0)
  const pick = (): Fault => {
    let at = chance() * total
    return FAULTS.find(({ weight }) => (at -= weight) < 0) ?? (FAULTS[0] as Fault)
  }
  const faults = Array.from({ length: Number(rounds) }, pick)
  const say = (line: string) =>
    void process.stdout.write(`# ${new Date().toISOString().slice(11, 19)} ${line}\n`)
  const tally = await runChaos(t, { seed: Number(seed), agents: AGENTS, faults, say })
  for (const failure of tally.failures) say(failure)
  const rows = tally.rows()
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  process.stdout.write(`\n${toMarkdown(rows)}\n\n`)
  const result = {
    bench: 'chaos',
    commit,
    cpus: cpus().length,
    seed: Number(seed),
    rounds: faults.length,
    rows,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  t.equal(rows.filter(({ isMet }) => !isMet).length, 0, 'every target is met')
}
