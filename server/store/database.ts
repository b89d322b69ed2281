// PostgreSQL where a URL is given, else PGlite in a thread: the same SQL, the same door.
import { CamelCasePlugin, type Dialect, Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'
import { type EarlyPGlite, lockPGlite, startPGliteIn } from './early-pglite.ts'
import { migrate, type MigrationModule, refuseUnknown } from './migrations.ts'
import { MODULES } from './migrations/modules.ts'
import { createPGliteDialect } from './pglite-dialect.ts'
import type { Tables } from './tables.ts'

export interface Database {
  readonly kind: 'postgresql' | 'pglite'
  /** Columns are camelCase here and snake_case in SQL. */
  readonly query: Kysely<Tables>
  /** Asks for a sign of life; false after two seconds without one. */
  isUp(): Promise<boolean>
  close(): Promise<void>
}
export interface DatabaseOptions {
  /** `postgres://…`; absent: PGlite in the folder. */
  readonly url?: string
  /** Holds PGlite's files and its lock; null keeps everything in memory. */
  readonly folder: string | null
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Begun before the rest of the program was there. */
  readonly early?: EarlyPGlite
  /** Tables of further modules, made after our own. */
  readonly modules?: readonly MigrationModule[]
}

/** How our connections name themselves: maintenance must know whether servers are at work. */
export const SERVER_NAME = 'hotline-server'

const CONNECT_TIMEOUT_MS = 5000
const STATEMENT_TIMEOUT_MS = 30_000
const UP_TIMEOUT_MS = 2000
const MOST_CONNECTIONS = 10
const IDLE_MS = 60_000

/** @throws one sentence when the database cannot be reached, its folder is in use, or its tables are of a newer program. */
export async function openDatabase({
  url,
  folder,
  log,
  early,
  modules = [],
}: DatabaseOptions): Promise<Database> {
  const { query, close } = await connect(
    { ...(url && { url }), folder, log, ...(early && { early }) },
    SERVER_NAME,
  )
  try {
    const all = [...MODULES, ...modules]
    await refuseUnknown(query, all)
    for (const module of all) {
      const passed = await migrate(query, module)
      if (passed.length > 0) log.info({ module: module.module, passed }, 'database migrated')
    }
    return {
      kind: url === undefined ? 'pglite' : 'postgresql',
      query,
      isUp: () => isUp(query),
      close,
    }
  } catch (err) {
    await close()
    throw err
  }
}

export interface Connection {
  readonly query: Kysely<Tables>
  close(): Promise<void>
}

/** The database as it is, its tables untouched. @throws one sentence when it can't be reached or its folder is in use. */
export async function connect(
  { url, folder, log, early }: Omit<DatabaseOptions, 'modules'>,
  name: string,
): Promise<Connection> {
  const lock =
    url === undefined && folder !== null ? await (early?.lock ?? lockPGlite(folder)) : undefined
  try {
    const dialect =
      url === undefined
        ? createPGliteDialect(await (early?.thread ?? startPGliteIn(folder)))
        : openPool(url, name, log)
    const query = new Kysely<Tables>({
      dialect,
      plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
    })
    try {
      await reach(query)
    } catch (err) {
      await query.destroy()
      throw err
    }
    return {
      query,
      close: async () => {
        await query.destroy()
        await lock?.release()
      },
    }
  } catch (err) {
    await lock?.release()
    throw err
  }
}

function openPool(url: string, name: string, log: Pick<Logger, 'warn'>): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Longer than a server is ever silent: maintenance counts connections to know whether servers are at work.
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    types: {
      // Counts and instants stay far below 2^53; pg would give bigint (oid 20) as text.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === 20 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
    },
  })
  const onLost = (err: Error) => log.warn({ err }, 'database connection lost')
  pool.on('error', onLost)
  // The pool listens to idle connections only; one lost between two statements of a transaction would end the process.
  pool.on('connect', client => client.on('error', onLost))
  return new PostgresDialect({ pool })
}

async function reach(query: Kysely<Tables>): Promise<void> {
  try {
    await sql`select 1`.execute(query)
  } catch (err) {
    throw new Error(
      `the database does not answer: ${err instanceof Error ? err.message : String(err)}`,
      { cause: err },
    )
  }
}

async function isUp(query: Kysely<Tables>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), UP_TIMEOUT_MS)
  })
  const answer = sql`select 1`.execute(query).then(
    () => true,
    () => false,
  )
  const up = await Promise.race([answer, late])
  clearTimeout(timer)
  return up
}
