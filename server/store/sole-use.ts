// Servers that share a database must share the Redis as well: two floors over one ledger would be two sites under one name.
import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** Ours among PostgreSQL's advisory locks. */
const LOCK = 12_393_001

export class DatabaseShared extends Error {
  constructor() {
    super(
      'another server uses the database with a Redis that is not this one: give both the same REDIS_URL, or each a database of its own',
    )
  }
}

/**
 * Held by a connection of its own until it is given back; a server that dies gives it back with its connection.
 * @throws {DatabaseShared} when another server is there that may not be, `alone` with anybody and `shared` with one that is alone.
 */
export async function claimDatabase(
  query: Kysely<Tables>,
  use: 'alone' | 'shared',
): Promise<{ release(): void }> {
  const end = new AbortController()
  const ended = new Promise<void>(resolve =>
    end.signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  const isOurs = await new Promise<boolean>((resolve, reject) => {
    query
      .connection()
      .execute(async connection => {
        const asked =
          use === 'alone'
            ? sql<{ ours: boolean }>`select pg_try_advisory_lock(${LOCK}) as ours`
            : sql<{ ours: boolean }>`select pg_try_advisory_lock_shared(${LOCK}) as ours`
        const { rows } = await asked.execute(connection)
        const ours = rows[0]?.ours ?? false
        resolve(ours)
        if (!ours) return
        await ended
        await sql`select pg_advisory_unlock_all()`.execute(connection)
      })
      .catch(reject)
  })
  if (!isOurs) throw new DatabaseShared()
  return { release: () => end.abort() }
}
