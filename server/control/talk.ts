// Two people talk: how it begins, what an agent can do in it, and how each side's leaving ends it.
import type { AgentId, CallId, LegId } from '../../telephony/call/id.ts'
import type { EndCause } from '../../telephony/call/cause.ts'
import { refuse } from '../errors.ts'
import { occupy, release, setAside, wrapUp } from './agent.ts'
import { tellFlow } from './flow.ts'
import { changeLeg, hangUp, legOf, originate } from './leg.ts'
import { joinQueue } from './queue.ts'
import { beginRecording, endRecording } from './recording.ts'
import type { AfterTalk, LiveCall } from './state.ts'
import { COMFORT } from './text.ts'
import { dialOut } from './transfer.ts'
import { omit, type Turn } from './turn.ts'

export type Talking = Extract<LiveCall['stage'], { state: 'talking' }>

/** How long a caller whose agent's phone broke is kept for that agent. */
const RESUME_MS = 20_000
const RESUME_RING_MS = 10_000
/** The switch parks the customer's leg at once after the other side has gone. */
const PARTING_MS = 2000
/** Ends that are the network's doing, not a person's. */
const BROKEN: ReadonlySet<EndCause> = new Set([
  'media-timeout',
  'out-of-order',
  'unavailable',
  'switch-lost',
  'no-response',
  'failed',
  'orphaned',
])

export const talkingOf = (call: LiveCall | undefined): Talking => {
  if (!call) throw refuse('UNKNOWN_CALL')
  if (call.stage.state !== 'talking') throw refuse('CALL_NOT_TALKING')
  return call.stage
}

/** Joins an agent's leg with its partner; the talk begins when the switch says that they hear each other. */
export function joinTalk(
  turn: Turn,
  callId: CallId,
  join: { agent: AgentId; legId: LegId; partnerLegId: LegId },
): void {
  const call = turn.change(callId, {
    stage: { state: 'talking', ...join, since: turn.at, muted: false },
    lastAgent: join.agent,
  })
  turn.hush(callId, join.partnerLegId)
  turn.command(call, { type: 'bridge-legs', legId: join.partnerLegId, otherLegId: join.legId })
  occupy(turn, join.agent, callId, 'talking')
}

export function onBridged(turn: Turn, callId: CallId, a: LegId, b: LegId): void {
  const call = turn.call(callId)
  if (!call) return
  for (const [id, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (call.legs[id]) {
      changeLeg(turn, callId, id, { bridgedTo: other, parked: false })
      turn.command(call, { type: 'unguard-leg', legId: id })
    }
  }
  const stage = turn.call(callId)?.stage
  if (
    stage?.state !== 'talking' ||
    ![a, b].includes(stage.legId) ||
    ![a, b].includes(stage.partnerLegId)
  )
    return
  if (turn.call(callId)?.talkBeganAt === undefined) {
    turn.change(callId, { talked: true, talkBeganAt: turn.at, stage: { ...stage, since: turn.at } })
    turn.fact(callId, 'talk-began', { agent: stage.agent, legId: stage.legId })
    beginRecording(turn, callId)
  }
}

export function onHeld(turn: Turn, callId: CallId, leg: LegId): void {
  const call = turn.call(callId)
  if (
    call?.stage.state !== 'talking' ||
    call.stage.legId !== leg ||
    call.stage.heldAt !== undefined
  )
    return
  turn.change(callId, { stage: { ...call.stage, heldAt: turn.at } })
  turn.fact(callId, 'call-held', { agent: call.stage.agent })
  occupy(turn, call.stage.agent, callId, 'on-hold')
}

export function onRetrieved(turn: Turn, callId: CallId, leg: LegId): void {
  const call = turn.call(callId)
  if (
    call?.stage.state !== 'talking' ||
    call.stage.legId !== leg ||
    call.stage.heldAt === undefined
  )
    return
  const heldMs = turn.at - call.stage.heldAt
  turn.change(callId, { stage: omit(call.stage, 'heldAt') })
  turn.fact(callId, 'call-retrieved', { agent: call.stage.agent, heldMs })
  occupy(turn, call.stage.agent, callId, 'talking')
}

export function hold(turn: Turn, callId: CallId, on: boolean): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  if (!call || stage.consult || stage.room !== undefined || stage.lostUntil !== undefined)
    throw refuse('CALL_NOT_TALKING')
  if (on === (stage.heldAt !== undefined)) return
  turn.command(call, { type: on ? 'hold-leg' : 'retrieve-leg', legId: stage.legId })
}

