// A trunk did not take a call: it is suspected, and the same number is dialled once more by the next one, if nothing has rung.
import type { CallId } from '../../telephony/call/id.ts'
import type { LegEnded } from '../../telephony/call/event.ts'
import { isTrunkFault } from '../../telephony/trunk/health.ts'
import { originate } from './leg.ts'
import type { LiveCall, LiveLeg, Stage } from './state.ts'
import { findWayOut, tellTrunk } from './trunk.ts'
import type { Turn } from './turn.ts'

/** The ringing is over by then anyway; the caller has waited for the first trunk already. */
const RING_MS = 60_000

/** True when the ended leg has been replaced by one on another trunk. */
export function dialsAgain(turn: Turn, callId: CallId, event: LegEnded, leg: LiveLeg): boolean {
  const call = turn.call(callId)
  if (!call || leg.trunk === undefined || leg.ending || leg.state !== 'created') return false
  if (!isTrunkFault(event.cause, event.sipStatus)) return false
  const status = event.sipStatus === undefined ? {} : { status: event.sipStatus }
  tellTrunk(turn, {
    node: call.node,
    trunk: leg.trunk,
    event: { type: 'call-failed', at: turn.at, ...status },
  })
  const replace = replacementOf(call, leg)
  // A third try would be a caller who waits for nothing.
  const way =
    replace && leg.triedTrunk === undefined
      ? findWayOut(turn, call.node, leg.number, [leg.trunk])
      : undefined
  turn.fact(callId, 'trunk-failed', {
    legId: leg.id,
    trunk: leg.trunk,
    cause: event.cause,
    ...(event.sipStatus === undefined ? {} : { sipStatus: event.sipStatus }),
    ...(typeof way === 'object' ? { next: way.to.trunk } : {}),
  })
  if (!replace || typeof way !== 'object') return false
  const legId = originate(turn, callId, {
    role: leg.role,
    to: way.to,
    number: way.number,
    callerNumber: way.callerNumber,
    timeoutMs: RING_MS,
    autoAnswer: false,
    triedTrunk: leg.trunk,
  })
  turn.change(callId, replace(legId))
  return true
}

/** Puts another leg in the place of this one; undefined where the call does not wait for it. */
function replacementOf(
  { stage, customerLegId }: LiveCall,
  leg: LiveLeg,
): ((legId: LiveLeg['id']) => Partial<LiveCall>) | undefined {
  const withStage = (next: (legId: LiveLeg['id']) => Stage) => (legId: LiveLeg['id']) => ({
    stage: next(legId),
    ...(customerLegId === leg.id ? { customerLegId: legId } : {}),
  })
  if (stage.state === 'dialling' && stage.numberLegId === leg.id)
    return withStage(numberLegId => ({ ...stage, numberLegId }))
  if (stage.state === 'transferring' && stage.numberLegId === leg.id)
    return withStage(numberLegId => ({ ...stage, numberLegId }))
  if (stage.state === 'talking' && stage.consult?.legId === leg.id) {
    const { consult } = stage
    return withStage(legId => ({ ...stage, consult: { ...consult, legId } }))
  }
  return undefined
}
