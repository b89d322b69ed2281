// What is kept in the database, as plain values, and the questions asked of it. Instants are epoch ms, absent values null.
import type { z } from 'zod'
import type {
  AgentConfig,
  CallRecord,
  calendarRuleSchema,
  contactReasonSchema,
  missedSchema,
  PublishedNumber,
  QueueConfig,
} from '../api/schema.ts'
import type { Role } from '../desktop/protocol.ts'
import type { Fact, Result } from '../ledger/fact.ts'
import type { QualityStore, SignallingStore, StoredDialog } from './dialog.ts'
import type { SpeechFacts } from './speech-facts.ts'
import type { Flow } from '../../ivr-flows/node.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'

export interface UserAccount {
  readonly id: string
  readonly username: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly passwordHash: string
  readonly agentId: string | null
  readonly disabled: boolean
  /** Refused until then; null when not locked. */
  readonly lockedUntil: number | null
  /** Wrong passwords since the last right one. */
  readonly failures: number
}
export interface Users {
  list(): Promise<UserAccount[]>
  byId(id: string): Promise<UserAccount | undefined>
  byUsername(username: string): Promise<UserAccount | undefined>
  byAgent(agentId: string): Promise<UserAccount | undefined>
  /** Creates or replaces by id. @throws {Refusal} IN_USE when the user name belongs to another. */
  save(user: UserAccount): Promise<void>
  /** Counts one wrong password and locks when `lockAfter` is reached; gives the failures so far. */
  countFailure(id: string, lockAfter: number, lockedUntil: number): Promise<number>
  clearFailures(id: string): Promise<void>
  remove(id: string): Promise<boolean>
}

/** A list of configured things, replaced whole by id. */
export interface Catalogue<T> {
  list(): Promise<T[]>
  byId(id: string): Promise<T | undefined>
  save(value: T): Promise<void>
  remove(id: string): Promise<boolean>
}
export interface AgentAccount extends AgentConfig {
  /** Password of the agent's phone at the switch, never shown to people. */
  readonly phoneSecret: string
}
export type Agents = Catalogue<AgentAccount>
export type Queues = Catalogue<QueueConfig>
/** By the number itself. */
export type Numbers = Catalogue<PublishedNumber>
/** Passwords included: for the switch, never for people. */
export type Trunks = Catalogue<Trunk>
export type CalendarRule = z.infer<typeof calendarRuleSchema>
export type Calendars = Catalogue<CalendarRule>
export type ContactReason = z.infer<typeof contactReasonSchema>
/** Listed in their order. */
export type ContactReasons = Catalogue<ContactReason>

export interface FlowVersion {
  readonly flow: Flow
  readonly version: number
  /** Null for a draft. */
  readonly publishedAt: number | null
  readonly by: string
}
export interface Flows {
  /** The newest published version of each flow. */
  running(): Promise<FlowVersion[]>
  runningOf(id: string): Promise<FlowVersion | undefined>
  /** Newest first. */
  versionsOf(id: string): Promise<FlowVersion[]>
  /** Keeps a new version; with `publishedAt` it runs from now on. Gives its number. */
  add(flow: Flow, by: string, publishedAt: number | null): Promise<number>
  /** Puts an older version or a draft into force as a new version; undefined when there is none. */
  publish(id: string, version: number, by: string, at: number): Promise<FlowVersion | undefined>
}

export interface SettingStore {
  all(): Promise<Record<string, unknown>>
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<void>
}

export interface AuditEntry {
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly detail: unknown
  readonly address: string
}
export interface Audit {
  add(entry: AuditEntry): Promise<void>
  list(query: {
    from?: number
    to?: number
    actor?: string
    action?: string
    target?: string
    limit: number
    cursor?: string
  }): Promise<Page<AuditEntry & { readonly id: number }>>
}
export interface Page<T> {
  readonly items: T[]
  readonly nextCursor: string | null
}

/** A call's record with instants inside; `createRecordShape` makes the API's shape of it. */
export type StoredCall = Omit<
  CallRecord,
  'startedAt' | 'answeredAt' | 'endedAt' | 'workOrderIds'
