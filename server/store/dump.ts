// Every row of every table as lines, as of one moment; and back. The same lines for PostgreSQL and PGlite, so a site can change over.
import { type Kysely, sql, type Transaction } from 'kysely'
import { migrate, type Step, stepsTaken } from './migrations.ts'
import { MODULES } from './migrations/modules.ts'

const PAGE = 1000
const BATCH_CHARACTERS = 4_000_000
const NO_DATA = new Set(['migrations'])

async function tablesOf<T>(query: Kysely<T>): Promise<string[]> {
  const { rows } = await sql<{
    name: string
  }>`select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`.execute(query)
  return rows.map(({ name }) => name).filter(name => !NO_DATA.has(name))
}
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

export interface Dumped {
  readonly steps: readonly Step[]
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>
}

/** Writes each line and waits for it: `T <table>` before the rows of a table, `R <JSON>` for each. */
export async function dumpDatabase<T>(
  query: Kysely<T>,
  write: (lines: string) => Promise<void>,
): Promise<Dumped> {
  return query
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async transaction => {
      const tables: Record<string, number> = {}
      for (const table of await tablesOf(transaction)) {
        await write(`T ${table}\n`)
        tables[table] = await dumpTable(transaction, table, write)
      }
      return { steps: await stepsTaken(transaction, MODULES), tables }
    })
}

async function dumpTable<T>(
  transaction: Transaction<T>,
  table: string,
  write: (lines: string) => Promise<void>,
): Promise<number> {
  await sql
    .raw(
      `declare dump no scroll cursor for select row_to_json(one)::text as line from ${quoted(table)} one`,
    )
    .execute(transaction)
  let count = 0
  for (;;) {
    const { rows } = await sql.raw<{ line: string }>(`fetch ${PAGE} from dump`).execute(transaction)
    if (rows.length === 0) break
    count += rows.length
    await write(rows.map(({ line }) => `R ${line}\n`).join(''))
  }
  await sql.raw('close dump').execute(transaction)
  return count
}

/** @throws one sentence when there is anything in it already. */
export async function refuseFull<T>(query: Kysely<T>): Promise<void> {
  for (const table of await tablesOf(query)) {
    const { rows } = await sql.raw(`select 1 from ${quoted(table)} limit 1`).execute(query)
    if (rows.length > 0)
      throw new Error(`the database is not empty (${table}); restore into an empty one`)
  }
}

/** The tables as they were when the lines were written. @throws one sentence when this program is older than they are. */
export async function prepareTables<T>(
  query: Kysely<T>,
  steps: readonly Pick<Step, 'module' | 'version'>[],
): Promise<void> {
  for (const { module, version } of steps) {
    const known = MODULES.find(one => one.module === module)
    if (!known || known.migrations.length < version)
      throw new Error(`the backup was made by a newer release (${module} ${version}); use that one`)
  }
  for (const module of MODULES) {
    const versions = steps.filter(step => step.module === module.module).map(step => step.version)
    await migrate(query, module, Math.max(0, ...versions))
  }
}

/** All or nothing. Gives the rows by table. @throws when a line is none of ours. */
export async function loadDatabase<T>(
  query: Kysely<T>,
  lines: AsyncIterable<string>,
): Promise<Readonly<Record<string, number>>> {
  return query.transaction().execute(async transaction => {
    const known = new Set(await tablesOf(transaction))
    const counts: Record<string, number> = {}
    let table = ''
    let rows: string[] = []
    let characters = 0
    const flush = async () => {
      if (rows.length === 0) return
      const json = `[${rows.join(',')}]`
      counts[table] = (counts[table] ?? 0) + rows.length
      rows = []
      characters = 0
      const name = sql.raw(quoted(table))
      await sql`insert into ${name} overriding system value
        select * from jsonb_populate_recordset(null::${name}, ${json}::jsonb)`.execute(transaction)
    }
    for await (const line of lines) {
      const body = line.slice(2)
      if (line.startsWith('R ') && table !== '') {
        rows.push(body)
        characters += body.length
        if (characters >= BATCH_CHARACTERS) await flush()
      } else if (line.startsWith('T ') && known.has(body)) {
        await flush()
        table = body
        counts[table] = 0
      } else throw new Error('the backup of the database holds a line that is none of ours')
    }
    await flush()
    await restartIdentities(transaction)
    return counts
  })
}

async function restartIdentities<T>(transaction: Transaction<T>): Promise<void> {
  const { rows } = await sql<{
    tab: string
    col: string
  }>`select table_name as tab, column_name as col from information_schema.columns
    where table_schema = 'public' and is_identity = 'YES'`.execute(transaction)
  for (const { tab, col } of rows)
    await sql
      .raw(
        `select setval(pg_get_serial_sequence('${quoted(tab)}', '${col}'),
          greatest((select max(${quoted(col)}) from ${quoted(tab)}), 1))`,
      )
      .execute(transaction)
}
