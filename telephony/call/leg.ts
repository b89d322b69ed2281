// What is known of one party's connection at the switch, as a value.
import type { EndCause } from './cause.ts'
import type { AgentId, CallId, LegId } from './id.ts'

interface LegFacts {
  readonly id: LegId
  readonly callId: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly callerNumber: string
  readonly calledNumber: string
  readonly authenticatedAgent?: AgentId
  readonly createdAt: number
  /** Instant of the last event that changed this leg; an older one comes late and means nothing. */
  readonly changedAt: number
}

export interface CreatedLeg extends LegFacts {
  readonly state: 'created'
}
export interface RingingLeg extends LegFacts {
  readonly state: 'ringing'
  readonly rangAt: number
}
/** Answered, and not yet under our control. */
export interface AnsweredLeg extends LegFacts {
  readonly state: 'answered'
  readonly answeredAt: number
}
/** Under our control; an inbound leg is parked before it is answered. */
export interface ParkedLeg extends LegFacts {
  readonly state: 'parked'
  readonly answeredAt?: number
}
export interface BridgedLeg extends LegFacts {
  readonly state: 'bridged'
  readonly answeredAt?: number
  readonly bridgedAt: number
  readonly otherLegId: LegId
}
/** Its phone is on hold; the bridge, if there is one, stays. */
export interface HeldLeg extends LegFacts {
  readonly state: 'held'
  readonly answeredAt?: number
  readonly heldAt: number
  readonly bridge?: { readonly otherLegId: LegId; readonly bridgedAt: number }
}
/** Kept for a while so that what comes late does not bring the leg back. */
export interface EndedLeg {
  readonly state: 'ended'
  readonly id: LegId
  readonly callId: CallId
  readonly endedAt: number
  readonly cause: EndCause
}

export type LiveLeg = CreatedLeg | RingingLeg | AnsweredLeg | ParkedLeg | BridgedLeg | HeldLeg
export type Leg = LiveLeg | EndedLeg

export type Legs = ReadonlyMap<LegId, Leg>

export const NO_LEGS: Legs = new Map()

/** When a live leg was answered; undefined before that. */
export const answeredAtOf = (leg: LiveLeg): number | undefined =>
  'answeredAt' in leg ? leg.answeredAt : undefined

/** Whom a live leg talks to, held or not. */
export const otherLegIdOf = (leg: LiveLeg): LegId | undefined => {
  if (leg.state === 'bridged') return leg.otherLegId

  return leg.state === 'held' ? leg.bridge?.otherLegId : undefined
}
