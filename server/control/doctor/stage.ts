// What a call waits for against what could bring it. Pure. Looked at only when its legs are as the switch shows them.
import type { LiveCall, LiveLeg } from '../state.ts'
import type { Cause } from './cause.ts'
import type { Finding, Remedy } from './finding.ts'

export function diagnoseStage(call: LiveCall): Finding[] {
  const { stage, legs } = call
  const found = (cause: Cause, remedy: Remedy): Finding[] => [
    { cause, callId: call.id, mark: String(call.seq), remedy },
  ]
  const has = (id: string | undefined) => id !== undefined && legs[id] !== undefined
  const customer = call.customerLegId === undefined ? undefined : legs[call.customerLegId]

  if (stage.state === 'ended') return []
  if (stage.state === 'dialling')
    return has(stage.legId) ? [] : found('call-without-legs', { type: 'end-call' })
  if (!customer) return found('call-without-legs', { type: 'end-call' })
  if (customer.ending) return []

  switch (stage.state) {
    case 'offered':
      return customer.parked ? found('call-unclaimed', parkedAgain(call, customer)) : []
    case 'in-flow': {
      const waits =
        call.play !== undefined || call.message !== undefined || 'flow' in call.timers || !call.flow
      return waits ? [] : found('flow-stuck', { type: 'resume-flow' })
    }
    case 'queued':
      if (stage.offer && !has(stage.offer.legId))
        return found('offer-without-leg', { type: 'withdraw-offer' })
      if (stage.offer && customer.bridgedTo === stage.offer.legId)
        return found('talk-unheard', { type: 'take-as-talk' })
      return call.play === undefined && customer.bridgedTo === undefined && customer.parked
        ? found('wait-silent', { type: 'announce' })
        : []
    case 'talking':
      return diagnoseTalk(call, stage, found, has)
    case 'transferring':
      return has(stage.numberLegId)
        ? []
        : found('transfer-without-leg', { type: 'number-leg-gone', legId: stage.numberLegId })
    case 'connected':
      if (!has(stage.numberLegId))
        return found('transfer-without-leg', { type: 'number-leg-gone', legId: stage.numberLegId })
      return apart(customer, legs[stage.numberLegId])
        ? found('talk-apart', { type: 'join', legId: customer.id, otherLegId: stage.numberLegId })
        : []
    case 'parting':
      return []
  }
}

function diagnoseTalk(
  call: LiveCall,
  stage: Extract<LiveCall['stage'], { state: 'talking' }>,
  found: (cause: Cause, remedy: Remedy) => Finding[],
  has: (id: string | undefined) => boolean,
): Finding[] {
  const { legs } = call
  if (stage.consult && !has(stage.consult.legId))
    return found('consult-without-leg', { type: 'return-to-customer' })
  if (stage.lostUntil !== undefined || stage.resumingLegId !== undefined) return []
  if (!has(stage.legId))
    return found('talk-without-agent', { type: 'agent-leg-gone', legId: stage.legId })
  if (stage.room !== undefined) return []
  const [a, b] = stage.consult
    ? stage.consult.state === 'talking'
      ? [stage.legId, stage.consult.legId]
      : []
    : [stage.partnerLegId, stage.legId]
  if (a === undefined || b === undefined) return []
  return apart(legs[a], legs[b])
    ? found('talk-apart', { type: 'join', legId: a, otherLegId: b })
    : []
}

/** Both wait for us, and we wait for nothing. */
const apart = (a: LiveLeg | undefined, b: LiveLeg | undefined): boolean =>
  [a, b].every(leg => leg && leg.parked && leg.bridgedTo === undefined && !leg.ending)

const parkedAgain = (call: LiveCall, leg: LiveLeg): Remedy => ({
  type: 'tell',
  event: { type: 'leg-parked', at: leg.createdAt, legId: leg.id, callId: call.id },
})
