// Consult (咨询): the customer hears music while the agent asks a third person; then transfer, return, or all together.
import { agentId, type CallId, type LegId } from '../../telephony/call/id.ts'
import type { EndCause } from '../../telephony/call/cause.ts'
import type { Destination } from '../../telephony/call/command.ts'
import { refuse } from '../errors.ts'
import { occupy, release, wrapUp } from './agent.ts'
import { hangUp, originate } from './leg.ts'
import type { CallVerbBody } from './port.ts'
import type { Consult } from './state.ts'
import { endTalk, joinTalk, onAgentLegEnded, talkingOf, type Talking } from './talk.ts'
import { RINGBACK_TONE } from './text.ts'
import { requireFree } from './transfer.ts'
import { requireWayOut } from './trunk.ts'
import { omit, type Turn } from './turn.ts'

const CONSULT_RING_MS = 30_000

export function consult(turn: Turn, callId: CallId, to: CallVerbBody['to']): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  if (!call || !to || 'queue' in to) throw refuse('BAD_REQUEST', 'say whom to ask: agent or number')
  if (stage.consult || stage.room !== undefined || stage.lostUntil !== undefined)
    throw refuse('CALL_NOT_TALKING')
  const way = wayTo(turn, call.node, to, call.caller)
  const destination = way.to
  if (stage.heldAt !== undefined) turn.command(call, { type: 'retrieve-leg', legId: stage.legId })
  turn.command(call, { type: 'park-legs', legId: stage.partnerLegId })
  const legId = originate(turn, callId, {
    role: 'consult',
    ...way,
    timeoutMs: CONSULT_RING_MS,
    autoAnswer:
      destination.kind === 'agent' && (turn.agent(destination.agentId)?.autoAnswer ?? false),
  })
  const { number } = way
  const asked: Consult = {
    legId,
    number,
    state: 'ringing',
    since: turn.at,
    ...(destination.kind === 'agent' ? { agent: destination.agentId } : {}),
  }
  if (asked.agent) occupy(turn, asked.agent, callId, 'reserved')
  turn.change(callId, { stage: { ...omit(stage, 'heldAt'), consult: asked } })
  turn.fact(callId, 'consult-began', { agent: stage.agent, to: number })
  turn.speak(callId, stage.partnerLegId, [{ music: true }], 'music', true)
  const changed = turn.call(callId)
  if (changed)
    turn.effects.push({
      type: 'speak',
      node: changed.node,
      callId,
      legId: stage.legId,
      playId: turn.newId(),
      sounds: [{ tone: RINGBACK_TONE }],
      loop: true,
      variables: {},
    })
}

/** An agent sees who is asked about; a number outside sees a number of ours, as its network demands. */
function wayTo(
  turn: Turn,
  node: string,
  to: { agent: string } | { number: string },
  about: string,
): { to: Destination; number: string; callerNumber: string } {
  if ('number' in to) return requireWayOut(turn, node, to.number)
  requireFree(turn, agentId(to.agent))
  const destination: Destination = { kind: 'agent', agentId: agentId(to.agent) }
  return { to: destination, number: to.agent, callerNumber: about }
}

export function onConsultAnswered(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  if (
    !call ||
    call.stage.state !== 'talking' ||
    call.stage.consult?.legId !== legId ||
    call.stage.consult.state === 'talking'
  )
    return
  turn.change(callId, {
    stage: { ...call.stage, consult: { ...call.stage.consult, state: 'talking', since: turn.at } },
  })
  turn.command(call, { type: 'stop-play', legId: call.stage.legId })
  turn.command(call, { type: 'bridge-legs', legId: call.stage.legId, otherLegId: legId })
  if (call.stage.consult.agent) occupy(turn, call.stage.consult.agent, callId, 'talking')
}

