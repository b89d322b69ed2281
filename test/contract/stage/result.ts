// The table of a run, for people and as result.json; and the hash that ties that file to the suite it was made with.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './runner.ts'

export interface Run {
  readonly version: string
  readonly outcomes: readonly Outcome[]
}

export const RESULT = 'result.json'

/** SHA-256 over the names and texts of the suite's sources, in order of their names. */
export function hashOf(folder: string): string {
  const hash = createHash('sha256')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(ts|html)$/.test(name))
    .sort()
  for (const name of names) hash.update(`${name}\n`).update(readFileSync(join(folder, name)))

  return hash.digest('hex')
}

const say = (run: Run | undefined, name: string) => {
  const outcome = run?.outcomes.find(({ behaviour }) => behaviour.name === name)
  if (!outcome) return '–'

  return outcome.fault === undefined ? 'ok' : 'FAILED'
}

const rowsOf = (runs: { embedded: Run | undefined; freeSwitch: Run | undefined }) => {
  const names = new Set(
    [...(runs.embedded?.outcomes ?? []), ...(runs.freeSwitch?.outcomes ?? [])].map(
      ({ behaviour }) => behaviour.name,
    ),
  )

  return [...names].sort().map(name => ({
    name,
    embedded: say(runs.embedded, name),
    freeSwitch: say(runs.freeSwitch, name),
  }))
}

export function printTable(runs: { embedded: Run | undefined; freeSwitch: Run | undefined }) {
  const rows = rowsOf(runs)
  const width = Math.max(...rows.map(({ name }) => name.length), 9)
  const line = (a: string, b: string, c: string) =>
    process.stdout.write(`| ${a.padEnd(width)} | ${b.padEnd(8)} | ${c.padEnd(18)} |\n`)
  process.stdout.write('\n')
  line('behaviour', 'embedded', `FreeSWITCH ${(runs.freeSwitch?.version ?? '').split('-')[0]}`)
  for (const row of rows) line(row.name, row.embedded, row.freeSwitch)
  const good = (of: 'embedded' | 'freeSwitch') => rows.filter(row => row[of] === 'ok').length
  line(`${rows.length} behaviours`, `${good('embedded')} ok`, `${good('freeSwitch')} ok`)
}

/** Of a full run on both switches only. */
export function writeResult(folder: string, runs: { embedded: Run; freeSwitch: Run }) {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' })
  const result = {
    date: new Date().toISOString(),
    commit: commit.trim(),
    suite: hashOf(folder),
    versions: { embedded: runs.embedded.version, freeSwitch: runs.freeSwitch.version },
    behaviours: rowsOf(runs),
  }
  writeFileSync(join(folder, RESULT), `${JSON.stringify(result, undefined, 2)}\n`)
}
