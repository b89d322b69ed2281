// What was wrong, from when to when, and who saw to it.
import { randomUUID } from 'node:crypto'
import { sql, type SqlBool } from 'kysely'
import { readCursor, toPage } from './cursor.ts'
import type { Database } from './database.ts'
import type { OperationsTables } from './operations-tables.ts'
import type { Page } from './repository.ts'
import { toText } from './tables.ts'

export type StoredAlarm = Readonly<OperationsTables['alarms']>
export interface RaisedAlarm {
  readonly alarm: string
  readonly level: StoredAlarm['level']
  readonly cause: string
  readonly detail: string | null
  readonly server: string
  readonly raisedAt: number
}
export interface AlarmQuery {
  readonly state?: 'open' | 'over'
  readonly level?: StoredAlarm['level']
  readonly cause?: string
  readonly from?: number
  readonly to?: number
  readonly limit: number
  readonly cursor?: string
}
export interface Alarms {
  /** False when it stands already; its level and cause are then what they are now. */
  raise(raised: RaisedAlarm): Promise<boolean>
  clear(alarm: string, at: number): Promise<void>
  /** Of this server, raised before it was started: nobody would ever clear them. */
  clearOlder(server: string, before: number, at: number): Promise<void>
  seen(id: string, by: string, at: number, note: string | null): Promise<StoredAlarm | undefined>
  /** Newest first. */
  list(query: AlarmQuery): Promise<Page<StoredAlarm>>
}

export function createAlarmStore({ query }: Pick<Database, 'query'>): Alarms {
  return {
    async raise(raised) {
      const { detail, ...rest } = raised
      const row = { ...rest, detail: detail === null ? null : toText(detail) }
      const made = await query
        .insertInto('alarms')
        .values({
          id: randomUUID(),
          ...row,
          clearedAt: null,
          seenBy: null,
          seenAt: null,
          note: null,
        })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      if (Number(made.numInsertedOrUpdatedRows ?? 0) > 0) return true
      const { level, cause } = row
      await query
        .updateTable('alarms')
        .set({ level, cause, detail: row.detail })
        .where('alarm', '=', raised.alarm)
        .where('clearedAt', 'is', null)
        .execute()
      return false
    },
    async clear(alarm, at) {
      await query
        .updateTable('alarms')
        .set({ clearedAt: at })
        .where('alarm', '=', alarm)
        .where('clearedAt', 'is', null)
        .execute()
    },
    async clearOlder(server, before, at) {
      await query
        .updateTable('alarms')
        .set({ clearedAt: at })
        .where('server', '=', server)
        .where('raisedAt', '<', before)
        .where('clearedAt', 'is', null)
        .execute()
    },
    async seen(id, by, at, note) {
      const text = note === null ? null : toText(note)
      return query
        .updateTable('alarms')
        .set({ seenBy: by, seenAt: at, note: text })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
    },
    async list({ state, level, cause, from, to, limit, cursor }) {
      let rows = query.selectFrom('alarms').selectAll()
      if (state !== undefined)
        rows = rows.where('clearedAt', state === 'open' ? 'is' : 'is not', null)
      if (level !== undefined) rows = rows.where('level', '=', level)
      if (cause !== undefined) rows = rows.where('cause', '=', cause)
      if (from !== undefined) rows = rows.where('raisedAt', '>=', from)
      if (to !== undefined) rows = rows.where('raisedAt', '<', to)
      if (cursor !== undefined) {
        const { at, id } = readCursor(cursor)
        rows = rows.where(sql<SqlBool>`(raised_at, id) < (${at}::bigint, ${id}::text)`)
      }
      const found = await rows
        .orderBy('raisedAt', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return toPage(found, limit, ({ raisedAt, id }) => ({ at: raisedAt, id }))
    },
  }
}
