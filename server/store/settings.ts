import type { Database } from './database.ts'
import type { SettingStore } from './repository.ts'
import { toJson } from './tables.ts'

export function createSettings({ query }: Database): SettingStore {
  return {
    all: async () => {
      const rows = await query.selectFrom('settings').selectAll().execute()
      return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
    },
    get: async key =>
      (await query.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst())
        ?.value,
    set: async (key, value) => {
      const text = toJson(value)
      await query
        .insertInto('settings')
        .values({ key, value: text })
        .onConflict(conflict => conflict.column('key').doUpdateSet({ value: text }))
        .execute()
    },
  }
}
