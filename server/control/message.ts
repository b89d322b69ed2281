// A caller's spoken message (语音留言, W-TEL-4): beep, recording, end by key, by time or by hanging up.
import type { CallId } from '../../telephony/call/id.ts'
import type { RecordingStopped } from '../../telephony/call/event.ts'
import { tellFlow } from './flow.ts'
import { recordingPath } from './recording.ts'
import { BEEP_TONE } from './text.ts'
import type { Turn } from './turn.ts'

export function beginMessage(turn: Turn, callId: CallId, maxMs: number): void {
  const call = turn.call(callId)
  if (!call?.customerLegId) return
  const id = `${callId}-message`
  turn.change(callId, {
    message: {
      id,
      path: recordingPath('messages', id, turn.at, turn.settings.timeZone),
      startedAt: turn.at,
    },
  })
  turn.setTimer(callId, 'message', turn.at + maxMs)
  turn.speak(callId, call.customerLegId, [{ tone: BEEP_TONE }], 'message-beep')
}

/** The beep is over: now the caller is heard. */
export function onBeepEnded(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call?.message || !call.customerLegId) return
  turn.change(callId, { message: { ...call.message, startedAt: turn.at } })
  turn.command(call, {
    type: 'start-recording',
    legId: call.customerLegId,
    path: call.message.path,
  })
}

export function stopMessage(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  turn.clearTimer(callId, 'message')
  if (call?.message && call.customerLegId)
    turn.command(call, {
      type: 'stop-recording',
      legId: call.customerLegId,
      path: call.message.path,
    })
}

export function onMessageStopped(turn: Turn, callId: CallId, event: RecordingStopped): void {
  const call = turn.call(callId)
  if (!call?.message) return
  const { id } = call.message
  turn.clearTimer(callId, 'message')
  turn.drop(callId, 'message')
  turn.fact(callId, 'message-recorded', { recordingId: id, durationMs: event.durationMs })
  if (event.durationMs >= SHORTEST_MESSAGE_MS) turn.change(callId, { messageLeft: true })
  if (call.stage.state === 'in-flow')
    tellFlow(turn, callId, { type: 'message-recorded', durationMs: event.durationMs })
}

/** The switch would not record: the caller is not left speaking to nobody, the flow goes on as after an empty message. */
export function onMessageRefused(turn: Turn, callId: CallId, reason: string): void {
  const call = turn.call(callId)
  if (!call?.message) return
  turn.fact(callId, 'recording-failed', { recordingId: call.message.id, reason })
  turn.clearTimer(callId, 'message')
  turn.drop(callId, 'message')
  if (call.stage.state === 'in-flow')
    tellFlow(turn, callId, { type: 'message-recorded', durationMs: 0 })
}

/** Shorter ones are a click of the line, not a message. */
export const SHORTEST_MESSAGE_MS = 1000