/** Mutes the agent of the talk; whoever else of ours takes part mutes their own leg. */
export function mute(turn: Turn, callId: CallId, muted: boolean, by: AgentId | undefined): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  const own = Object.values(call?.legs ?? {}).find(leg => leg.agent === by)
  if (call && by !== undefined && own && own.id !== stage.legId && own.role !== 'supervisor')
    return turn.command(call, { type: 'mute-leg', legId: own.id, muted })
  if (!call || stage.muted === muted) return
  turn.change(callId, { stage: { ...stage, muted } })
  turn.command(call, { type: 'mute-leg', legId: stage.legId, muted })
  turn.fact(callId, 'agent-muted', { agent: stage.agent, muted })
}

/** The part of an agent in this call is over: their figures, their wrap-up. The recording ends unless somebody goes on talking. */
export function endTalk(
  turn: Turn,
  callId: CallId,
  by: 'caller' | 'agent' | 'system',
  goesOn = false,
): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'talking') return
  const { agent, legId, heldAt, resumingLegId } = call.stage
  hangUp(turn, callId, resumingLegId, 'cancelled')
  if (heldAt !== undefined) turn.fact(callId, 'call-retrieved', { agent, heldMs: turn.at - heldAt })
  if (call.talkBeganAt !== undefined)
    turn.fact(callId, 'talk-ended', { agent, legId, talkMs: turn.at - call.talkBeganAt, by })
  turn.drop(callId, 'talkBeganAt')
  if (!goesOn) {
    endRecording(turn, callId)
    turn.drop(callId, 'masked')
  }
  wrapUp(turn, agent, callId, call.lastQueue)
}

/** The switch would not join the two: the agent is free, the caller waits on at the same place. */
export function onJoinFailed(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'talking' || call.talkBeganAt !== undefined) return
  const { agent, legId, partnerLegId } = call.stage
  hangUp(turn, callId, legId)
  release(turn, agent)
  if (call.direction !== 'inbound' || call.lastQueue === undefined)
    return hangUp(turn, callId, partnerLegId)
  part(turn, callId, {
    kind: 'queue',
    queue: call.lastQueue,
    priority: 9,
    joinedAt: call.queuedAt ?? turn.at,
  })
}

/** What becomes of the customer after the talk, once their leg waits for us. */
export function part(turn: Turn, callId: CallId, then: AfterTalk): void {
  const call = turn.change(callId, { stage: { state: 'parting', then } })
  turn.setTimer(callId, 'parting', turn.at + PARTING_MS)
  if (legOf(call, call.customerLegId)?.parked) afterParting(turn, callId)
}

export function afterParting(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'parting') return
  const { then } = call.stage
  turn.clearTimer(callId, 'parting')
  turn.change(callId, { stage: { state: 'in-flow' } })
  switch (then.kind) {
    case 'rate':
      return tellFlow(turn, callId, { type: 'talk-ended' })
    case 'queue':
      return joinQueue(turn, callId, then.queue, then.priority, then.direct, then.joinedAt)
    case 'number':
      return dialOut(turn, callId, then.number, then.by)
  }
}

