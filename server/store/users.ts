import type { Selectable } from 'kysely'
import { refuse } from '../errors.ts'
import type { Database } from './database.ts'
import { isDuplicate } from './failure.ts'
import type { UserAccount, Users } from './repository.ts'
import type { Tables } from './tables.ts'

export function createUsers({ query }: Database): Users {
  const one = (column: 'id' | 'username' | 'agentId', value: string) =>
    query
      .selectFrom('users')
      .selectAll()
      .where(column, '=', value)
      .executeTakeFirst()
      .then(found => found && toAccount(found))
  return {
    list: async () =>
      (await query.selectFrom('users').selectAll().orderBy('username').execute()).map(toAccount),
    byId: id => one('id', id),
    byUsername: username => one('username', username),
    byAgent: agentId => one('agentId', agentId),
    save: async ({ id, ...user }) => {
      const row = { ...user, roles: [...user.roles] }
      try {
        await query
          .insertInto('users')
          .values({ id, ...row })
          .onConflict(conflict => conflict.column('id').doUpdateSet(row))
          .execute()
      } catch (err) {
        if (isDuplicate(err)) throw refuse('IN_USE', 'the user name belongs to another user')
        throw err
      }
    },
    countFailure: async (id, lockAfter, lockedUntil) => {
      const counted = await query
        .updateTable('users')
        .set(set => ({
          failures: set('failures', '+', 1),
          lockedUntil: set
            .case()
            .when('failures', '>=', lockAfter - 1)
            .then(lockedUntil)
            .else(set.ref('lockedUntil'))
            .end(),
        }))
        .where('id', '=', id)
        .returning('failures')
        .executeTakeFirst()
      return counted?.failures ?? 0
    },
    clearFailures: async id => {
      await query
        .updateTable('users')
        .set({ failures: 0, lockedUntil: null })
        .where('id', '=', id)
        .execute()
    },
    remove: async id => {
      const { numDeletedRows } = await query
        .deleteFrom('users')
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

const toAccount = (row: Selectable<Tables['users']>): UserAccount => ({ ...row })
