// What is now, as values. JSON-safe: each entry is stored as it stands, so that another process can go on from here.
import type { AgentId, CallId, LegId, PlayId, QueueId } from '../../telephony/call/id.ts'
import type { EndCause } from '../../telephony/call/cause.ts'
import type { MonitorMode } from '../../telephony/call/command.ts'
import type { LaneReason } from '../../ivr-flows/index.ts'
import type { FlowPosition } from '../../ivr-flows/node.ts'
import type { AgentState } from '../desktop/protocol.ts'
import type { FactData, LegRole, OfferReason, Result } from '../ledger/fact.ts'

export interface LiveLeg {
  readonly id: LegId
  readonly role: LegRole
  readonly agent?: AgentId
  /** Number shown for it. */
  readonly number: string
  readonly state: 'created' | 'ringing' | 'answered'
  readonly createdAt: number
  readonly answeredAt?: number
  /** Waits under our control and hears what we play. */
  readonly parked: boolean
  readonly bridgedTo?: LegId
  readonly sipCallId?: string
  /** The trunk whose line it uses. */
  readonly trunk?: string
  /** The trunk that was tried before for the same number. */
  readonly triedTrunk?: string
  /** We asked for its end; its ending is no surprise. */
  readonly ending?: boolean
}

/** An agent's phone rings, or is about to. */
export interface Offer {
  readonly agent: AgentId
  readonly legId: LegId
  readonly at: number
  readonly ringUntil: number
  readonly reason: OfferReason
}

export interface Consult {
  readonly legId: LegId
  readonly agent?: AgentId
  readonly number: string
  readonly state: 'ringing' | 'talking'
  readonly since: number
}

export type Stage =
  /** Known, not yet claimed: waits for its leg to be parked. */
  | { readonly state: 'offered' }
  | { readonly state: 'in-flow' }
  | {
      readonly state: 'queued'
      readonly queue: QueueId
      readonly joinedAt: number
      readonly priority: number
      readonly direct?: AgentId
      readonly tried: Readonly<Record<string, number>>
      readonly offer?: Offer
      /** What plays: an announcement or music. */
      readonly playing?: 'announcement' | 'music'
    }
  | {
      readonly state: 'talking'
      readonly agent: AgentId
      readonly legId: LegId
      /** The other side: the caller's leg, or the number's for calls of ours. */
      readonly partnerLegId: LegId
      readonly since: number
      readonly heldAt?: number
      readonly muted: boolean
      readonly consult?: Consult
      /** Name of the room while three or more talk. */
      readonly room?: string
      /** The agent's leg broke; the caller is kept until this instant. */
      readonly lostUntil?: number
      /** A new leg to the same agent after a reload; replaces legId when answered. */
      readonly resumingLegId?: LegId
    }
  /** Click to dial: first the agent's phone, then the number. */
  | {
      readonly state: 'dialling'
      readonly agent: AgentId
      readonly legId: LegId
      readonly number: string
      readonly numberLegId?: LegId
      readonly since: number
    }
  /** A blind transfer to a number outside, while it rings. */
  | {
      readonly state: 'transferring'
      readonly by: AgentId
      readonly number: string
      readonly numberLegId: LegId
      readonly since: number
    }
  /** The caller talks to a number outside; no agent of ours takes part. */
  | { readonly state: 'connected'; readonly numberLegId: LegId; readonly since: number }
  /** The talk is over, the customer's leg is about to be parked; then this happens. */
  | { readonly state: 'parting'; readonly then: AfterTalk }
  /** The customer is gone. Stays for its agent's wrap-up and for late facts. */
  | { readonly state: 'ended'; readonly at: number }

export type AfterTalk =
  | { readonly kind: 'rate' }
  | {
      readonly kind: 'queue'
      readonly queue: QueueId
      readonly direct?: AgentId
      readonly priority: number
      readonly joinedAt?: number
    }
  | { readonly kind: 'number'; readonly number: string; readonly by: AgentId }

export interface LiveRecording {
  readonly id: string
  /** Below the media folder. */
  readonly path: string
  readonly legId: LegId
  readonly startedAt: number
  readonly state: 'on' | 'masked' | 'stopping' | 'failed'
  /** The switch said that it records. */
  readonly heard?: true
  /** Since when it does, by what it told: times of a transcript count from here. */
  readonly heardAt?: number
  /** When we asked it to stop. */
  readonly stoppedAt?: number
}

export interface LiveCall {
  readonly id: CallId
  /** Name of the switch that holds its legs. */
  readonly node: string
  readonly direction: 'inbound' | 'outbound' | 'internal'
  /** Our own trial call that came back. */
  readonly trial?: true
  readonly caller: string
  readonly callee: string
  readonly startedAt: number
  /** Last fact written of this call. */
  readonly seq: number
  readonly legs: Readonly<Record<string, LiveLeg>>
  /** The leg of the customer: inbound caller or dialled number. */
  readonly customerLegId?: LegId
  readonly stage: Stage
  readonly flow?: FlowPosition
  /** What we wait to hear the end of; another play id's end is late and means nothing. */
  readonly play?: {
    readonly id: PlayId
    readonly purpose: 'flow' | 'announcement' | 'music' | 'message-beep' | 'ringback'
  }
  /** Somebody listens to the customer for the flow; what another listening tells is late. */
  readonly listening?: { readonly id: string }
  /** Why the caller came past the machine. */
  readonly lane?: LaneReason
  readonly recording?: LiveRecording
  /** Nothing of the talk is to be kept, whatever becomes of its recordings; until it is said otherwise or the talk ends. */
  readonly masked?: true
  /** How its transcript stands; absent while nobody has listened. */
  readonly transcript?: FactData['transcription-changed']
  /** Recordings of talks begun so far. */
  readonly recordingCount?: number
  /** The caller's spoken message, while it is recorded. */
  readonly message?: { readonly id: string; readonly path: string; readonly startedAt: number }
  readonly monitors: readonly {
    readonly legId: LegId
    readonly supervisor: AgentId
    readonly mode: MonitorMode
  }[]
  /** Due instants by name, epoch ms; armed again by whoever adopts the call. */
  readonly timers: Readonly<Record<string, number>>
  /** What has happened so far and decides the result. */
  readonly talked: boolean
  readonly messageLeft: boolean
  readonly callbackAsked: boolean
  readonly resultAsked?: Result
  readonly lastAgent?: AgentId
  readonly lastQueue?: QueueId
  readonly queuedAt?: number
  readonly waitedMs?: number
  readonly talkBeganAt?: number
  readonly described: {
    readonly contactReason?: string
    readonly notes?: string
    readonly callerName?: string
    readonly area?: string
  }
  readonly endCause?: EndCause
}

export interface LiveAgent {
  readonly id: AgentId
  readonly state: AgentState
  /** Epoch ms of the last change of state. */
  readonly since: number
  readonly idleSince: number
  readonly reason?: string
  readonly next?: { readonly state: 'busy' | 'signed-out' | 'idle'; readonly reason?: string }
  readonly phone: 'registered' | 'unregistered'
  readonly autoAnswer: boolean
  readonly callId?: CallId
  readonly wrapUpUntil?: number
  readonly seq: number
}

/** The whole: entries are values that are replaced, never changed. */
export interface LiveFloor {
  readonly calls: ReadonlyMap<CallId, LiveCall>
  readonly agents: ReadonlyMap<AgentId, LiveAgent>
}
