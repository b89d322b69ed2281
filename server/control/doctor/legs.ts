// The legs of a call against what the switch shows. Pure. What differs is told to the call as the event it should have heard.
import type { LegEvent } from '../../../telephony/call/event.ts'
import type { LegOnSwitch, SwitchLook } from '../../../telephony/index.ts'
import type { LiveCall, LiveLeg } from '../state.ts'
import type { Cause } from './cause.ts'
import type { Finding } from './finding.ts'

/** A leg that we asked for shows at the switch within this time; until then its absence means nothing. */
const APPEARS_MS = 8000

export function diagnoseLegs(call: LiveCall, look: SwitchLook): Finding[] {
  return Object.values(call.legs).flatMap(leg => {
    const seen = look.legs.get(leg.id)
    return seen ? differences(call, leg, seen, look.at) : missing(call, leg, look.at)
  })
}

const tell = (call: LiveCall, leg: LiveLeg, cause: Cause, event: LegEvent): Finding => ({
  cause,
  callId: call.id,
  legId: leg.id,
  mark: String(call.seq),
  remedy: { type: 'tell', event },
})

function missing(call: LiveCall, leg: LiveLeg, at: number): Finding[] {
  const isExpected = leg.state === 'created' && leg.role !== 'caller' && !leg.ending
  if (isExpected && at - leg.createdAt < APPEARS_MS) return []
  const event: LegEvent = {
    type: 'leg-ended',
    at,
    legId: leg.id,
    callId: call.id,
    cause: leg.ending ? 'normal' : 'failed',
    endedBy: 'switch',
  }
  return [tell(call, leg, 'end-missed', event)]
}

function differences(call: LiveCall, leg: LiveLeg, seen: LegOnSwitch, at: number): Finding[] {
  const happened = { at, legId: leg.id, callId: call.id }
  if (leg.ending || call.stage.state === 'ended')
    return [
      {
        cause: 'end-ignored',
        callId: call.id,
        legId: leg.id,
        mark: String(call.seq),
        remedy: { type: 'hang-up-leg', legId: leg.id },
      },
    ]
  const found: Finding[] = []
  if (leg.state !== 'answered' && seen.answered)
    found.push(tell(call, leg, 'answer-missed', { type: 'leg-answered', ...happened }))
  const other = seen.bridgedTo
  if (other !== undefined && other !== leg.bridgedTo && call.legs[other])
    found.push(
      tell(call, leg, 'bridge-missed', { type: 'legs-bridged', ...happened, otherLegId: other }),
    )
  if (other === undefined && leg.bridgedTo !== undefined)
    found.push(
      tell(call, leg, 'parting-missed', {
        type: 'legs-unbridged',
        ...happened,
        otherLegId: leg.bridgedTo,
      }),
    )
  else if (seen.parked && !leg.parked && leg.bridgedTo === undefined)
    found.push(tell(call, leg, 'park-missed', { type: 'leg-parked', ...happened }))
  const { stage } = call
  if (stage.state === 'talking' && stage.legId === leg.id && !stage.consult && other) {
    if (seen.held && stage.heldAt === undefined)
      found.push(tell(call, leg, 'hold-missed', { type: 'leg-held', ...happened }))
    if (!seen.held && stage.heldAt !== undefined)
      found.push(tell(call, leg, 'retrieve-missed', { type: 'leg-retrieved', ...happened }))
  }
  return found
}
