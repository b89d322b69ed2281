// CUSTOM hotline::blocked: a call refused by rule before it became a leg.
import type { CallBlocked } from '../call/event.ts'
import { callId } from '../call/id.ts'
import type { EslEvent } from './event.ts'
import { filled } from './headers.ts'
import { toNumber } from '../trunk/number.ts'

const REASONS = [
  'all-lines-busy',
  'trunk-busy',
  'flood',
  'blacklist',
  'banned',
  'unknown-number',
] as const

/** Undefined for a reason we do not know: it would be counted under a wrong name. */
export function blocked(event: EslEvent, at: number): CallBlocked | undefined {
  const reason = REASONS.find(known => known === event.get('Hotline-Reason'))
  // The event's own number is unique within one run of the switch.
  const ownId = `${event.get('Core-UUID') ?? ''}-${event.get('Event-Sequence') ?? at}`
  const id = filled(event.get('Hotline-Call')) ?? filled(event.get('Unique-ID')) ?? ownId

  const trunk = filled(event.get('Hotline-Trunk'))

  return (
    reason && {
      type: 'call-blocked',
      at,
      callId: callId(id),
      callerNumber: toNumber(event.get('Hotline-Caller') ?? ''),
      calledNumber: toNumber(event.get('Hotline-Number') ?? ''),
      reason,
      counted: event.get('Hotline-Counted') !== 'false',
      ...(trunk === undefined ? {} : { trunk }),
    }
  )
}
