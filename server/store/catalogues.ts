// Lists of configured things: agents, queues, numbers, calendars, contact reasons.
import type { DeleteResult } from 'kysely'
import type { Database } from './database.ts'
import type {
  Agents,
  CalendarRule,
  Calendars,
  Catalogue,
  ContactReasons,
  Numbers,
  Queues,
  Trunks,
} from './repository.ts'
import type { QueueConfig } from '../api/schema.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import { toJson } from './tables.ts'

const removed = ({ numDeletedRows }: DeleteResult): boolean => numDeletedRows > 0n

export function createAgents({ query }: Database): Agents {
  const all = () => query.selectFrom('agents').selectAll()
  return {
    list: () => all().orderBy('id').execute(),
    byId: id => all().where('id', '=', id).executeTakeFirst(),
    save: async ({ id, queues, ...agent }) => {
      const row = { ...agent, queues: toJson(queues) }
      await query
        .insertInto('agents')
        .values({ id, ...row })
        .onConflict(conflict => conflict.column('id').doUpdateSet(row))
        .execute()
    },
    remove: async id =>
      removed(await query.deleteFrom('agents').where('id', '=', id).executeTakeFirst()),
  }
}

/** Values kept whole as JSON; they were checked by their schema on the way in. */
function createDocuments<T extends { readonly id: string }>(
  { query }: Database,
  table: 'queues' | 'calendars' | 'trunks',
): Catalogue<T> {
  const all = () => query.selectFrom(table).select('config').$castTo<{ config: T }>()
  return {
    list: async () => (await all().orderBy('id').execute()).map(({ config }) => config),
    byId: async id => (await all().where('id', '=', id).executeTakeFirst())?.config,
    save: async value => {
      const config = toJson(value)
      await query
        .insertInto(table)
        .values({ id: value.id, config })
        .onConflict(conflict => conflict.column('id').doUpdateSet({ config }))
        .execute()
    },
    remove: async id =>
      removed(await query.deleteFrom(table).where('id', '=', id).executeTakeFirst()),
  }
}
export const createQueues = (database: Database): Queues =>
  createDocuments<QueueConfig>(database, 'queues')
export const createCalendars = (database: Database): Calendars =>
  createDocuments<CalendarRule>(database, 'calendars')
export const createTrunks = (database: Database): Trunks =>
  createDocuments<Trunk>(database, 'trunks')

export function createNumbers({ query }: Database): Numbers {
  const all = () => query.selectFrom('numbers').selectAll()
  return {
    list: () => all().orderBy('number').execute(),
    byId: number => all().where('number', '=', number).executeTakeFirst(),
    save: async ({ number, ...rest }) => {
      await query
        .insertInto('numbers')
        .values({ number, ...rest })
        .onConflict(conflict => conflict.column('number').doUpdateSet(rest))
        .execute()
    },
    remove: async number =>
      removed(await query.deleteFrom('numbers').where('number', '=', number).executeTakeFirst()),
  }
}

export function createContactReasons({ query }: Database): ContactReasons {
  const all = () => query.selectFrom('contactReasons').selectAll()
  return {
    list: () => all().orderBy('sort').orderBy('id').execute(),
    byId: id => all().where('id', '=', id).executeTakeFirst(),
    save: async ({ id, ...reason }) => {
      await query
        .insertInto('contactReasons')
        .values({ id, ...reason })
        .onConflict(conflict => conflict.column('id').doUpdateSet(reason))
        .execute()
    },
    remove: async id =>
      removed(await query.deleteFrom('contactReasons').where('id', '=', id).executeTakeFirst()),
  }
}