/** The one asked is gone, or the agent takes the customer back. */
export function returnToCustomer(
  turn: Turn,
  callId: CallId,
  outcome: 'returned' | 'no-answer' | 'failed',
): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'talking' || !call.stage.consult) return
  const { consult: asked, legId, partnerLegId, agent, room } = call.stage
  turn.fact(callId, 'consult-ended', { agent, outcome })
  hangUp(turn, callId, asked.legId, asked.state === 'ringing' ? 'cancelled' : 'normal')
  freeAsked(turn, callId, asked)
  turn.change(callId, { stage: omit(call.stage, 'consult', 'room') })
  // Out of the room first, where there was one.
  if (room !== undefined)
    for (const leg of [partnerLegId, legId]) turn.command(call, { type: 'park-legs', legId: leg })
  turn.command(call, { type: 'stop-play', legId })
  turn.hush(callId, partnerLegId)
  turn.command(call, { type: 'bridge-legs', legId: partnerLegId, otherLegId: legId })
}

const freeAsked = (turn: Turn, callId: CallId, asked: Consult): void => {
  if (!asked.agent) return
  if (asked.state === 'talking') wrapUp(turn, asked.agent, callId)
  else release(turn, asked.agent)
}

/** The customer goes to the one asked; the agent is done. */
export function completeTransfer(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  if (!call || stage.consult?.state !== 'talking')
    throw refuse('CALL_NOT_TALKING', 'nobody has answered yet')
  const { consult: asked, legId, partnerLegId, agent } = stage
  turn.fact(callId, 'consult-ended', { agent, outcome: 'completed' })
  turn.fact(callId, 'call-transferred', { by: agent, to: asked.number, kind: 'consulted' })
  endTalk(turn, callId, 'agent', true)
  turn.hush(callId, partnerLegId)
  if (asked.agent) joinTalk(turn, callId, { agent: asked.agent, legId: asked.legId, partnerLegId })
  else {
    turn.command(call, { type: 'bridge-legs', legId: partnerLegId, otherLegId: asked.legId })
    turn.change(callId, { stage: { state: 'connected', numberLegId: asked.legId, since: turn.at } })
  }
  hangUp(turn, callId, legId)
}

/** All three hear each other (会议). */
export function conference(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  if (!call || stage.consult?.state !== 'talking')
    throw refuse('CALL_NOT_TALKING', 'ask somebody first')
  const room = `conf-${callId}`
  turn.hush(callId, stage.partnerLegId)
  turn.command(call, { type: 'park-legs', legId: stage.legId })
  for (const legId of [stage.partnerLegId, stage.legId, stage.consult.legId])
    turn.command(call, { type: 'join-conference', legId, room })
  turn.fact(callId, 'conference-began', { by: stage.agent, with: stage.consult.number })
  turn.change(callId, { stage: { ...stage, room } })
}

/** The agent who asked has left: whoever already talks with the one asked is joined with the customer; one who still rings is called off. */
export function onAskerLegEnded(turn: Turn, callId: CallId, legId: LegId, cause: EndCause): void {
  const call = turn.call(callId)
  if (call?.stage.state !== 'talking' || !call.stage.consult || call.stage.legId !== legId)
    return onAgentLegEnded(turn, callId, legId, cause)
  const { consult: asked, agent } = call.stage
  if (asked.state === 'talking') return completeTransfer(turn, callId)
  turn.fact(callId, 'consult-ended', { agent, outcome: 'failed' })
  hangUp(turn, callId, asked.legId, 'cancelled')
  freeAsked(turn, callId, asked)
  turn.change(callId, { stage: omit(call.stage, 'consult') })
  onAgentLegEnded(turn, callId, legId, cause)
}

/** Somebody asked or joined has left; in a room the others go on. */
export function onConsultLegEnded(turn: Turn, callId: CallId, legId: LegId, stage: Talking): void {
  if (stage.consult?.legId !== legId) return
  const call = turn.call(callId)
  if (!call) return
  if (stage.room === undefined)
    return returnToCustomer(
      turn,
      callId,
      stage.consult.state === 'ringing' ? 'no-answer' : 'returned',
    )
  freeAsked(turn, callId, stage.consult)
  turn.fact(callId, 'consult-ended', { agent: stage.agent, outcome: 'returned' })
  turn.change(callId, { stage: omit(stage, 'consult', 'room') })
  for (const leg of [stage.partnerLegId, stage.legId])
    turn.command(call, { type: 'park-legs', legId: leg })
  turn.command(call, { type: 'bridge-legs', legId: stage.partnerLegId, otherLegId: stage.legId })
}
