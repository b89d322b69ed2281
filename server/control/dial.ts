// Calls of ours: an agent's phone first, then the number or the other agent.
import {
  agentId,
  callId as toCallId,
  type AgentId,
  type CallId,
  type LegId,
} from '../../telephony/call/id.ts'
import type { Destination } from '../../telephony/call/command.ts'
import type { LegCreated } from '../../telephony/call/event.ts'
import { refuse } from '../errors.ts'
import { isOnCall, known, occupy, release } from './agent.ts'
import { addLeg, hangUp, originate, renewGuards } from './leg.ts'
import type { LiveAgent, LiveCall } from './state.ts'
import { isFree } from './queue.ts'
import { joinTalk } from './talk.ts'
import { RINGBACK_TONE } from './text.ts'
import { requireFree } from './transfer.ts'
import { findWayOut, requireWayOut, type WayOut } from './trunk.ts'
import type { Turn } from './turn.ts'

const AGENT_RING_MS = 20_000
const NUMBER_RING_MS = 60_000

const blankCall = {
  legs: {},
  monitors: [],
  timers: {},
  seq: 0,
  talked: false,
  messageLeft: false,
  callbackAsked: false,
  described: {},
}

export function newCall(
  fields: Pick<LiveCall, 'id' | 'node' | 'direction' | 'caller' | 'callee' | 'startedAt' | 'stage'>,
): LiveCall {
  return { ...blankCall, ...fields }
}

/** Click to dial (W-TEL-2). */
export function dial(turn: Turn, id: AgentId, to: string, node: string): CallId {
  const agent = known(turn, id)
  if (agent.state === 'signed-out') throw refuse('AGENT_SIGNED_OUT')
  if (isOnCall(agent)) throw refuse('AGENT_BUSY')
  if (agent.phone !== 'registered') throw refuse('PHONE_NOT_REGISTERED')
  const way = checkTarget(turn, id, to, node)
  const inside = way === undefined
  const legId = turn.newLegId()
  const callId = toCallId(legId)
  turn.begin(
    newCall({
      id: callId,
      node,
      direction: inside ? 'internal' : 'outbound',
      caller: way?.callerNumber ?? id,
      callee: to,
      startedAt: turn.at,
      stage: { state: 'dialling', agent: id, legId, number: to, since: turn.at },
    }),
  )
  turn.change(callId, { lastAgent: id })
  const call = turn.call(callId)
  if (call)
    turn.fact(callId, 'call-began', {
      direction: call.direction,
      caller: call.caller,
      callee: to,
      node,
      legId,
      sipCallId: '',
      networkAddress: '',
      video: false,
    })
  turn.fact(callId, 'number-dialled', { agent: id, number: to, legId })
  staysBusy(turn, agent)
  occupy(turn, id, callId, 'reserved')
  originate(turn, callId, {
    role: 'agent',
    legId,
    to: { kind: 'agent', agentId: id },
    callerNumber: to,
    timeoutMs: AGENT_RING_MS,
    autoAnswer: true,
  })
  return callId
}

/** Who dials while busy is busy again afterwards, and not given calls unasked. */
function staysBusy(turn: Turn, { id, state, reason, next }: LiveAgent): void {
  if (state !== 'busy' || next) return
  turn.changeAgent(id, { next: { state, ...(reason === undefined ? {} : { reason }) } })
}

/** Undefined for an agent of ours. @throws {Refusal} when the target can't be dialled. */
function checkTarget(turn: Turn, from: AgentId, to: string, node: string): WayOut | undefined {
  if (!turn.settings.agentById.has(to)) return requireWayOut(turn, node, to)
  if (to === from) throw refuse('BAD_REQUEST', 'an agent can not call themselves')
  requireFree(turn, agentId(to))
  return undefined
}

