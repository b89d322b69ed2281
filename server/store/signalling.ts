// SIP messages by dialog, the dialogs of calls, and how the sound of their legs arrived.
import { sql } from 'kysely'
import type { Database } from './database.ts'
import type { QualityPoint, QualityStore, SignallingStore } from './dialog.ts'
import { toJson, toText } from './tables.ts'

/** Values of one statement stay far below the protocol's 65,535. */
const MOST_ROWS = 1000
/** More than any call has; a broken one must not fill the memory. */
const MOST_READ = 2000

export function createSignalling({ query }: Database): SignallingStore {
  return {
    add: async messages => {
      for (let from = 0; from < messages.length; from += MOST_ROWS) {
        const rows = messages.slice(from, from + MOST_ROWS).map(message => ({
          ...message,
          sipCallId: toText(message.sipCallId),
          content: toText(message.content),
        }))
        await query.insertInto('sipMessages').values(rows).execute()
      }
    },
    of: async sipCallIds =>
      sipCallIds.length === 0
        ? []
        : query
            .selectFrom('sipMessages')
            .selectAll()
            .where('sipCallId', 'in', [...sipCallIds])
            .orderBy('atUs')
            .orderBy('id')
            .limit(MOST_READ)
            .execute(),
    callOf: async sipCallId =>
      (
        await query
          .selectFrom('dialogs')
          .select('callId')
          .where('sipCallId', '=', sipCallId)
          .executeTakeFirst()
      )?.callId,
    forget: async (before, limit) => {
      const old = await sql`delete from sip_messages where id in
        (select id from sip_messages where at_us < ${before * 1000}::bigint limit ${limit})`.execute(
        query,
      )
      const dialogs = await sql`delete from dialogs where sip_call_id in
        (select sip_call_id from dialogs where at < ${before}::bigint limit ${limit})`.execute(
        query,
      )
      return Number(old.numAffectedRows ?? 0) + Number(dialogs.numAffectedRows ?? 0)
    },
    forgetStrangers: async (from, to, limit) => {
      const gone = await sql`delete from sip_messages where id in
        (select id from sip_messages where at_us >= ${from * 1000}::bigint and at_us < ${to * 1000}::bigint
          and not exists (select 1 from dialogs where dialogs.sip_call_id = sip_messages.sip_call_id) limit ${limit})`.execute(
        query,
      )
      return Number(gone.numAffectedRows ?? 0)
    },
  }
}

export function createQuality({ query }: Database): QualityStore {
  return {
    add: async stretches => {
      for (let from = 0; from < stretches.length; from += MOST_ROWS) {
        const rows = stretches.slice(from, from + MOST_ROWS).map(stretch => ({
          legId: stretch.legId,
          callId: stretch.callId,
          at: stretch.points[0]?.at ?? 0,
          points: toJson(stretch.points),
        }))
        await query
          .insertInto('legQuality')
          .values(rows)
          .onConflict(conflict => conflict.doNothing())
          .execute()
      }
    },
    ofCall: async callId =>
      (
        await query
          .selectFrom('legQuality')
          .selectAll()
          .where('callId', '=', callId)
          .orderBy('at')
          .limit(MOST_READ)
          .execute()
      ).flatMap(({ legId, points }) =>
        (points as QualityPoint[]).map(point => ({ ...point, legId })),
      ),
    forget: async (before, limit) => {
      const gone = await sql`delete from leg_quality where (leg_id, at) in
        (select leg_id, at from leg_quality where at < ${before}::bigint limit ${limit})`.execute(
        query,
      )
      return Number(gone.numAffectedRows ?? 0)
    },
  }
}
