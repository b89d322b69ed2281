// A customer goes elsewhere: to another group, to one agent, or to a number outside.
import { agentId, queueId, type AgentId, type CallId, type LegId } from '../../telephony/call/id.ts'
import { refuse } from '../errors.ts'
import { known } from './agent.ts'
import { tellFlow } from './flow.ts'
import { hangUp, originate } from './leg.ts'
import type { CallVerbBody } from './port.ts'
import type { AfterTalk } from './state.ts'
import { DIRECT } from './queue.ts'
import { endTalk, part, talkingOf } from './talk.ts'
import { RINGBACK_TONE } from './text.ts'
import { findWayOut, requireWayOut } from './trunk.ts'
import type { Turn } from './turn.ts'

/** A transferred caller has waited before and goes ahead of those who have not been served. */
const TRANSFER_PRIORITY = 7
const NUMBER_RING_MS = 60_000
/** Whoever transfers is an agent, or the flow. */
const NOBODY = agentId('')

export function transfer(turn: Turn, callId: CallId, to: CallVerbBody['to']): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  if (!call || !to) throw refuse('BAD_REQUEST', 'say where to: agent, queue or number')
  if (stage.consult) throw refuse('CALL_NOT_TALKING', 'complete or return the consultation first')
  const then = afterTransfer(turn, call.node, to, stage.agent)
  turn.fact(callId, 'call-transferred', {
    by: stage.agent,
    to: Object.values(to).join(),
    kind: 'blind',
  })
  endTalk(turn, callId, 'agent')
  hangUp(turn, callId, stage.legId)
  part(turn, callId, then)
}

function afterTransfer(
  turn: Turn,
  node: string,
  to: NonNullable<CallVerbBody['to']>,
  by: AgentId,
): AfterTalk {
  if ('queue' in to) {
    if (!turn.settings.queueById.has(to.queue)) throw refuse('UNKNOWN_QUEUE')
    return { kind: 'queue', queue: queueId(to.queue), priority: TRANSFER_PRIORITY }
  }
  if ('number' in to) {
    requireWayOut(turn, node, to.number)
    return { kind: 'number', number: to.number, by }
  }
  requireFree(turn, agentId(to.agent))
  return { kind: 'queue', queue: queueId(DIRECT), direct: agentId(to.agent), priority: 9 }
}

/** @throws {Refusal} when this agent can't be rung now. */
export function requireFree(turn: Turn, id: AgentId): void {
  const agent = known(turn, id)
  if (agent.state === 'signed-out') throw refuse('AGENT_SIGNED_OUT', `agent ${id} is signed out`)
  if (agent.state !== 'idle') throw refuse('AGENT_BUSY', `agent ${id} is ${agent.state}`)
  if (agent.phone !== 'registered')
    throw refuse('PHONE_NOT_REGISTERED', `agent ${id} has no phone registered`)
}

/** Rings a number outside for a parked customer. Only a flow's author or an agent can have asked for it. */
export function dialOut(turn: Turn, callId: CallId, number: string, by: AgentId | undefined): void {
  const call = turn.call(callId)
  if (!call?.customerLegId) return
  const way = findWayOut(turn, call.node, number)
  if (typeof way === 'string') return tellFlow(turn, callId, { type: 'transfer-failed' })
  const numberLegId = originate(turn, callId, {
    role: 'number',
    ...way,
    timeoutMs: NUMBER_RING_MS,
    autoAnswer: false,
  })
  turn.change(callId, {
    stage: { state: 'transferring', by: by ?? NOBODY, number, numberLegId, since: turn.at },
  })
  turn.speak(callId, call.customerLegId, [{ tone: RINGBACK_TONE }], 'ringback', true)
}

export function onTransferAnswered(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  if (
    !call?.customerLegId ||
    call.stage.state !== 'transferring' ||
    call.stage.numberLegId !== legId
  )
    return
  turn.fact(callId, 'number-answered', { number: call.stage.number, legId })
  turn.hush(callId, call.customerLegId)
  turn.command(call, { type: 'bridge-legs', legId: call.customerLegId, otherLegId: legId })
  turn.change(callId, { stage: { state: 'connected', numberLegId: legId, since: turn.at } })
}

export function onNumberLegEnded(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  if (!call?.customerLegId) return
  if (call.stage.state === 'transferring' && call.stage.numberLegId === legId) {
    const { by } = call.stage
    turn.hush(callId, call.customerLegId)
    turn.change(callId, { stage: { state: 'in-flow' } })
    // A flow waits for the outcome of its own transfer only; after an agent's the caller is where the wait came to nothing.
    if (by === NOBODY) tellFlow(turn, callId, { type: 'transfer-failed' })
    else tellFlow(turn, callId, { type: 'queue-left', outcome: 'no-agents' })
  } else if (call.stage.state === 'connected' && call.stage.numberLegId === legId) {
    hangUp(turn, callId, call.customerLegId)
  }
}
