// Backups made, and trial calls made: lists that operators look back at.
import { randomUUID } from 'node:crypto'
import { sql, type SqlBool } from 'kysely'
import { readCursor, toPage } from './cursor.ts'
import type { Database } from './database.ts'
import type { OperationsTables } from './operations-tables.ts'
import type { Page } from './repository.ts'

export type StoredBackup = Readonly<OperationsTables['backups']>
export type StoredTrialCall = Readonly<OperationsTables['trialCalls']>

interface Pages {
  readonly limit: number
  readonly cursor?: string
}
export interface Backups {
  begin(backup: { beganAt: number; by: string; path: string }): Promise<string>
  end(
    id: string,
    end: Pick<StoredBackup, 'endedAt' | 'outcome' | 'bytes' | 'rows' | 'recordings' | 'detail'>,
  ): Promise<void>
  /** When the last whole one was made. */
  lastDoneAt(): Promise<number | undefined>
  list(pages: Pages): Promise<Page<StoredBackup>>
}
export interface TrialCalls {
  add(call: Omit<StoredTrialCall, 'id'>): Promise<StoredTrialCall>
  list(pages: Pages & { readonly trunk?: string }): Promise<Page<StoredTrialCall>>
  byId(id: string): Promise<StoredTrialCall | undefined>
}

const isBefore = (cursor: string) => {
  const { at, id } = readCursor(cursor)
  return sql<SqlBool>`(began_at, id) < (${at}::bigint, ${id}::text)`
}
const cursorOf = ({ beganAt, id }: { beganAt: number; id: string }) => ({ at: beganAt, id })

export function createBackups({ query }: Pick<Database, 'query'>): Backups {
  return {
    async begin(backup) {
      const id = randomUUID()
      await query
        .insertInto('backups')
        .values({
          id,
          ...backup,
          endedAt: null,
          outcome: 'running',
          bytes: null,
          rows: null,
          recordings: null,
          detail: null,
        })
        .execute()
      return id
    },
    async end(id, end) {
      await query.updateTable('backups').set(end).where('id', '=', id).execute()
    },
    async lastDoneAt() {
      const row = await query
        .selectFrom('backups')
        .select('beganAt')
        .where('outcome', '=', 'done')
        .orderBy('beganAt', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row?.beganAt
    },
    async list({ limit, cursor }) {
      let rows = query.selectFrom('backups').selectAll()
      if (cursor !== undefined) rows = rows.where(isBefore(cursor))
      const found = await rows
        .orderBy('beganAt', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return toPage(found, limit, cursorOf)
    },
  }
}

export function createTrialCalls({ query }: Pick<Database, 'query'>): TrialCalls {
  return {
    add: call =>
      query
        .insertInto('trialCalls')
        .values({ id: randomUUID(), ...call })
        .returningAll()
        .executeTakeFirstOrThrow(),
    async list({ limit, cursor, trunk }) {
      let rows = query.selectFrom('trialCalls').selectAll()
      if (trunk !== undefined) rows = rows.where('trunk', '=', trunk)
      if (cursor !== undefined) rows = rows.where(isBefore(cursor))
      const found = await rows
        .orderBy('beganAt', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return toPage(found, limit, cursorOf)
    },
    byId: id => query.selectFrom('trialCalls').selectAll().where('id', '=', id).executeTakeFirst(),
  }
}
