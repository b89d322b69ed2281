// A leg that somebody outside began: a caller of ours, or an agent who dials by hand.
import type { LegCreated } from '../../telephony/call/event.ts'
import { callId as toCallId } from '../../telephony/call/id.ts'
import { newCall, onPhoneDialled } from './dial.ts'
import { addLeg, GUARD_EVERY_MS, GUARD_MS } from './leg.ts'
import type { Turn } from './turn.ts'

export function onLegCreated(turn: Turn, event: LegCreated, node: string): void {
  const id = toCallId(event.legId)
  if (event.direction === 'outbound' || turn.call(event.callId) || turn.call(id)) return
  if (event.authenticatedAgent !== undefined)
    return onPhoneDialled(turn, event, event.authenticatedAgent, node)
  const { callerNumber, calledNumber, sipCallId, networkAddress, video } = event
  turn.begin({
    ...newCall({
      id,
      node,
      direction: 'inbound',
      caller: callerNumber,
      callee: calledNumber,
      startedAt: event.at,
      stage: { state: 'offered' },
    }),
    customerLegId: event.legId,
  })
  turn.fact(id, 'call-began', {
    direction: 'inbound',
    caller: callerNumber,
    callee: calledNumber,
    node,
    legId: event.legId,
    sipCallId,
    networkAddress,
    video,
  })
  addLeg(
    turn,
    id,
    {
      id: event.legId,
      role: 'caller',
      number: callerNumber,
      state: 'created',
      parked: false,
      createdAt: event.at,
    },
    sipCallId,
  )
  const call = turn.call(id)
  if (call)
    turn.command(call, { type: 'guard-leg', legId: event.legId, callId: id, forMs: GUARD_MS })
  turn.setTimer(id, 'guard', turn.at + GUARD_EVERY_MS)
}
