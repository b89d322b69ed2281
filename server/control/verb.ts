// Call control as the API offers it: each verb is checked against who asks, then answered by its own file.
import type { CallId } from '../../telephony/call/id.ts'
import { refuse } from '../errors.ts'
import { completeTransfer, conference, consult, returnToCustomer } from './consult.ts'
import { hangUp } from './leg.ts'
import { monitor } from './monitor.ts'
import type { Actor, CallVerb, CallVerbBody } from './port.ts'
import { beginRecording, endRecording, maskRecording } from './recording.ts'
import type { LiveCall } from './state.ts'
import { endTalk, hold, mute, onAgentLost, part, resume, talkingOf } from './talk.ts'
import { transfer } from './transfer.ts'
import type { Turn } from './turn.ts'

/** What an agent or a supervisor may do to a live call. @throws {Refusal} */
export function askVerb(
  turn: Turn,
  id: CallId,
  verb: CallVerb,
  body: CallVerbBody,
  by: Actor,
): void {
  const call = turn.call(id)
  if (!call) throw refuse('UNKNOWN_CALL')
  if (call.stage.state === 'ended') throw refuse('CALL_ENDED')
  const supervises = by.roles.includes('supervisor') || by.roles.includes('administrator')
  const owns =
    by.agentId !== undefined && Object.values(call.legs).some(leg => leg.agent === by.agentId)
  const lost = call.stage.state === 'talking' && call.stage.agent === by.agentId
  if (!supervises && !owns && !lost) throw refuse('FORBIDDEN', 'this is not your call')
  // The one called or asked steers their own leg only, never the talk of the agent.
  const theirs = call.stage.state === 'talking' && call.stage.agent !== by.agentId
  if (!supervises && theirs && OF_THE_AGENT.has(verb)) throw refuse('FORBIDDEN')
  switch (verb) {
    case 'hold':
      return hold(turn, id, true)
    case 'retrieve':
      return hold(turn, id, false)
    case 'mute':
      return mute(turn, id, body.muted ?? true, by.agentId)
    case 'hangup':
      return hangUpAsAsked(turn, call, by)
    case 'resume':
      return resume(turn, id)
    case 'transfer':
      return transfer(turn, id, body.to)
    case 'consult':
      return consult(turn, id, body.to)
    case 'complete':
      return body.outcome === 'return'
        ? returnToCustomer(turn, id, 'returned')
        : completeTransfer(turn, id)
    case 'conference':
      return conference(turn, id)
    case 'monitor':
    case 'whisper':
    case 'barge':
      if (!supervises) throw refuse('FORBIDDEN')
      return monitor(turn, id, by.agentId, verb === 'monitor' ? 'listen' : verb)
    case 'recording':
      if (body.recording === 'mask' || body.recording === 'unmask')
        return maskRecording(turn, id, body.recording === 'mask', by.userId)
      talkingOf(call)
      return body.recording === 'stop' ? endRecording(turn, id) : beginRecording(turn, id)
    case 'digits': {
      const { partnerLegId } = talkingOf(call)
      if (body.digits === undefined) throw refuse('BAD_REQUEST', 'no digits given')
      return turn.command(call, { type: 'send-digits', legId: partnerLegId, digits: body.digits })
    }
    case 'rate': {
      const { legId, consult: asked } = talkingOf(call)
      if (asked) throw refuse('CALL_NOT_TALKING', 'end the consultation first')
      if (call.direction !== 'inbound') throw refuse('CALL_NOT_TALKING', 'only callers rate')
      endTalk(turn, id, 'agent')
      hangUp(turn, id, legId)
      return part(turn, id, { kind: 'rate' })
    }
  }
}

const OF_THE_AGENT: ReadonlySet<CallVerb> = new Set([
  'hold',
  'retrieve',
  'transfer',
  'consult',
  'complete',
  'conference',
  'resume',
  'rate',
])

/** An agent's hang-up ends the agent's leg: the caller may still be asked for a rating. Before a talk it ends everything. */
function hangUpAsAsked(turn: Turn, call: LiveCall, by: Actor): void {
  const { stage } = call
  if (stage.state === 'talking' && stage.lostUntil !== undefined) return onAgentLost(turn, call.id)
  if (stage.state === 'talking') {
    const own = Object.values(call.legs).find(
      leg => leg.agent === by.agentId && leg.role !== 'supervisor',
    )
    hangUp(turn, call.id, own && stage.consult?.legId === own.id ? own.id : stage.legId)
    return
  }
  if (stage.state === 'queued' && stage.offer)
    return turn.command(call, { type: 'hang-up-leg', legId: stage.offer.legId, cause: 'rejected' })
  if (stage.state === 'dialling') return hangUp(turn, call.id, stage.legId)
  hangUp(turn, call.id, call.customerLegId)
}
