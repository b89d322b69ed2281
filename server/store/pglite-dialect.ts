// Kysely on PGlite. There is one connection, so whoever has it has it alone: a query beside an open transaction waits.
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { PGliteThread } from './pglite.ts'

export function createPGliteDialect(thread: PGliteThread): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(thread),
    createIntrospector: database => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

function createDriver(thread: PGliteThread): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async <R>({
      sql,
      parameters,
    }: {
      sql: string
      parameters: readonly unknown[]
    }) => {
      const { rows, affectedRows } = await thread.query(sql, parameters)
      return { rows: rows as R[], numAffectedRows: BigInt(affectedRows) } satisfies QueryResult<R>
    },
    streamQuery: () => {
      throw new Error('the embedded database reads in pages, not in streams')
    },
  }
  const run = async (sql: string) => void (await thread.query(sql, []))
  let busy = false
  const queue: (() => void)[] = []
  return {
    init: async () => undefined,
    acquireConnection: async () => {
      if (busy) await new Promise<void>(resolve => queue.push(resolve))
      busy = true
      return connection
    },
    releaseConnection: async () => {
      const next = queue.shift()
      if (next) next()
      else busy = false
    },
    beginTransaction: () => run('begin'),
    commitTransaction: () => run('commit'),
    rollbackTransaction: () => run('rollback'),
    destroy: () => thread.close(),
  }
}
