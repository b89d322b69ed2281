// A flow listens to its caller: what it asks the ears, and what they tell. One listening a call; what an older one tells is late.
import type { FlowAction, FlowInput } from '../../ivr-flows/node.ts'
import type { CallId } from '../../telephony/call/id.ts'
import { tellFlow } from './flow.ts'
import type { Heard } from './port.ts'
import type { Turn } from './turn.ts'

type StartListening = Extract<FlowAction, { type: 'start-listening' }>

/** What the ears told, with the listening it belongs to. */
export interface HeardInput {
  readonly type: 'heard'
  readonly callId: CallId
  readonly listeningId: string
  readonly node: string
  readonly heard: Heard
}

export function beginListening(turn: Turn, callId: CallId, action: StartListening): void {
  endListening(turn, callId)
  const call = turn.call(callId)
  if (!call?.customerLegId || !call.flow) return
  const listeningId = turn.newId()
  turn.change(callId, { listening: { id: listeningId } })
  turn.effects.push({
    type: 'listen',
    callId,
    listeningId,
    request: {
      node: call.flow.node,
      callId,
      switchName: call.node,
      legId: call.customerLegId,
      ...(action.phrases && { grammar: action.phrases }),
      ...(action.digits && { digits: action.digits }),
      endSilenceMs: action.endSilenceMs,
      maxSpeechMs: action.maxSpeechMs,
    },
  })
}

/** The flow has gone on, or the caller has. */
export function endListening(turn: Turn, callId: CallId): void {
  const listening = turn.call(callId)?.listening
  if (!listening) return
  turn.drop(callId, 'listening')
  turn.effects.push({ type: 'stop-listening', callId, listeningId: listening.id })
}

export function onHeard(turn: Turn, { callId, listeningId, node, heard }: HeardInput): void {
  const call = turn.call(callId)
  if (!call) return
  if (heard.type === 'replied') {
    const { engine, delayMs, speechEndedAt } = heard
    return turn.fact(callId, 'voice-turn', { node, engine, delayMs, speechEndedAt })
  }
  if (call.listening?.id !== listeningId) return
  if (heard.type !== 'speech-began') turn.drop(callId, 'listening')
  if (call.stage.state === 'in-flow') tellFlow(turn, callId, toInput(heard))
}

const toInput = (heard: Exclude<Heard, { type: 'replied' }>): FlowInput =>
  heard.type === 'failed' ? { ...heard, type: 'ears-failed' } : heard
