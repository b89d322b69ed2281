// Single facts out of an event's headers, under FreeSWITCH's names.
import { type CallId, callId, type LegId, legId } from '../call/id.ts'
import type { EslEvent } from './event.ts'

/** The switch's clock: `Event-Date-Timestamp` is µs; our instants are ms. */
export const happenedAt = (event: EslEvent) => toMs(event.get('Event-Date-Timestamp')) ?? 0

/** An instant given in µs, as ms; undefined when absent or 0, which FreeSWITCH means by "not yet". */
export const toMs = (microseconds: string | undefined) => {
  const value = Number(microseconds)

  return Number.isFinite(value) && value > 0 ? Math.round(value / 1000) : undefined
}

export const toCount = (value: string | undefined) => {
  const count = Number.parseInt(value ?? '', 10)

  return Number.isFinite(count) && count >= 0 ? count : undefined
}

export const filled = (value: string | undefined) =>
  value === undefined || value === '' ? undefined : value

/** Where the SIP edge plays its announcement (deploy/freeswitch/dialplan): such a leg is the edge's own and no caller's. */
export const ANNOUNCEMENT_CONTEXT = 'announcement'

/** The leg an event is about; undefined when it is about none of ours. */
export function legIdOf(event: EslEvent): LegId | undefined {
  const id = filled(event.get('Unique-ID'))

  return id === undefined || event.get('Caller-Context') === ANNOUNCEMENT_CONTEXT
    ? undefined
    : legId(id)
}

/** The call a leg belongs to: what we wrote into `hotline_call`, else the leg begins a call of its own. */
export const callIdOf = (event: EslEvent, leg: LegId): CallId =>
  callId(filled(event.get('variable_hotline_call')) ?? leg)

/** The far leg of a bridge, from whichever side the event is told. */
export function otherLegIdOf(event: EslEvent, leg: LegId): LegId | undefined {
  const candidates = [
    event.get('Bridge-A-Unique-ID'),
    event.get('Bridge-B-Unique-ID'),
    event.get('Other-Leg-Unique-ID'),
    event.get('variable_bridge_uuid'),
    event.get('variable_last_bridge_to'),
  ]
  const other = candidates.find(id => id !== undefined && id !== '' && id !== leg)

  return other === undefined ? undefined : legId(other)
}
