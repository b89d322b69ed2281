// What is wrong, and the remedy, as values.
import type { CallEvent } from '../../../telephony/call/event.ts'
import type { AgentId, CallId, LegId } from '../../../telephony/call/id.ts'
import type { LiveLeg } from '../state.ts'
import type { Cause } from './cause.ts'

export type Remedy =
  /** The call hears what it has missed. */
  | { readonly type: 'tell'; readonly event: CallEvent }
  | { readonly type: 'hang-up-leg'; readonly legId: LegId }
  /** The call is begun anew from what the switch knows of its leg; see `readLegs` of the doctor. */
  | { readonly type: 'adopt' }
  | { readonly type: 'put-leg-back'; readonly leg: LiveLeg }
  | { readonly type: 'end-call' }
  | { readonly type: 'resume-flow' }
  | { readonly type: 'announce' }
  | { readonly type: 'withdraw-offer' }
  | { readonly type: 'take-as-talk' }
  | { readonly type: 'join'; readonly legId: LegId; readonly otherLegId: LegId }
  | { readonly type: 'agent-leg-gone'; readonly legId: LegId }
  | { readonly type: 'return-to-customer' }
  | { readonly type: 'number-leg-gone'; readonly legId: LegId }
  | { readonly type: 'free-agent' }
  | { readonly type: 'occupy-agent' }
  | { readonly type: 'set-agent-aside' }
  | { readonly type: 'end-wrap-up' }
  | { readonly type: 'set-timer'; readonly name: string; readonly dueAt: number }
  | { readonly type: 'fire-timer'; readonly name: string }
  | { readonly type: 'record-again' }
  | { readonly type: 'close-recording' }
  | { readonly type: 'close-message' }
  | { readonly type: 'strike-off' }
  | { readonly type: 'write-end' }
  /** Nothing can be done without harm; it is said. */
  | { readonly type: 'note' }

export interface Finding {
  readonly cause: Cause
  readonly callId?: CallId
  readonly agentId?: AgentId
  readonly legId?: LegId
  /** Node of the switch, for calls the floor does not know. */
  readonly node?: string
  /** The state it was found in: a finding counts when it is seen again in the very same one. */
  readonly mark: string
  readonly remedy: Remedy
}

/** Whom it is about, for the second look and for the pace of repairs. */
export const subjectOf = ({ cause, callId, agentId, legId }: Finding): string =>
  [cause, callId, agentId, legId].join(' ')
