// The ledger's table, and what is told of calls computed anew from it whenever facts arrive.
import { type Kysely, type SqlBool, sql, type Transaction } from 'kysely'
import type { Fact } from '../ledger/fact.ts'
import type { Database } from './database.ts'
import { outsideNumber } from './number.ts'
import type { CallSummary, Facts, Missed, Recording, StoredCall } from './repository.ts'
import { type Tables, toJson, toText } from './tables.ts'

const PAGE = 1000
const MOST_ROWS = 1000 // five values each, far below the protocol's 65,535
// Any fixed number will do: two drainers that read different facts of one call must not overwrite each other's sum.
const RECORD_LOCK = 7_412_394

/** Facts of no call have subjects such as `agent:1001` or `trunk:main`. */
const isCall = (subject: string) => !/^(agent|trunk):/.test(subject)

export function createFacts({ query }: Database): Facts {
  return {
    of: async subject =>
      (
        await query
          .selectFrom('facts')
          .selectAll()
          .where('subject', '=', subject)
          .orderBy('seq')
          .execute()
      ).map(toFact),
    since: async function* (at) {
      let last: Fact | undefined
      for (;;) {
        const after = last
        let rows = query
          .selectFrom('facts')
          .selectAll()
          .where('at', '>=', after?.at ?? at)
        if (after) {
          rows = rows.where(
            sql<SqlBool>`(at, subject, seq) > (${after.at}::bigint, ${after.subject}::text, ${after.seq}::bigint)`,
          )
        }
        const page = await rows
          .orderBy('at')
          .orderBy('subject')
          .orderBy('seq')
          .limit(PAGE)
          .execute()
        yield* page.map(toFact)
        const end = page.at(-1)
        if (!end || page.length < PAGE) return
        last = toFact(end)
      }
    },
    record: async (facts, summarise) => {
      await query.transaction().execute(async transaction => {
        await sql`select pg_advisory_xact_lock(${sql.lit(RECORD_LOCK)})`.execute(transaction)
        for (let from = 0; from < facts.length; from += MOST_ROWS) {
          await insert(transaction, facts.slice(from, from + MOST_ROWS))
        }
        const touched = [...new Set(facts.map(fact => toText(fact.subject)).filter(isCall))]
        for (let from = 0; from < touched.length; from += MOST_ROWS) {
          const subjects = touched.slice(from, from + MOST_ROWS)
          for (const [id, ledger] of await ledgers(transaction, subjects))
            await tell(transaction, id, summarise(ledger))
        }
      })
    },
  }
}

async function insert(transaction: Transaction<Tables>, facts: readonly Fact[]): Promise<void> {
  const rows = facts.map(({ subject, seq, at, type, data }) => ({
    subject: toText(subject),
    seq,
    at,
    type,
    data: toJson(data),
  }))
  await transaction
    .insertInto('facts')
    .values(rows)
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

async function ledgers(
  query: Kysely<Tables>,
  subjects: readonly string[],
): Promise<Map<string, Fact[]>> {
  const rows = await query
    .selectFrom('facts')
    .selectAll()
    .where('subject', 'in', [...subjects])
    .orderBy('subject')
    .orderBy('seq')
    .execute()
  const bySubject = new Map<string, Fact[]>()
  for (const row of rows)
    bySubject.set(row.subject, [...(bySubject.get(row.subject) ?? []), toFact(row)])
  return bySubject
}

async function tell(
  transaction: Transaction<Tables>,
  callId: string,
  { record, missed, recordings, dialogs }: CallSummary,
): Promise<void> {
  if (record) await tellCall(transaction, record)
  if (missed) await tellMissed(transaction, missed)
  // What a person has worked off stays, even when late facts say that there was nothing to do.
  else
    await transaction
      .deleteFrom('missed')
      .where('callId', '=', callId)
      .where('state', '=', 'open')
      .execute()
  for (const recording of recordings) await tellRecording(transaction, recording)
  if (dialogs.length > 0)
    await transaction
      .insertInto('dialogs')
      .values(dialogs.map(dialog => ({ ...dialog, sipCallId: toText(dialog.sipCallId) })))
      .onConflict(conflict => conflict.doNothing())
      .execute()
}

async function tellCall(
  transaction: Transaction<Tables>,
  { workOrderIds: _, ...record }: StoredCall,
): Promise<void> {
  const { id, ...row } = {
    ...record,
    party: outsideNumber(record.direction, record.caller, record.callee),
  }
  await transaction
    .insertInto('calls')
    .values({ id, ...row })
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
}

async function tellMissed(transaction: Transaction<Tables>, { id, ...row }: Missed): Promise<void> {
  await transaction
    .insertInto('missed')
    .values({ id, ...row })
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
}

async function tellRecording(
  transaction: Transaction<Tables>,
  { id, ...row }: Recording,
): Promise<void> {
  await transaction
    .insertInto('recordings')
    .values({ id, ...row })
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
}

// Type and data were written together from one fact.
const toFact = (row: { subject: string; seq: number; at: number; type: string; data: unknown }) =>
  row as Fact