/** The agent's leg has ended: by the agent's hand, or because a browser or a network broke. */
export function onAgentLegEnded(turn: Turn, callId: CallId, legId: LegId, cause: EndCause): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'talking') return
  const stage = call.stage
  if (stage.resumingLegId === legId) {
    turn.change(callId, { stage: omit(stage, 'resumingLegId') })
    return
  }
  if (stage.legId !== legId) return
  if (BROKEN.has(cause) && call.talkBeganAt !== undefined) return keepForAgent(turn, callId, stage)
  // Gone before the two heard each other: nobody is asked how it was.
  if (call.talkBeganAt === undefined && !call.talked && call.direction === 'inbound')
    return onJoinFailed(turn, callId)
  endTalk(turn, callId, 'agent')
  if (call.direction === 'inbound') part(turn, callId, { kind: 'rate' })
  else hangUp(turn, callId, stage.partnerLegId)
}

/** The caller hears a word of comfort and is kept; the agent's next phone takes the call up (design decision 6). */
function keepForAgent(turn: Turn, callId: CallId, stage: Talking): void {
  turn.change(callId, {
    stage: { ...omit(stage, 'heldAt', 'consult', 'room'), lostUntil: turn.at + RESUME_MS },
  })
  turn.setTimer(callId, 'lost', turn.at + RESUME_MS)
  turn.speak(callId, stage.partnerLegId, [{ say: COMFORT }, { music: true }], 'announcement')
  if (turn.agent(stage.agent)?.phone === 'registered') resume(turn, callId)
}

/** Rings the agent's phone again for a talk that goes on: after a reload, or after its leg broke. */
export function resume(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  const stage = talkingOf(call)
  if (!call || stage.resumingLegId !== undefined) return
  const legId = originate(turn, callId, {
    role: 'agent',
    to: { kind: 'agent', agentId: stage.agent },
    callerNumber: call.caller,
    resumes: true,
    timeoutMs: RESUME_RING_MS,
    autoAnswer: true,
  })
  turn.change(callId, { stage: { ...stage, resumingLegId: legId } })
}

/** A phone is back whose talk waits for it. */
export function resumeLost(turn: Turn, id: AgentId): void {
  const callId = turn.agent(id)?.callId
  const stage = callId && turn.call(callId)?.stage
  if (callId && stage?.state === 'talking' && stage.agent === id && stage.lostUntil !== undefined)
    resume(turn, callId)
}

export function onResumed(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'talking' || call.stage.resumingLegId !== legId) return
  const old = call.stage.legId
  const stage = omit({ ...call.stage, legId }, 'resumingLegId', 'lostUntil', 'heldAt')
  if (call.stage.heldAt !== undefined)
    turn.fact(callId, 'call-retrieved', { agent: stage.agent, heldMs: turn.at - call.stage.heldAt })
  turn.change(callId, { stage })
  turn.clearTimer(callId, 'lost')
  rejoin(turn, call, stage)
  if (old !== legId) hangUp(turn, callId, old)
  occupy(turn, stage.agent, callId, 'talking')
}

/** Back to whom the agent spoke with: the room, the one asked, or the customer. While the one asked rings, the customer hears music. */
function rejoin(turn: Turn, call: LiveCall, { legId, partnerLegId, consult, room }: Talking): void {
  if (room !== undefined) return turn.command(call, { type: 'join-conference', legId, room })
  if (consult?.state === 'ringing') return
  if (consult === undefined) turn.hush(call.id, partnerLegId)
  turn.command(call, {
    type: 'bridge-legs',
    legId: consult?.legId ?? partnerLegId,
    otherLegId: legId,
  })
}

/** The agent did not come back: the caller goes to the head of the queue with the place kept. */
export function onAgentLost(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'talking' || call.stage.lostUntil === undefined) return
  const { agent, partnerLegId, resumingLegId } = call.stage
  hangUp(turn, callId, resumingLegId, 'cancelled')
  const queue = call.lastQueue
  endTalk(turn, callId, 'system')
  setAside(turn, agent, 'phone-lost')
  if (queue === undefined || call.direction !== 'inbound') return hangUp(turn, callId, partnerLegId)
  part(turn, callId, { kind: 'queue', queue, priority: 9, joinedAt: call.queuedAt ?? turn.at })
}
