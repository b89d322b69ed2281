import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Flow } from '../../ivr-flows/node.ts'
import type { Database } from './database.ts'
import type { Flows, FlowVersion } from './repository.ts'
import { type Tables, toJson } from './tables.ts'

export function createFlows({ query }: Database): Flows {
  const running = () =>
    query
      .selectFrom('flows')
      .distinctOn('id')
      .selectAll()
      .where('publishedAt', 'is not', null)
      .orderBy('id')
      .orderBy('version', 'desc')
  const add: Flows['add'] = async (flow, by, publishedAt) => {
    const added = await sql<{ version: number }>`
      insert into flows (id, version, json, published_at, "by")
      select ${flow.id}::text, coalesce(max(version), 0) + 1, ${toJson(flow)}::jsonb, ${publishedAt}::bigint, ${by}::text
      from flows where id = ${flow.id} returning version`.execute(query)
    return added.rows[0]?.version ?? 1
  }
  return {
    running: async () => (await running().execute()).map(toVersion),
    runningOf: async id => {
      const found = await running().where('id', '=', id).executeTakeFirst()
      return found && toVersion(found)
    },
    versionsOf: async id => {
      const rows = await query
        .selectFrom('flows')
        .selectAll()
        .where('id', '=', id)
        .orderBy('version', 'desc')
        .execute()
      return rows.map(toVersion)
    },
    add,
    publish: async (id, version, by, publishedAt) => {
      const found = await query
        .selectFrom('flows')
        .selectAll()
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst()
      if (!found) return undefined
      const { flow } = toVersion(found)
      return { flow, version: await add(flow, by, publishedAt), publishedAt, by }
    },
  }
}

// Checked by its schema before it was stored; the loop validates again when it takes a flow over.
const toVersion = ({
  json,
  version,
  publishedAt,
  by,
}: Selectable<Tables['flows']>): FlowVersion => ({
  flow: json as Flow,
  version,
  publishedAt,
  by,
})
