// From a routing decision to a talk, or back to the caller's place in the queue.
import type { AgentId, CallId, LegId } from '../../telephony/call/id.ts'
import type { EndCause } from '../../telephony/call/cause.ts'
import type { Decision } from '../routing/decide.ts'
import { occupy, release, setAside } from './agent.ts'
import { changeLeg, hangUp, originate } from './leg.ts'
import { announce, closeWait, joinQueue, leaveQueue } from './queue.ts'
import { joinTalk, onBridged } from './talk.ts'
import { omit, type Turn } from './turn.ts'

const DEFAULT_RING_MS = 20_000
/** Our own clock for a phone whose switch never says that it stopped ringing. */
const RING_GRACE_MS = 2000
/** An agent who did not take this caller is not asked again for it so soon. */
const NOT_AGAIN_MS = 60_000
/** After a leg that failed in its set-up the same phone may be rung again. */
const SET_UP_PAUSE_MS = 1000
const HEAD_PRIORITY = 9

export function applyDecision(turn: Turn, decision: Decision): void {
  if (decision.type === 'leave-queue') return giveUp(turn, decision.callId, decision.outcome)
  const call = turn.call(decision.callId)
  if (!call || call.stage.state !== 'queued') return
  const { agentId, queue, reason } = decision
  const config = turn.settings.queueById.get(queue)
  const ringMs = config?.ringMs ?? DEFAULT_RING_MS
  const legId = turn.newLegId()
  const waitedMs = turn.at - call.stage.joinedAt
  turn.change(call.id, {
    stage: {
      ...call.stage,
      offer: { agent: agentId, legId, at: turn.at, ringUntil: turn.at + ringMs, reason },
    },
  })
  turn.setTimer(call.id, 'ring', turn.at + ringMs + RING_GRACE_MS)
  turn.fact(call.id, 'agent-offered', { queue, agent: agentId, legId, waitedMs, reason })
  occupy(turn, agentId, call.id, 'reserved')
  originate(turn, call.id, {
    role: 'agent',
    legId,
    to: { kind: 'agent', agentId },
    callerNumber: call.caller,
    timeoutMs: ringMs,
    autoAnswer: turn.agent(agentId)?.autoAnswer ?? false,
    ...(config ? { callerName: config.name } : {}),
  })
}

/** The agent has taken the call: both legs wait for us, so they are joined. */
export function onOfferAnswered(turn: Turn, callId: CallId, legId: LegId): void {
  const call = turn.call(callId)
  if (
    !call ||
    call.stage.state !== 'queued' ||
    call.stage.offer?.legId !== legId ||
    !call.customerLegId
  )
    return
  const { agent, at } = call.stage.offer
  closeWait(turn, callId, 'answered')
  turn.fact(callId, 'agent-answered', { agent, legId, rangMs: turn.at - at })
  joinTalk(turn, callId, { agent, legId, partnerLegId: call.customerLegId })
}

/** Nobody took it: the caller keeps the place, the agent is set aside with a reason. */
export function onOfferFailed(turn: Turn, callId: CallId, legId: LegId, cause: EndCause): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'queued' || call.stage.offer?.legId !== legId) return
  const { agent, at } = call.stage.offer
  turn.clearTimer(callId, 'ring')
  turn.fact(callId, 'offer-failed', { agent, legId, cause, rangMs: turn.at - at })
  const pauseMs = cause === 'no-codec' || cause === 'congested' ? SET_UP_PAUSE_MS : NOT_AGAIN_MS
  const tried = { ...call.stage.tried, [agent]: turn.at + pauseMs }
  turn.change(callId, { stage: omit({ ...call.stage, tried }, 'offer') })
  blame(turn, agent, cause)
  if (call.stage.direct !== undefined) giveUp(turn, callId, 'no-agents')
  else if (call.play === undefined) announce(turn, callId)
}

/** The offer can come to nothing more, and nobody is to blame: the caller keeps the place and is offered anew. */
export function withdrawOffer(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'queued' || !call.stage.offer) return
  const { agent, legId, at } = call.stage.offer
  turn.clearTimer(callId, 'ring')
  turn.fact(callId, 'offer-failed', { agent, legId, cause: 'cancelled', rangMs: turn.at - at })
  turn.change(callId, { stage: omit(call.stage, 'offer') })
  hangUp(turn, callId, legId, 'cancelled')
  if (turn.agent(agent)?.callId === callId) release(turn, agent)
  if (turn.call(callId)?.play === undefined) announce(turn, callId)
}

/** The switch has joined caller and agent, and we were not told: no word is sent that would part them. */
export function takeAsTalk(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call?.customerLegId || call.stage.state !== 'queued' || !call.stage.offer) return
  const { agent, legId, at } = call.stage.offer
  closeWait(turn, callId, 'answered')
  turn.fact(callId, 'agent-answered', { agent, legId, rangMs: turn.at - at })
  turn.change(callId, {
    stage: {
      state: 'talking',
      agent,
      legId,
      partnerLegId: call.customerLegId,
      since: turn.at,
      muted: false,
    },
    lastAgent: agent,
  })
  turn.drop(callId, 'play')
  occupy(turn, agent, callId, 'talking')
  onBridged(turn, callId, call.customerLegId, legId)
}

/** A caller passed on to one person who does not take it goes back to the group they came from, ahead of all; others leave. */
function giveUp(turn: Turn, callId: CallId, outcome: 'timed-out' | 'no-agents'): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'queued') return
  const { lastQueue, queuedAt } = call
  const isPassedOn = call.stage.direct !== undefined && call.talked
  if (!isPassedOn || lastQueue === undefined || !turn.settings.queueById.has(lastQueue))
    return leaveQueue(turn, callId, outcome)
  closeWait(turn, callId, outcome)
  joinQueue(turn, callId, lastQueue, HEAD_PRIORITY, undefined, queuedAt)
}

function blame(turn: Turn, agent: AgentId, cause: EndCause): void {
  switch (cause) {
    case 'not-registered':
    case 'out-of-order':
    case 'unavailable':
    case 'failed':
      turn.changeAgent(agent, { phone: 'unregistered' })
      return setAside(turn, agent, 'phone-lost')
    case 'busy':
    case 'rejected':
      return setAside(turn, agent, 'declined')
    case 'cancelled':
    // A browser's leg can fail in its set-up; the agent did nothing.
    case 'no-codec':
    case 'congested':
      return release(turn, agent)
    default:
      return setAside(turn, agent, 'no-answer')
  }
}

/** The switch never told how the ringing ended. */
export function onRingOverdue(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'queued' || !call.stage.offer) return
  const { legId } = call.stage.offer
  turn.command(call, { type: 'hang-up-leg', legId, cause: 'no-answer' })
  changeLeg(turn, callId, legId, { ending: true })
  onOfferFailed(turn, callId, legId, 'no-answer')
}
