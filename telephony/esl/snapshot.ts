// One leg as the switch shows it now, for adoption after a restart, and the facts that it stands for.
import type { LegCreated, LegEvent } from '../call/event.ts'
import type { CallId, LegId } from '../call/id.ts'
import { parseObject, toEslEventOfJson } from './event.ts'
import { callIdOf, legIdOf, toMs } from './headers.ts'
import { created } from './life.ts'
import type { SeenLeg } from './picture.ts'

export interface LegSnapshot {
  readonly legId: LegId
  readonly callId: CallId
  readonly direction: LegCreated['direction']
  readonly callerNumber: string
  readonly calledNumber: string
  readonly authenticatedAgent?: LegCreated['authenticatedAgent']
  readonly createdAt: number
  readonly answeredAt?: number
  readonly state: 'created' | 'ringing' | 'answered' | 'parked' | 'bridged'
  readonly held: boolean
  readonly bridgedTo?: LegId
  /** The channel's variables, without the prefix `variable_`. */
  readonly variables: Readonly<Record<string, string>>
  /** The fact of its creation, with all that an event would have told. */
  readonly created: LegCreated
}

/** Reads `uuid_dump <uuid> json`; undefined when that is no leg. */
export function toLegSnapshot(dump: string, seen: SeenLeg): LegSnapshot | undefined {
  const event = toEslEventOfJson(dump)
  const legId = event && legIdOf(event)
  if (!event || !legId) return undefined
  const createdAt =
    toMs(event.get('Caller-Channel-Created-Time')) ?? toMs(event.get('Event-Date-Timestamp')) ?? 0
  const answeredAt = toMs(event.get('Caller-Channel-Answered-Time'))
  const fact = created(event, { at: createdAt, legId, callId: callIdOf(event, legId) })

  return {
    legId,
    callId: fact.callId,
    direction: fact.direction,
    callerNumber: fact.callerNumber,
    calledNumber: fact.calledNumber,
    ...(fact.authenticatedAgent === undefined
      ? {}
      : { authenticatedAgent: fact.authenticatedAgent }),
    createdAt,
    ...(answeredAt === undefined ? {} : { answeredAt }),
    state: stateOf(seen, answeredAt),
    held: seen.callState === 'HELD',
    ...(seen.bridgedTo === undefined ? {} : { bridgedTo: seen.bridgedTo }),
    variables: variablesOf(dump),
    created: fact,
  }
}

const stateOf = (seen: SeenLeg, answeredAt: number | undefined): LegSnapshot['state'] => {
  if (seen.bridgedTo !== undefined) return 'bridged'
  if (seen.parked) return 'parked'
  if (answeredAt !== undefined) return 'answered'

  return /^(RINGING|EARLY)$/.test(seen.callState) ? 'ringing' : 'created'
}

const variablesOf = (dump: string) =>
  Object.fromEntries(
    [...(parseObject(dump) ?? [])]
      .filter(([name]) => name.startsWith('variable_'))
      .map(([name, value]) => [name.slice('variable_'.length), String(value)]),
  )

/**
 * Does it play now? FreeSWITCH 1.10 clears the response when an application begins and sets it when one ends
 * (switch_core_session_exec). `uuid_getvar` says `_undef_` of a variable that is not set.
 */
export const isPlayingNow = (application: string, response: string) =>
  /playback$/.test(application) && (response === '' || response === '_undef_')

export const isPlaying = ({ variables }: LegSnapshot) =>
  isPlayingNow(
    variables['current_application'] ?? '',
    variables['current_application_response'] ?? '',
  )

/** The events that would have led to this; `at` for those whose instant the switch does not keep. */
export function factsOf(snapshot: LegSnapshot, at: number): LegEvent[] {
  const { legId, callId, answeredAt, bridgedTo, state } = snapshot
  const facts: LegEvent[] = [snapshot.created]
  if (answeredAt !== undefined) facts.push({ type: 'leg-answered', at: answeredAt, legId, callId })
  if (state === 'parked') facts.push({ type: 'leg-parked', at, legId, callId })
  if (bridgedTo !== undefined)
    facts.push({ type: 'legs-bridged', at, legId, callId, otherLegId: bridgedTo })
  if (snapshot.held) facts.push({ type: 'leg-held', at, legId, callId })

  return facts
}