/** A call begun by hand on an agent's own phone: the same as click to dial, with the leg there already. */
export function onPhoneDialled(turn: Turn, event: LegCreated, id: AgentId, node: string): void {
  const agent = turn.agent(id)
  const callId = toCallId(event.legId)
  const to = event.calledNumber
  const inside = turn.settings.agentById.has(to)
  const way = inside ? undefined : findWayOut(turn, node, to)
  const caller =
    typeof way === 'object' ? way.callerNumber : inside ? id : turn.settings.outboundNumber
  turn.begin(
    newCall({
      id: callId,
      node,
      direction: inside ? 'internal' : 'outbound',
      caller,
      callee: to,
      startedAt: event.at,
      stage: { state: 'dialling', agent: id, legId: event.legId, number: to, since: event.at },
    }),
  )
  turn.change(callId, { lastAgent: id })
  turn.fact(callId, 'call-began', {
    direction: inside ? 'internal' : 'outbound',
    caller,
    callee: to,
    node,
    legId: event.legId,
    sipCallId: event.sipCallId,
    networkAddress: event.networkAddress,
    video: event.video,
  })
  addLeg(
    turn,
    callId,
    {
      id: event.legId,
      role: 'agent',
      agent: id,
      number: id,
      state: 'created',
      parked: false,
      createdAt: event.at,
    },
    event.sipCallId,
  )
  const call = turn.call(callId)
  if (!call) return
  const mayDial = agent && !isOnCall(agent) && agent.state !== 'signed-out'
  if (!mayDial || (inside && !isFree(turn.agent(agentId(to)))) || typeof way === 'string') {
    turn.command(call, {
      type: 'hang-up-leg',
      legId: event.legId,
      cause: mayDial && inside ? 'busy' : 'not-allowed',
    })
    return
  }
  turn.fact(callId, 'number-dialled', { agent: id, number: to, legId: event.legId })
  staysBusy(turn, agent)
  occupy(turn, id, callId, 'reserved')
  turn.command(call, { type: 'answer-leg', legId: event.legId })
}

/** The agent's own phone is up: now the number rings, and the agent hears that it does. */
export function onDiallerReady(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  if (
    !call ||
    call.stage.state !== 'dialling' ||
    call.stage.legId !== legId ||
    call.stage.numberLegId !== undefined
  )
    return
  const { agent, number } = call.stage
  const way = targetOf(turn, call, number)
  if (!way) return hangUp(turn, callId, legId, 'failed')
  const { to } = way
  // Meanwhile a caller may have reached the one who is dialled.
  if (to.kind === 'agent' && !isFree(turn.agent(to.agentId)))
    return hangUp(turn, callId, legId, 'busy')
  renewGuards(turn, callId)
  const numberLegId = originate(turn, callId, {
    role: 'number',
    ...way,
    timeoutMs: NUMBER_RING_MS,
    autoAnswer: to.kind === 'agent' && (turn.agent(to.agentId)?.autoAnswer ?? false),
  })
  if (to.kind === 'agent') occupy(turn, to.agentId, callId, 'reserved')
  turn.change(callId, { customerLegId: numberLegId, stage: { ...call.stage, numberLegId } })
  occupy(turn, agent, callId, 'talking')
  turn.speak(callId, legId, [{ tone: RINGBACK_TONE }], 'ringback', true)
}

/** The trunk is chosen when the number is about to ring: the agent's phone may have taken its time. */
function targetOf(
  turn: Turn,
  { node, caller }: LiveCall,
  number: string,
): { to: Destination; number: string; callerNumber: string } | undefined {
  if (turn.settings.agentById.has(number))
    return { to: { kind: 'agent', agentId: agentId(number) }, number, callerNumber: caller }
  const way = findWayOut(turn, node, number)
  return typeof way === 'string' ? undefined : way
}

export function onNumberAnswered(turn: Turn, callId: CallId, numberLegId: LegId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'dialling' || call.stage.numberLegId !== numberLegId) return
  const { agent, legId, number } = call.stage
  turn.fact(callId, 'number-answered', { number, legId: numberLegId })
  turn.hush(callId, legId)
  joinTalk(turn, callId, { agent, legId, partnerLegId: numberLegId })
  const other = turn.call(callId)?.legs[numberLegId]?.agent
  if (other) occupy(turn, other, callId, 'talking')
}

/** One of the two legs ended before they talked: so does the other. */
export function onDiallingEnded(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'dialling') return
  const { legId: own, numberLegId } = call.stage
  hangUp(turn, callId, legId === own ? numberLegId : own, 'cancelled')
  // Whoever belongs to this call, and nobody who talks in another one.
  for (const agent of turn.agents()) if (agent.callId === callId) release(turn, agent.id)
}
