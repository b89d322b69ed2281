// Bookkeeping of the legs of a call, and the way new ones are made.
import type { AgentId, CallId, LegId } from '../../telephony/call/id.ts'
import type { Destination } from '../../telephony/call/command.ts'
import type { LegRole } from '../ledger/fact.ts'
import type { LiveCall, LiveLeg } from './state.ts'
import type { Turn } from './turn.ts'

/** How long the switch keeps an unbridged leg for us without a word; renewed well before. */
export const GUARD_MS = 60_000
export const GUARD_EVERY_MS = 20_000

export const legOf = (call: LiveCall, id: LegId | undefined): LiveLeg | undefined =>
  id === undefined ? undefined : call.legs[id]

export function changeLeg(turn: Turn, callId: CallId, id: LegId, fields: Partial<LiveLeg>): void {
  const call = turn.call(callId)
  const leg = call?.legs[id]
  if (call && leg) turn.change(callId, { legs: { ...call.legs, [id]: { ...leg, ...fields } } })
}

export function addLeg(turn: Turn, callId: CallId, leg: LiveLeg, sipCallId = ''): void {
  const call = turn.call(callId)
  if (!call) return
  const known = sipCallId === '' ? leg : { ...leg, sipCallId }
  turn.change(callId, { legs: { ...call.legs, [leg.id]: known } })
  const { id: legId, role, number, trunk } = leg
  const by = trunk === undefined ? {} : { trunk }
  turn.fact(callId, 'leg-began', { legId, role, number, sipCallId, ...by })
}

/** Written once a dialog: of several phones that ring as one leg, the one that answers names the last. */
export function onSignalled(
  turn: Turn,
  callId: CallId,
  legId: LegId,
  sipCallId: string | undefined,
): void {
  const leg = turn.call(callId)?.legs[legId]
  if (!leg || sipCallId === undefined || leg.sipCallId === sipCallId) return
  changeLeg(turn, callId, legId, { sipCallId })
  turn.fact(callId, 'leg-signalled', { legId, sipCallId })
}

export interface Origination {
  readonly role: LegRole
  readonly to: Destination
  /** A number as people write it; the network behind a trunk may want another form. */
  readonly number?: string
  readonly triedTrunk?: string
  readonly callerNumber: string
  readonly callerName?: string
  readonly timeoutMs: number
  readonly autoAnswer: boolean
  readonly legId?: LegId
  readonly resumes?: true
}

/** Rings a destination as a new leg of the call. */
export function originate(turn: Turn, callId: CallId, origination: Origination): LegId {
  const id = origination.legId ?? turn.newLegId()
  const { role, to, ...how } = origination
  addLeg(turn, callId, {
    id,
    role,
    state: 'created',
    parked: false,
    createdAt: turn.at,
    ...(to.kind === 'agent'
      ? { agent: to.agentId, number: to.agentId }
      : { number: how.number ?? to.number }),
    ...(to.kind === 'number' ? { trunk: to.trunk } : {}),
    ...(how.triedTrunk === undefined ? {} : { triedTrunk: how.triedTrunk }),
  })
  const call = turn.call(callId)
  if (call) {
    turn.command(call, {
      type: 'originate-leg',
      legId: id,
      callId,
      to,
      callerNumber: how.callerNumber,
      timeoutMs: how.timeoutMs,
      autoAnswer: how.autoAnswer,
      ...(how.resumes ? { resumes: true as const } : {}),
      ...(how.callerName === undefined ? {} : { callerName: how.callerName }),
    })
  }
  return id
}

/** Ends a leg that we no longer want; its end is then no surprise. */
export function hangUp(
  turn: Turn,
  callId: CallId,
  id: LegId | undefined,
  cause: 'normal' | 'cancelled' | 'unknown-number' | 'busy' | 'failed' = 'normal',
): void {
  const call = turn.call(callId)
  const leg = call && legOf(call, id)
  if (!call || !leg || leg.ending) return
  changeLeg(turn, callId, leg.id, { ending: true })
  turn.command(call, { type: 'hang-up-leg', legId: leg.id, cause })
}

/** Tells the switch that we are still here, for each leg that nobody else keeps alive. */
export function renewGuards(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state === 'ended') return
  for (const leg of Object.values(call.legs)) {
    if (leg.bridgedTo === undefined && (leg.state === 'answered' || leg.role === 'caller')) {
      turn.command(call, { type: 'guard-leg', legId: leg.id, callId, forMs: GUARD_MS })
    }
  }
  turn.setTimer(callId, 'guard', turn.at + GUARD_EVERY_MS)
}

export const agentOfLeg = (call: LiveCall, id: LegId): AgentId | undefined => call.legs[id]?.agent