> & {
  readonly startedAt: number
  readonly answeredAt: number | null
  readonly endedAt: number | null
  readonly workOrderIds: readonly string[]
}
export interface CallFilter {
  /** A call's id, or the SIP Call-ID of one of its legs. */
  readonly id?: string
  /** Inclusive, by start of the call. */
  readonly from?: number
  /** Exclusive. */
  readonly to?: number
  /** Part of the outside number. */
  readonly caller?: string
  /** The whole outside number, in its one spelling. */
  readonly party?: string
  readonly agent?: string
  readonly queue?: string
  readonly result?: Result
  readonly direction?: StoredCall['direction']
  /** In one of its sentences. */
  readonly said?: string
}
export interface CallHistory {
  /** Calls from or to the number in the days asked for. */
  readonly count: number
  /** Newest first, ended ones only. */
  readonly last: StoredCall[]
  readonly callerName: string | null
  readonly area: string | null
}
export interface Calls {
  byId(id: string): Promise<StoredCall | undefined>
  /** Newest first. @throws {Refusal} BAD_REQUEST for a cursor that is not ours. */
  query(
    filter: CallFilter,
    page: { limit: number; cursor?: string },
  ): Promise<Page<StoredCall> & { readonly total: number }>
  /** Every call that passes the filter, newest first, read in pages. */
  each(filter: CallFilter): AsyncIterable<StoredCall>
  historyOf(number: string, since: number, limit: number): Promise<CallHistory>
  addWorkOrder(callId: string, workOrderId: string): Promise<void>
}

/** A recording as the facts tell it. */
export interface Recording {
  readonly id: string
  readonly callId: string
  readonly path: string
  readonly startedAt: number
  /** Null while it runs. */
  readonly durationMs: number | null
  readonly fault: string | null
}
export interface StoredRecording extends Recording {
  readonly sha256: string | null
}
export interface Recordings {
  byId(id: string): Promise<StoredRecording | undefined>
  ofCall(callId: string): Promise<StoredRecording[]>
  /** Oldest first, started before `before`. */
  olderThan(before: number, limit: number): Promise<StoredRecording[]>
  setSha256(id: string, sha256: string): Promise<void>
}

/** A call that nobody took, with instants inside; `createRecordShape` makes the API's shape of it. */
export type StoredMissed = Omit<z.infer<typeof missedSchema>, 'at' | 'doneAt'> & {
  readonly at: number
  readonly doneAt: number | null
}
/** The part of it that facts decide. */
export type Missed = Omit<StoredMissed, 'state' | 'doneBy' | 'doneAt' | 'note'>
export interface MissedCalls {
  /** Newest first. */
  list(query: {
    state?: StoredMissed['state']
    kind?: StoredMissed['kind']
    from?: number
    to?: number
    limit: number
    cursor?: string
  }): Promise<Page<StoredMissed> & { readonly total: number }>
  byId(id: string): Promise<StoredMissed | undefined>
  /** Worked off; undefined when there is no such call. A second time changes nothing. */
  done(id: string, by: string, at: number, note: string | null): Promise<StoredMissed | undefined>
  reopen(id: string): Promise<StoredMissed | undefined>
}

export interface Facts {
  /** In order of seq. */
  of(subject: string): Promise<Fact[]>
  /** In order of time, read in pages. */
  since(at: number): AsyncIterable<Fact>
  /** Writes facts not yet known and recomputes what is told of their calls, as one. */
  record(facts: readonly Fact[], summarise: Summarise): Promise<void>
}
/** What the facts of one call tell; pure. Given by server/records. */
export type Summarise = (facts: readonly Fact[]) => CallSummary
export interface CallSummary {
  readonly record: StoredCall | undefined
  readonly missed: Missed | undefined
  readonly recordings: readonly Recording[]
  readonly dialogs: readonly StoredDialog[]
}

export interface Repositories {
  readonly users: Users
  readonly agents: Agents
  readonly queues: Queues
  readonly numbers: Numbers
  readonly trunks: Trunks
  readonly flows: Flows
  readonly calendars: Calendars
  readonly contactReasons: ContactReasons
  readonly settings: SettingStore
  readonly audit: Audit
  readonly calls: Calls
  readonly missed: MissedCalls
  readonly recordings: Recordings
  readonly facts: Facts
  readonly signalling: SignallingStore
  readonly quality: QualityStore
  readonly speech: SpeechFacts
}
