import { sql, type SqlBool } from 'kysely'
import { readCursor, toPage } from './cursor.ts'
import type { Database } from './database.ts'
import type { MissedCalls } from './repository.ts'
import { toText } from './tables.ts'

export function createMissedCalls({ query }: Database): MissedCalls {
  const byId: MissedCalls['byId'] = id =>
    query.selectFrom('missed').selectAll().where('id', '=', id).executeTakeFirst()
  return {
    byId,
    list: async ({ state, kind, from, to, limit, cursor }) => {
      const passing = () => {
        let rows = query.selectFrom('missed')
        if (state !== undefined) rows = rows.where('state', '=', state)
        if (kind !== undefined) rows = rows.where('kind', '=', kind)
        if (from !== undefined) rows = rows.where('at', '>=', from)
        if (to !== undefined) rows = rows.where('at', '<', to)
        return rows
      }
      let rows = passing().selectAll()
      if (cursor !== undefined) {
        const { at, id } = readCursor(cursor)
        rows = rows.where(sql<SqlBool>`(at, id) < (${at}::bigint, ${id}::text)`)
      }
      const found = await rows
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      const { total } = await passing()
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return { ...toPage(found, limit, ({ at, id }) => ({ at, id })), total }
    },
    done: async (id, by, at, note) => {
      await query
        .updateTable('missed')
        .set({ state: 'done', doneBy: by, doneAt: at, note: note === null ? null : toText(note) })
        .where('id', '=', id)
        .where('state', '=', 'open')
        .execute()
      return byId(id)
    },
    reopen: async id => {
      await query
        .updateTable('missed')
        .set({ state: 'open', doneBy: null, doneAt: null })
        .where('id', '=', id)
        .execute()
      return byId(id)
    },
  }
}
