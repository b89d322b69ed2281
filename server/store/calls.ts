import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import { readCursor, toPage } from './cursor.ts'
import type { Database } from './database.ts'
import { normaliseNumber } from './number.ts'
import type { CallFilter, Calls, StoredCall } from './repository.ts'
import type { Tables } from './tables.ts'

const PAGE = 500

export function createCalls({ query }: Database): Calls {
  const all = () =>
    query
      .selectFrom('calls')
      .selectAll()
      .select(
        sql<string[]>`array(select work_order_id from call_work_orders
          where call_id = calls.id order by work_order_id)`.as('workOrderIds'),
      )

  const page = async (filter: CallFilter, limit: number, cursor: string | undefined) => {
    let rows = all().where(passes(filter))
    if (cursor !== undefined) {
      const { at, id } = readCursor(cursor)
      rows = rows.where(sql<SqlBool>`(started_at, id) < (${at}::bigint, ${id}::text)`)
    }
    const found = await rows
      .orderBy('startedAt', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    return toPage(found.map(toStored), limit, ({ startedAt, id }) => ({ at: startedAt, id }))
  }

  return {
    byId: async id => {
      const found = await all().where('id', '=', id).executeTakeFirst()
      return found && toStored(found)
    },
    query: async (filter, { limit, cursor }) => {
      const found = await page(filter, limit, cursor)
      const { total } = await query
        .selectFrom('calls')
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .where(passes(filter))
        .executeTakeFirstOrThrow()
      return { ...found, total }
    },
    each: async function* (filter) {
      let cursor: string | undefined
      do {
        const { items, nextCursor } = await page(filter, PAGE, cursor)
        yield* items
        cursor = nextCursor ?? undefined
      } while (cursor !== undefined)
    },
    historyOf: async (number, since, limit) => {
      const party = normaliseNumber(number)
      const known = () => all().where('party', '=', party)
      const counted = await query
        .selectFrom('calls')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('party', '=', party)
        .where('startedAt', '>=', since)
        .where('endedAt', 'is not', null)
        .executeTakeFirstOrThrow()
      const newest = () => known().orderBy('startedAt', 'desc').orderBy('id', 'desc')
      const last = await newest().where('endedAt', 'is not', null).limit(limit).execute()
      const named = await newest().where('callerName', 'is not', null).limit(1).executeTakeFirst()
      const placed = await newest().where('area', 'is not', null).limit(1).executeTakeFirst()
      return {
        count: counted.count,
        last: last.map(toStored),
        callerName: named?.callerName ?? null,
        area: placed?.area ?? null,
      }
    },
    addWorkOrder: async (callId, workOrderId) => {
      await query
        .insertInto('callWorkOrders')
        .values({ callId, workOrderId })
        .onConflict(conflict => conflict.doNothing())
        .execute()
    },
  }
}

/** The filter as a condition. */
function passes(filter: CallFilter) {
  const { id, party, from, to, caller, agent, queue, result, direction, said } = filter
  return (where: ExpressionBuilder<Tables, 'calls'>) => {
    const part = caller === undefined ? '' : containing(caller)
    return where.and([
      ...(id === undefined
        ? []
        : [
            where.or([
              where('id', '=', id),
              where(
                'id',
                '=',
                sql<string>`(select call_id from dialogs where sip_call_id = ${id})`,
              ),
            ]),
          ]),
      ...(from === undefined ? [] : [where('startedAt', '>=', from)]),
      ...(to === undefined ? [] : [where('startedAt', '<', to)]),
      ...(said === undefined ? [] : [spoke(said)]),
      ...(party === undefined ? [] : [where('party', '=', party)]),
      ...(agent === undefined ? [] : [where('agent', '=', agent)]),
      ...(queue === undefined ? [] : [where('queue', '=', queue)]),
      ...(result === undefined ? [] : [where('result', '=', result)]),
      ...(direction === undefined ? [] : [where('direction', '=', direction)]),
      ...(caller === undefined
        ? []
        : [
            ...partsOf(caller),
            where.or([
              where('caller', 'like', part),
              where.and([where('direction', '=', 'outbound'), where('callee', 'like', part)]),
            ]),
          ]),
    ])
  }
}

/** By the key of the facts: the other conditions choose the calls whose sentences are read. */
const spoke = (said: string) =>
  sql<SqlBool>`exists (select from facts where facts.subject = calls.id and facts.type = 'sentence-heard'
    and facts.data->>'text' ilike ${containing(said)})`

const containing = (part: string) => `%${part.replace(/[\\%_]/g, '\\$&')}%`

/**
 * By the index on every four digits in a row (migration 3 of the core), in its very words. A shorter fragment is in so many numbers
 * that looking at the newest calls finds a page of them.
 */
function partsOf(fragment: string) {
  const parts = Array.from({ length: fragment.length - 3 }, (_, at) => fragment.slice(at, at + 4))
  if (parts.length === 0) return []
  return [
    sql<SqlBool>`number_parts(case direction when 'outbound' then caller || ' ' || callee else caller end)
      @> array[${sql.join(parts)}]::text[]`,
  ]
}

const toStored = ({ party, ...call }: StoredCall & { readonly party: string | null }): StoredCall =>
  call
