// What a call's facts tell, and nothing else does. Pure: facts may be repeated, late or out of order.
import type { Fact, FactData } from '../ledger/fact.ts'
import type { Recording, StoredCall } from '../store/repository.ts'
import { type FactOf, inOrder, ofType, onOneTime } from './facts.ts'

/** The record of a call; undefined while its beginning is not known, and for refusals that do not count. */
export function recordOf(facts: readonly Fact[]): StoredCall | undefined {
  const known = inOrder(facts)
  const began = ofType(known, 'call-began')[0]
  if (!began) return blockedRecord(ofType(known, 'call-blocked')[0])
  const ended = ofType(known, 'call-ended').at(-1)
  const talks = ofType(known, 'talk-began')
  const recording = mainRecording(recordingsOf(known))
  const steady = onOneTime(known)
  const steadyEndedAt = ofType(steady, 'call-ended').at(-1)?.at
  return {
    id: began.subject,
    direction: began.data.direction,
    caller: began.data.caller,
    callee: began.data.callee,
    trunk: ofType(known, 'leg-began').findLast(hasTrunk)?.data.trunk ?? began.data.trunk ?? null,
    divertedFrom: began.data.divertedFrom ?? null,
    queue: ofType(known, 'queue-joined').findLast(isOfGroup)?.data.queue ?? null,
    agent: talks.at(-1)?.data.agent ?? ofType(known, 'number-dialled').at(-1)?.data.agent ?? null,
    startedAt: began.at,
    answeredAt: answeredAt(known, began.data.direction),
    endedAt: ended?.at ?? null,
    durationMs: steadyEndedAt === undefined ? null : Math.max(0, steadyEndedAt - began.at),
    talkMs: talkMs(steady, steadyEndedAt),
    waitMs: sum(ofType(known, 'queue-left').map(left => left.data.waitMs)),
    holdMs: holdMs(steady, steadyEndedAt),
    result: ended?.data.result ?? null,
    endedBy: ended?.data.by ?? null,
    satisfaction: satisfaction(known),
    recordingId: recording?.id ?? null,
    recordingFault: recordingFault(known),
    ...described(known),
    workOrderIds: [],
  }
}

/** The way in, or the last way out that was tried. */
const hasTrunk = (began: FactOf<'leg-began'>) => began.data.trunk !== undefined

/** Waiting for one agent is no group's (`direct` in server/control/queue.ts). */
const isOfGroup = (joined: FactOf<'queue-joined'>) => joined.data.queue !== 'direct'

/** Every recording of a call, talks and messages, in order of their start. */
export function recordingsOf(facts: readonly Fact[]): Recording[] {
  const known = inOrder(facts)
  const stopped = new Map(
    ofType(known, 'recording-stopped').map(fact => [fact.data.recordingId, fact.data]),
  )
  const failed = new Map(
    ofType(known, 'recording-failed').map(fact => [fact.data.recordingId, fact.data.reason]),
  )
  const messages = new Map(
    ofType(known, 'message-recorded').map(fact => [fact.data.recordingId, fact.data.durationMs]),
  )
  const started = new Map(
    ofType(known, 'recording-started').map(fact => [fact.data.recordingId, fact]),
  )
  return [...started.values()].map(({ subject, at, data: { recordingId, path } }) => ({
    id: recordingId,
    callId: subject,
    path,
    startedAt: at,
    durationMs: stopped.get(recordingId)?.durationMs ?? messages.get(recordingId) ?? null,
    fault: failed.get(recordingId) ?? stopped.get(recordingId)?.fault ?? null,
  }))
}

function blockedRecord(blocked: FactOf<'call-blocked'> | undefined): StoredCall | undefined {
  if (!blocked?.data.counted) return undefined
  const { subject: id, at, data } = blocked
  return {
    id,
    direction: 'inbound',
    caller: data.caller,
    callee: data.callee,
    trunk: data.trunk ?? null,
    divertedFrom: null,
    queue: null,
    agent: null,
    startedAt: at,
    answeredAt: null,
    endedAt: at,
    durationMs: 0,
    talkMs: 0,
    waitMs: 0,
    holdMs: 0,
    result: 'blocked',
    endedBy: 'system',
    satisfaction: null,
    recordingId: null,
    recordingFault: null,
    area: null,
    callerName: null,
    contactReason: null,
    notes: null,
    workOrderIds: [],
  }
}

/** When a person answered; for an inbound call that reached nobody, when the flow did. */
function answeredAt(
  facts: readonly Fact[],
  direction: FactData['call-began']['direction'],
): number | null {
  const talk = ofType(facts, 'talk-began')[0]
  if (talk) return talk.at
  // The caller's leg of a dialled call is the agent's own phone: its 200 is no answer.
  const answer =
    direction === 'outbound'
      ? ofType(facts, 'number-answered')[0]
      : ofType(facts, 'call-answered')[0]
  return answer?.at ?? null
}

/**
 * Talks as they were measured; one whose end was never told lasted until the call ended. They are told apart by agent, not by
 * leg: a page loaded anew goes on with another leg.
 */
function talkMs(facts: readonly Fact[], endedAt: number | undefined): number {
  const ends = ofType(facts, 'talk-ended')
  const open = ofType(facts, 'talk-began').filter(
    began => !ends.some(end => end.seq > began.seq && end.data.agent === began.data.agent),
  )
  const untold = endedAt === undefined ? [] : open.map(began => Math.max(0, endedAt - began.at))
  return sum([...ends.map(end => end.data.talkMs), ...untold])
}

function holdMs(facts: readonly Fact[], endedAt: number | undefined): number {
  const held = new Map<string, number>()
  let total = 0
  const close = (agent: string, at: number) => {
    total += Math.max(0, at - (held.get(agent) ?? at))
    held.delete(agent)
  }
  for (const fact of facts) {
    if (fact.type === 'call-held') held.set(fact.data.agent, held.get(fact.data.agent) ?? fact.at)
    if (fact.type === 'call-retrieved') {
      total += fact.data.heldMs
      held.delete(fact.data.agent)
    }
    if (fact.type === 'talk-ended') close(fact.data.agent, fact.at)
  }
  if (endedAt !== undefined) for (const agent of [...held.keys()]) close(agent, endedAt)
  return total
}

/** The last rating given, when it is one. */
function satisfaction(facts: readonly Fact[]): number | null {
  const score = ofType(facts, 'call-rated').at(-1)?.data.score
  return score !== undefined && Number.isInteger(score) && score >= 1 && score <= 5 ? score : null
}

/** The longest one: a recording that was stopped and begun again has a tail that says little. */
function mainRecording(recordings: readonly Recording[]): Recording | undefined {
  const length = (one: Recording) => one.durationMs ?? (one.fault === null ? Infinity : -1)
  return recordings.reduce<Recording | undefined>(
    (best, one) => (best && length(best) >= length(one) ? best : one),
    undefined,
  )
}

function recordingFault(facts: readonly Fact[]): string | null {
  const failed = ofType(facts, 'recording-failed').at(-1)?.data.reason
  return (
    failed ??
    ofType(facts, 'recording-stopped').findLast(stopped => stopped.data.fault)?.data.fault ??
    null
  )
}

/** Each field as it was last written; an empty text clears it. */
function described(facts: readonly Fact[]) {
  const last = (field: 'contactReason' | 'notes' | 'callerName' | 'area') =>
    ofType(facts, 'call-described').findLast(fact => fact.data[field] !== undefined)?.data[field] ||
    null
  return {
    area: last('area'),
    callerName: last('callerName'),
    contactReason: last('contactReason'),
    notes: last('notes'),
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
