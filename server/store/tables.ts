// The tables as Kysely sees them; migrations.ts makes them. Instants are epoch ms in bigint columns, read as numbers.
import type { ColumnType, Generated } from 'kysely'
import type { Role } from '../desktop/protocol.ts'
import type { Result } from '../ledger/fact.ts'
import type { OperationsTables } from './operations-tables.ts'
import type { NewSipMessage } from './dialog.ts'
import type { Missed, Recording, StoredCall, StoredMissed } from './repository.ts'

/** Read as a value, written as JSON text (`toJson`). */
type Json<T> = ColumnType<T, string, string>
type Plain<T> = { -readonly [K in keyof T]: T[K] }

export interface Tables extends OperationsTables {
  users: {
    id: string
    username: string
    name: string
    roles: Role[]
    passwordHash: string
    agentId: string | null
    disabled: boolean
    lockedUntil: number | null
    failures: number
  }
  agents: {
    id: string
    name: string
    autoAnswer: boolean
    phoneSecret: string
    queues: Json<Record<string, number>>
  }
  queues: { id: string; config: Json<unknown> }
  calendars: { id: string; config: Json<unknown> }
  numbers: { number: string; flow: string; name: string }
  trunks: { id: string; config: Json<unknown> }
  flows: {
    id: string
    version: number
    json: Json<unknown>
    publishedAt: number | null
    by: string
  }
  contactReasons: { id: string; parent: string | null; name: string; sort: number }
  settings: { key: string; value: Json<unknown> }
  facts: { subject: string; seq: number; at: number; type: string; data: Json<unknown> }
  /** `party` is the outside number in one spelling, by which a caller is known again. */
  calls: Plain<Omit<StoredCall, 'workOrderIds' | 'result'>> & {
    result: Result | null
    party: string | null
  }
  callWorkOrders: { callId: string; workOrderId: string }
  recordings: Plain<Recording> & { sha256: Generated<string | null> }
  missed: Plain<Missed> & {
    state: Generated<StoredMissed['state']>
    doneBy: Generated<string | null>
    doneAt: Generated<number | null>
    note: Generated<string | null>
  }
  dialogs: { sipCallId: string; callId: string; legId: string; at: number }
  sipMessages: Plain<NewSipMessage> & { id: Generated<number> }
  legQuality: { legId: string; at: number; callId: string; points: Json<unknown> }
  audit: {
    id: Generated<number>
    at: number
    actor: string
    action: string
    target: string
    detail: Json<unknown>
    address: string
  }
}

// PostgreSQL takes neither U+0000 nor half a surrogate pair; both come from broken callers, never from people.
const UNSTORABLE = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

export const toText = (value: string): string => value.replace(UNSTORABLE, '\uFFFD')

/** JSON text that a jsonb column accepts. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === 'string' ? toText(inner) : inner,
  )
