// After a restart, or when another server is gone: what was stored is held against what the switch shows, and control goes on.
import type { CallEvent } from '../../telephony/call/event.ts'
import type { CallId } from '../../telephony/call/id.ts'
import type { LegSnapshot } from '../../telephony/index.ts'
import { isOnCall } from './agent.ts'
import { resumeFlow } from './flow.ts'
import { hangUp, renewGuards } from './leg.ts'
import { announce } from './queue.ts'
import type { LiveCall } from './state.ts'
import { part } from './talk.ts'
import type { Turn } from './turn.ts'

/**
 * The events that lead from the stored legs of one switch to the legs it shows now: ended ones first, then what each lives through.
 * Played through the same functions as live events, so adoption has no rules of its own.
 */
export function eventsSince(
  calls: Iterable<LiveCall>,
  node: string,
  legs: readonly LegSnapshot[],
  at: number,
  /** A call older than this went down with the switch. */
  switchStartedAt: number,
): readonly CallEvent[] {
  const shown = new Map(legs.map(leg => [String(leg.legId), leg]))
  const events: CallEvent[] = []
  for (const call of calls) {
    if (call.node !== node || call.stage.state === 'ended') continue
    for (const leg of Object.values(call.legs)) {
      if (!shown.has(leg.id))
        events.push({
          type: 'leg-ended',
          at,
          legId: leg.id,
          callId: call.id,
          cause: call.startedAt < switchStartedAt ? 'switch-lost' : 'normal',
          endedBy: 'far-end',
        })
    }
  }
  for (const leg of legs) {
    const base = { legId: leg.legId, callId: leg.callId }
    events.push({ ...leg.created, ...base })
    if (leg.state === 'ringing') events.push({ type: 'leg-rang', at, ...base })
    if (leg.answeredAt !== undefined)
      events.push({ type: 'leg-answered', at: leg.answeredAt, ...base })
    if (leg.bridgedTo !== undefined)
      events.push({ type: 'legs-bridged', at, ...base, otherLegId: leg.bridgedTo })
    if (leg.state === 'parked') events.push({ type: 'leg-parked', at, ...base })
    events.push({ type: leg.held ? 'leg-held' : 'leg-retrieved', at, ...base })
  }
  return events
}

/** What a call hears and waits for is begun again: the node of its flow, its announcement, its guard. */
export function takeUp(turn: Turn, callId: CallId, by: string): void {
  const call = turn.call(callId)
  if (!call || call.stage.state === 'ended') return
  turn.fact(callId, 'call-adopted', { node: call.node, by })
  if (Object.keys(call.legs).length === 0) return
  renewGuards(turn, callId)
  switch (call.stage.state) {
    case 'in-flow':
      return resumeFlow(turn, callId)
    case 'queued':
      if (call.stage.offer === undefined) announce(turn, callId)
      return
    case 'parting':
      return part(turn, callId, call.stage.then)
    case 'talking':
      // Both legs are there but were parted while nobody watched: joined again.
      if (
        call.stage.lostUntil === undefined &&
        !call.stage.consult &&
        call.legs[call.stage.partnerLegId]?.bridgedTo === undefined
      ) {
        turn.command(call, {
          type: 'bridge-legs',
          legId: call.stage.partnerLegId,
          otherLegId: call.stage.legId,
        })
      }
      return
    case 'offered':
      return hangUp(turn, callId, call.customerLegId, 'failed')
  }
}

/** An agent who belongs to a call that is no more is free again. */
export function releaseStranded(turn: Turn): void {
  for (const agent of turn.agents()) {
    if (!isOnCall(agent)) continue
    const call = agent.callId === undefined ? undefined : turn.call(agent.callId)
    if (call && call.stage.state !== 'ended') continue
    turn.changeAgent(
      agent.id,
      { state: 'idle', since: turn.at, idleSince: turn.at },
      'callId',
      'wrapUpUntil',
    )
    turn.agentFact(agent.id, { agent: agent.id, state: 'idle', by: 'system', reason: 'call-gone' })
  }
}
