// The alphabet between server and desktop. A channel is a flat map of named values with a rising version; a desktop that
// comes back says the version it has and gets the changes since, or a snapshot when they are forgotten.
import { z } from 'zod'
import type { Result } from '../ledger/fact.ts'
import type { SpeechView } from './speech-protocol.ts'

export type * from './speech-protocol.ts'

/** An auditor (审计员) reads records and the audit, masked, and changes nothing. */
export type Role = 'administrator' | 'supervisor' | 'agent' | 'auditor'
export type AgentState =
  'signed-out' | 'idle' | 'reserved' | 'ringing' | 'talking' | 'on-hold' | 'wrap-up' | 'busy'

export interface AgentView {
  readonly id: string
  readonly name: string
  readonly state: AgentState
  /** Epoch ms on the server's clock. */
  readonly since: number
  /** Busy reason code, or why the server set the agent aside (`no-answer`, `phone-lost`). */
  readonly reason?: string
  /** State asked for while on a call; taken when the call ends. */
  readonly next?: { readonly state: 'busy' | 'signed-out' | 'idle'; readonly reason?: string }
  readonly queues: readonly string[]
  readonly phone: 'registered' | 'unregistered'
  readonly autoAnswer: boolean
  readonly callId?: string
  /** The number at the other end, masked for those who may not see it. */
  readonly withNumber?: string
  readonly wrapUpUntil?: number
  readonly today: AgentToday
}
export interface AgentToday {
  readonly answered: number
  readonly missed: number
  readonly talkMs: number
  /** Mean rating 1–5 of rated calls; absent when none. */
  readonly satisfied?: number
  readonly rated: number
}

export interface PastCall {
  readonly id: string
  readonly startedAt: number
  readonly agent?: string
  readonly result: Result
  readonly contactReason?: string
  readonly notes?: string
}
export interface CallerView {
  readonly number: string
  /** Area of the number (归属地) or as written by an agent before. */
  readonly area?: string
  readonly name?: string
  readonly callsLast30Days: number
  readonly lastCalls: readonly PastCall[]
}
export interface CallView {
  readonly id: string
  readonly direction: 'inbound' | 'outbound' | 'internal'
  readonly state: 'ringing' | 'dialling' | 'talking' | 'on-hold' | 'consulting' | 'wrap-up'
  readonly since: number
  readonly caller: CallerView
  readonly callee: string
  readonly queue?: string
  readonly queueName?: string
  readonly waitedMs?: number
  readonly answeredAt?: number
  readonly ringUntil?: number
  readonly wrapUpUntil?: number
  /** Why this agent was chosen, as a sentence's parts. */
  readonly reason?: { readonly rule: string; readonly idleMs: number; readonly skillLevel: number }
  readonly legId?: string
  readonly recording: 'on' | 'off' | 'masked' | 'failed'
  /** Channel `transcript:<call>` has what is said; absent where the site has no recogniser. */
  readonly transcript?: 'on' | 'waiting' | 'off' | 'failed'
  /** Why the caller came past the machine. */
  readonly lane?: 'failures' | 'asked-for-person' | 'slow-digits' | 'elder'
  readonly muted: boolean
  readonly others: readonly {
    readonly kind: 'agent' | 'number' | 'supervisor'
    readonly label: string
    readonly state: string
  }[]
  readonly described: {
    readonly contactReason?: string
    readonly notes?: string
    readonly callerName?: string
    readonly area?: string
  }
}

export interface QueueView {
  readonly id: string
  readonly name: string
  readonly waiting: number
  /** When the caller who waits longest joined; absent when nobody waits. */
  readonly oldestJoinedAt?: number
  readonly waiters: readonly {
    readonly callId: string
    readonly joinedAt: number
    readonly number: string
    readonly priority: number
    readonly offeredTo?: string
  }[]
  /** Honest wait promise for one who joins now, in seconds; absent when it can't be kept. */
  readonly estimate?: { readonly lowS: number; readonly highS: number }
  readonly agents: Readonly<Record<AgentState, number>>
  readonly today: QueueToday
  /** Service level of each of the last twelve 5-minute slots, 0–1; null where nobody called. */
  readonly levels: readonly (number | null)[]
}
export interface QueueToday {
  readonly joined: number
  readonly answered: number
  readonly answeredIn15s: number
  readonly abandoned: number
  readonly waitMs: number
}

