// How calls end: what the result is, who ended it, and when the last trace leaves the floor.
import type { CallId } from '../../telephony/call/id.ts'
import type { EndCause } from '../../telephony/call/cause.ts'
import type { LegEnded } from '../../telephony/call/event.ts'
import type { FactData, Result } from '../ledger/fact.ts'
import { release, settle, wrapUp } from './agent.ts'
import { onAskerLegEnded, onConsultLegEnded } from './consult.ts'
import { onDiallingEnded } from './dial.ts'
import { hangUp } from './leg.ts'
import { endListening } from './listen.ts'
import { onMonitorEnded } from './monitor.ts'
import { dialsAgain } from './next-trunk.ts'
import { onOfferFailed } from './offer.ts'
import { closeWait } from './queue.ts'
import type { LiveCall, LiveLeg } from './state.ts'
import { endTalk } from './talk.ts'
import { awaitsWords } from './transcript.ts'
import { onNumberLegEnded } from './transfer.ts'
import { omitKey, type Turn } from './turn.ts'

/** An ended call stays this long for late facts (recording, quality), and as long as its agent wraps up. */
const LINGER_MS = 5000
/** Between two looks whether the last words of a transcript have come. */
const SOON_MS = 500

export function onLegEnded(turn: Turn, event: LegEnded): void {
  const { callId, legId } = event
  const call = turn.call(callId)
  const leg = call?.legs[legId]
  if (!call || !leg) return
  turn.fact(callId, 'leg-ended', {
    legId,
    role: leg.role,
    cause: event.cause,
    by: event.endedBy,
    ...(leg.answeredAt === undefined ? {} : { answered: true as const }),
    ...(event.sipStatus === undefined ? {} : { sipStatus: event.sipStatus }),
    ...(event.quality
      ? {
          packetsIn: event.quality.packetsIn,
          packetsOut: event.quality.packetsOut,
          lost: event.quality.lost,
          jitterMs: event.quality.jitterMs,
        }
      : {}),
  })
  const counted = turn.call(callId)
  if (counted) turn.change(callId, { legs: omitKey(counted.legs, legId) })
  if (dialsAgain(turn, callId, event, leg)) return
  if (legId === call.customerLegId && call.stage.state !== 'dialling')
    return onCustomerGone(turn, callId, event, leg)
  const { stage } = call
  switch (stage.state) {
    case 'queued':
      onOfferFailed(turn, callId, legId, event.cause)
      break
    case 'dialling':
      onDiallingEnded(turn, callId, legId)
      return finish(
        turn,
        callId,
        'no-answer',
        event.cause,
        legId === stage.legId ? 'agent' : 'network',
      )
    case 'talking':
      if (stage.consult?.legId === legId) onConsultLegEnded(turn, callId, legId, stage)
      else onAskerLegEnded(turn, callId, legId, event.cause)
      break
    case 'transferring':
    case 'connected':
      onNumberLegEnded(turn, callId, legId)
      break
  }
  onMonitorEnded(turn, callId, legId)
}

/** A call has no leg left, or not its customer's, and nobody told how that came. */
export function endLost(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state === 'ended') return
  if (call.stage.state !== 'dialling')
    return onCustomerGone(turn, callId, { cause: 'failed', endedBy: 'switch' }, {})
  onDiallingEnded(turn, callId, call.stage.legId)
  finish(turn, callId, 'no-answer', 'failed', 'network')
}

function onCustomerGone(
  turn: Turn,
  callId: CallId,
  event: Pick<LegEnded, 'cause' | 'endedBy'>,
  leg: Pick<LiveLeg, 'agent' | 'ending'>,
): void {
  const call = turn.call(callId)
  if (!call || call.stage.state === 'ended') return
  const { stage } = call
  const by: FactData['call-ended']['by'] =
    event.endedBy === 'far-end'
      ? 'caller'
      : leg.ending
        ? stage.state === 'talking'
          ? 'agent'
          : 'system'
        : 'network'
  if (stage.state === 'queued') closeWait(turn, callId, 'abandoned')
  if (stage.state === 'talking') {
    const { consult, agent } = stage
    endTalk(turn, callId, by === 'caller' ? 'caller' : by === 'agent' ? 'agent' : 'system')
    if (consult) {
      turn.fact(callId, 'consult-ended', { agent, outcome: 'failed' })
      if (consult.agent)
        consult.state === 'talking'
          ? wrapUp(turn, consult.agent, callId)
          : release(turn, consult.agent)
    }
  }
  if (event.cause === 'switch-lost') onSwitchLost(turn, call)
  if (leg.agent) wrapUp(turn, leg.agent, callId)
  finish(turn, callId, resultOf(turn.call(callId) ?? call, stage, event.cause), event.cause, by)
}

/** The fault was ours: agents are available at once, and the caller is owed a call (design decision 2). */
function onSwitchLost(turn: Turn, call: LiveCall): void {
  if (call.direction === 'inbound')
    turn.fact(call.id, 'callback-requested', { number: call.caller })
  for (const agent of turn.agents()) if (agent.callId === call.id) settle(turn, agent.id, 'system')
}

/** One word for what the call came to. A talk outweighs all else; what the caller left outweighs where they hung up. */
export function resultOf(call: LiveCall, stage: LiveCall['stage'], cause: EndCause): Result {
  if (cause === 'switch-lost') return cause
  if (call.talked) return 'answered'
  if (call.messageLeft) return 'voicemail'
  if (call.callbackAsked) return 'callback'
  if (cause === 'orphaned') return 'orphaned'
  if (call.resultAsked) return call.resultAsked
  switch (stage.state) {
    case 'queued':
      return 'abandoned-queue'
    case 'in-flow':
      return call.queuedAt === undefined ? 'abandoned-ivr' : 'abandoned-queue'
    case 'offered':
      return cause === 'unknown-number' ? 'rejected' : 'abandoned-ivr'
    case 'dialling':
    case 'connected':
      return 'answered'
    case 'transferring':
      return 'no-answer'
    default:
      return 'failed'
  }
}

function finish(
  turn: Turn,
  callId: CallId,
  result: Result,
  cause: EndCause,
  by: FactData['call-ended']['by'],
): void {
  const call = turn.call(callId)
  if (!call || call.stage.state === 'ended') return
  for (const id of Object.keys(call.legs)) hangUp(turn, callId, call.legs[id]?.id)
  turn.change(callId, {
    stage: { state: 'ended', at: turn.at },
    timers: { forget: turn.at + LINGER_MS },
    endCause: cause,
  })
  turn.drop(callId, 'play')
  endListening(turn, callId)
  turn.fact(callId, 'call-ended', {
    result,
    cause,
    by,
    ...(call.trial && { trial: true as const }),
  })
}

/** Leaves the floor once nothing more can be said of it: no leg, no agent in wrap-up. */
export function forgetWhenDone(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'ended') return
  const wrapping = [...turn.agents()].some(
    agent => agent.callId === callId && agent.state === 'wrap-up',
  )
  if (wrapping || (Object.keys(call.legs).length > 0 && turn.at - call.stage.at < LINGER_MS * 4))
    turn.setTimer(callId, 'forget', turn.at + LINGER_MS)
  else if (awaitsWords(call, turn.at, LINGER_MS)) turn.setTimer(callId, 'forget', turn.at + SOON_MS)
  else turn.forget(callId)
}
