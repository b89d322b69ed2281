// How long it takes to find a call among a million, and to open its timeline: PostgreSQL 15 with all calls, PGlite with what a small site has.
// npm run bench -- search [calls in PostgreSQL] [calls in PGlite]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { sql } from 'kysely'
import { entriesOfCall, legsOfCall } from '../../server/records/index.ts'
import {
  createRepositories,
  type Database,
  openDatabase,
  type Repositories,
} from '../../server/store/index.ts'
import { silentLog } from '../fixtures/log.ts'
import { startPostgres } from '../fixtures/postgres.ts'
import { percentiles, table } from './figures.ts'
import { FILLED_AT, fillSteps, idOf, numberOf, SIGNALLED, sipCallIdOf } from './search/fill.ts'

const ROUNDS = 20
const PAGE = { limit: 50 }
const DAY_MS = 86_400_000

type Search = (kept: Repositories, calls: number, n: number) => Promise<unknown>

/** What people look for; `n` is a call, another one each round. */
const SEARCHES: Readonly<Record<string, Search>> = {
  'newest calls': kept => kept.calls.query({}, PAGE),
  'one day': (kept, _, n) => {
    const from = FILLED_AT - (n % 60) * DAY_MS
    return kept.calls.query({ from, to: from + DAY_MS }, PAGE)
  },
  'an agent in a month': (kept, _, n) =>
    kept.calls.query({ agent: String(1001 + (n % 20)), from: FILLED_AT - 30 * DAY_MS }, PAGE),
  'lost in the queue, one group': kept =>
    kept.calls.query({ queue: 'consult', result: 'abandoned-queue' }, PAGE),
  'a whole number': (kept, _, n) => kept.calls.query({ caller: numberOf(n) }, PAGE),
  'seven digits of a number': (kept, _, n) =>
    kept.calls.query({ caller: numberOf(n).slice(3, 10) }, PAGE),
  'its last four digits': (kept, _, n) => kept.calls.query({ caller: numberOf(n).slice(-4) }, PAGE),
  'three digits': (kept, _, n) => kept.calls.query({ caller: numberOf(n).slice(4, 7) }, PAGE),
  'a number of nobody': (kept, _, n) =>
    kept.calls.query({ caller: `0000${String(n).padStart(7, '0')}` }, PAGE),
  'a call by its id': (kept, _, n) => kept.calls.query({ id: idOf(n) }, PAGE),
  'a call by a SIP Call-ID': (kept, _, n) => kept.calls.query({ id: sipCallIdOf(n, 2) }, PAGE),
  'who calls (history)': (kept, _, n) => kept.calls.historyOf(numberOf(n), 0, 5),
  'timeline of any call': (kept, _, n) => openTimeline(kept, n),
  'timeline with its SIP messages': (kept, calls, n) =>
    openTimeline(kept, calls - (n % Math.min(calls, SIGNALLED))),
}

async function openTimeline(kept: Repositories, n: number): Promise<string> {
  const id = idOf(n)
  const facts = await kept.facts.of(id)
  const [messages, quality] = await Promise.all([
    kept.signalling.of(legsOfCall(facts).flatMap(leg => leg.sipCallIds)),
    kept.quality.ofCall(id),
  ])
  const entries = entriesOfCall(facts, messages, quality)
  if (entries.length === 0) throw new Error(`call ${n} has no timeline`)
  return JSON.stringify(entries)
}

async function measure(name: string, database: Database, calls: number) {
  const kept = createRepositories(database)
  const rows = []
  for (const [search, run] of Object.entries(SEARCHES)) {
    const samples: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const n = 1 + ((round * 7_368_787) % calls)
      const from = performance.now()
      await run(kept, calls, n)
      samples.push(performance.now() - from)
    }
    const { p50, p95, max } = percentiles(samples)
    rows.push({ search, 'p50 ms': p50, 'p95 ms': p95, 'max ms': max })
  }
  console.log(`\n${name}, ${calls.toLocaleString('en')} calls, ${ROUNDS} rounds each\n`)
  console.log(table(rows))
  return { database: name, calls, searches: rows }
}

const say = (text: string) => console.log(text)

async function fill(run: (text: string) => Promise<unknown>, calls: number): Promise<void> {
  const from = performance.now()
  for (const { what, text } of fillSteps(calls)) {
    const stepFrom = performance.now()
    await run(text)
    const seconds = (performance.now() - stepFrom) / 1000
    if (seconds > 5) say(`  ${what}: ${seconds.toFixed(1)} s`)
  }
  say(`filled with ${calls} calls in ${((performance.now() - from) / 1000).toFixed(0)} s`)
}

async function onPostgres(calls: number) {
  const postgres = await startPostgres({ sharedBuffersMb: 512 })
  const url = await postgres.createDatabase('search')
  const database = await openDatabase({ url, folder: null, log: silentLog() })
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query('set synchronous_commit = off; set maintenance_work_mem = 524288')
    await fill(text => client.query(text), calls)
    const { rows } = await client.query<{ size: string }>(
      `select pg_size_pretty(pg_database_size('search')) as size`,
    )
    say(`database of ${rows[0]?.size}`)
    return await measure('PostgreSQL 15', database, calls)
  } finally {
    await client.end()
    await database.close()
    await postgres.close()
  }
}

async function onPGlite(calls: number) {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-search-'))
  const database = await openDatabase({ folder, log: silentLog() })
  try {
    await fill(text => sql.raw(text).execute(database.query), calls)
    return await measure('PGlite', database, calls)
  } finally {
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function run([postgres = '1000000', pglite = '100000']: readonly string[]) {
  const results = []
  if (Number(postgres) > 0) results.push(await onPostgres(Number(postgres)))
  if (Number(pglite) > 0) results.push(await onPGlite(Number(pglite)))
  const worst = Math.max(
    ...results.flatMap(({ searches }) => searches.map(search => search['p95 ms'])),
  )
  return { results, worstP95Ms: worst, targetMs: 2000 }
}