export interface LinesView {
  readonly used: number
  readonly limit: number
  readonly inFlow: number
  readonly flowLimit: number
  readonly recording: number
  readonly recordingLimit: number
  readonly waiting: number
  readonly talking: number
  readonly lines: readonly {
    readonly callId: string
    readonly number: string
    readonly state: string
    readonly since: number
    /** The switch it is on. */
    readonly node: string
  }[]
}
export interface TodayView {
  readonly offered: number
  readonly answered: number
  readonly askedForAgent: number
  readonly answeredIn15s: number
  readonly abandonedInQueue: number
  readonly abandonedInFlow: number
  readonly blocked: number
  readonly voicemail: number
  readonly callback: number
  readonly selfService: number
  readonly waitMs: number
  readonly ratedCount: number
  readonly satisfiedCount: number
  /** Calls a quarter of an hour since midnight. */
  readonly quarters: readonly number[]
}
export type AlarmLevel = 'info' | 'warning' | 'critical'
export interface TrunkToday {
  readonly in: { readonly calls: number; readonly answered: number }
  readonly out: {
    readonly calls: number
    readonly answered: number
    /** The network did not take the call. */
    readonly failed: number
    /** Of those, the ones that another trunk was tried for. */
    readonly movedOn: number
  }
  /** Counted refusals by reason. */
  readonly blocked: Readonly<Record<string, number>>
}
export interface TrunkView {
  readonly id: string
  readonly name: string
  /** Lower first. */
  readonly priority: number
  /** `suspect`: did not take a call, others go first. `partly`: not the same at every switch. */
  readonly state: 'up' | 'suspect' | 'down' | 'partly' | 'unknown' | 'off'
  readonly since?: number
  readonly reason?: 'no-answer' | 'not-registered' | 'refused'
  /** SIP status of the call that made it suspect. */
  readonly status?: number
  readonly registration?: 'none' | 'registered' | 'trying' | 'failed'
  /** Of the last OPTIONS that was answered. */
  readonly roundTripMs?: number
  readonly used: number
  readonly limit: number
  readonly nodes: readonly {
    readonly node: string
    readonly state: 'up' | 'suspect' | 'down' | 'unknown'
    readonly since: number
  }[]
  readonly today: TrunkToday
}
export interface AlarmView {
  readonly id: string
  readonly level: AlarmLevel
  readonly cause: string
  readonly since: number
  readonly detail?: string
}

/** One thing the state doctor put right; causes in server/control/doctor/cause.ts. */
export interface RepairView {
  readonly at: number
  readonly cause: string
  readonly callId?: string
  readonly agentId?: string
  readonly detail?: string
}
export interface RepairsView {
  /** Since this server started. */
  readonly counts: Readonly<Record<string, number>>
  /** Newest first. */
  readonly last: readonly RepairView[]
}

/** Channel `desk:<agent>`: what one agent's desktop shows. */
export interface DeskValues {
  agent: AgentView
  call: CallView | null
  notice: { readonly code: string; readonly at: number; readonly detail?: string } | null
  lastCall: CallView | null
}
/** Channel `floor`: what a supervisor watches. Keys `agent/1001`, `queue/consult`, `trunk/main`, `lines`, `today`, `speech`, `alarm/disk`, `repairs`. */
export type FloorValue =
  AgentView | QueueView | LinesView | TodayView | TrunkView | AlarmView | RepairsView | SpeechView

export type ToDesktop =
  | {
      readonly type: 'welcome'
      readonly at: number
      readonly userId: string
      readonly channels: readonly string[]
    }
  | {
      readonly type: 'snapshot'
      readonly channel: string
      readonly version: number
      /** Whose versions these are; said again with `subscribe`. Another server, or a restarted one, has another run. */
      readonly run: string
      readonly at: number
      readonly values: Readonly<Record<string, unknown>>
    }
  | {
      readonly type: 'change'
      readonly channel: string
      readonly version: number
      readonly at: number
      readonly set: Readonly<Record<string, unknown>>
      readonly remove: readonly string[]
    }
  | { readonly type: 'pong'; readonly at: number; readonly sentAt: number }
  | { readonly type: 'refused'; readonly code: string; readonly channel?: string }

export const fromDesktopSchema = z.discriminatedUnion('type', [
  /** `version` is the last one seen of that channel in that run; absent for a first visit. */
  z.strictObject({
    type: z.literal('subscribe'),
    channel: z.string().max(80),
    version: z.number().int().optional(),
    run: z.string().max(80).optional(),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), channel: z.string().max(80) }),
  z.strictObject({ type: z.literal('ping'), sentAt: z.number() }),
])
export type FromDesktop = z.infer<typeof fromDesktopSchema>
