import type { Database } from './database.ts'
import type { Recordings } from './repository.ts'

export function createRecordings({ query }: Database): Recordings {
  const all = () => query.selectFrom('recordings').selectAll()
  return {
    byId: id => all().where('id', '=', id).executeTakeFirst(),
    ofCall: callId =>
      all().where('callId', '=', callId).orderBy('startedAt').orderBy('id').execute(),
    olderThan: (before, limit) =>
      all().where('startedAt', '<', before).orderBy('startedAt').limit(limit).execute(),
    setSha256: async (id, sha256) => {
      await query.updateTable('recordings').set({ sha256 }).where('id', '=', id).execute()
    },
  }
}
