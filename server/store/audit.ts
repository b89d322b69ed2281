import { readCursor, toPage } from './cursor.ts'
import type { Database } from './database.ts'
import type { Audit } from './repository.ts'
import { toJson, toText } from './tables.ts'

export function createAudit({ query }: Database): Audit {
  return {
    add: async ({ detail, target, address, ...entry }) => {
      await query
        .insertInto('audit')
        .values({
          ...entry,
          target: toText(target),
          address: toText(address),
          detail: toJson(detail),
        })
        .execute()
    },
    list: async ({ from, to, actor, action, target, limit, cursor }) => {
      let rows = query.selectFrom('audit').selectAll()
      if (from !== undefined) rows = rows.where('at', '>=', from)
      if (to !== undefined) rows = rows.where('at', '<', to)
      if (actor !== undefined) rows = rows.where('actor', '=', actor)
      if (action !== undefined) rows = rows.where('action', '=', action)
      if (target !== undefined) rows = rows.where('target', '=', target)
      if (cursor !== undefined) rows = rows.where('id', '<', readCursor(cursor).at)
      const found = await rows
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return toPage(found, limit, ({ id }) => ({ at: id, id: '' }))
    },
  }
}
