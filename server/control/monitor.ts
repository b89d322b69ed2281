// A supervisor listens, whispers to the agent, or speaks to both. The leg is the supervisor's own; the talk does not notice it.
import type { AgentId, CallId, LegId } from '../../telephony/call/id.ts'
import type { MonitorMode } from '../../telephony/call/command.ts'
import { refuse } from '../errors.ts'
import { hangUp, originate } from './leg.ts'
import { talkingOf } from './talk.ts'
import type { Turn } from './turn.ts'

const SUPERVISOR_RING_MS = 20_000

export function monitor(
  turn: Turn,
  callId: CallId,
  supervisor: AgentId | undefined,
  mode: MonitorMode,
): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  if (!call) return
  if (supervisor === undefined || turn.agent(supervisor)?.phone !== 'registered')
    throw refuse('PHONE_NOT_REGISTERED', 'monitoring needs a phone of your own')
  if (supervisor === stage.agent)
    throw refuse('BAD_REQUEST', 'an agent can not monitor their own call')
  turn.fact(callId, 'monitor-began', { supervisor, agent: stage.agent, mode })
  const before = call.monitors.find(entry => entry.supervisor === supervisor)
  if (before) {
    turn.change(callId, {
      monitors: call.monitors.map(entry => (entry === before ? { ...entry, mode } : entry)),
    })
    turn.command(call, { type: 'stop-play', legId: before.legId })
    turn.command(call, { type: 'monitor-leg', legId: before.legId, targetLegId: stage.legId, mode })
    return
  }
  const legId = originate(turn, callId, {
    role: 'supervisor',
    to: { kind: 'agent', agentId: supervisor },
    callerNumber: stage.agent,
    callerName: 'monitor',
    timeoutMs: SUPERVISOR_RING_MS,
    autoAnswer: true,
  })
  turn.change(callId, { monitors: [...call.monitors, { legId, supervisor, mode }] })
}

export function onMonitorReady(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  const entry = call?.monitors.find(other => other.legId === legId)
  if (!call || !entry) return
  if (call.stage.state !== 'talking') return hangUp(turn, callId, legId)
  turn.command(call, {
    type: 'monitor-leg',
    legId,
    targetLegId: call.stage.legId,
    mode: entry.mode,
  })
}

export function onMonitorEnded(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  const entry = call?.monitors.find(other => other.legId === legId)
  if (!call || !entry) return
  turn.change(callId, { monitors: call.monitors.filter(other => other !== entry) })
  turn.fact(callId, 'monitor-ended', { supervisor: entry.supervisor })
}
