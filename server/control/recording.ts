// Recording of talks: caller left, agent right, one file a call, begun with the first talk and ended with the last.
import { basename } from 'node:path'
import type { RecordingStarted, RecordingStopped } from '../../telephony/call/event.ts'
import type { CallId } from '../../telephony/call/id.ts'
import { refuse } from '../errors.ts'
import { onMessageRefused, onMessageStopped } from './message.ts'
import type { LiveCall } from './state.ts'
import type { Turn } from './turn.ts'

/** `<kind>/2026/11/22/<id>.wav` below the media folder, by the day of the operator's time zone. */
export function recordingPath(
  kind: 'recordings' | 'messages',
  id: string,
  at: number,
  timeZone: string,
): string {
  const day = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(at)
  return `${kind}/${day.replaceAll('-', '/')}/${id}.wav`
}

const idOf = (path: string): string => basename(path, '.wav')

export const isRecording = (call: LiveCall): boolean =>
  call.message !== undefined || call.recording?.state === 'on' || call.recording?.state === 'masked'

const recordersInUse = (turn: Turn): number => [...turn.calls()].filter(isRecording).length

/** Whether one more recording fits (W-CAP-1). */
export const recorderFree = (turn: Turn): boolean =>
  recordersInUse(turn) < turn.settings.lines.recordingLimit

/** Begins to record the customer's leg; a full recorder is said in the record, and costs no talk. */
export function beginRecording(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  const legId = call?.customerLegId
  if (!call || !legId || call.recording?.state === 'on' || call.recording?.state === 'masked')
    return
  const count = call.recordingCount ?? 0
  // Each talk has a file of its own: one that was stopped is not written over.
  const id = count === 0 ? String(callId) : `${callId}-${count + 1}`
  if (!recorderFree(turn))
    return turn.fact(callId, 'recording-failed', { recordingId: id, reason: 'all-recorders-busy' })
  const path = recordingPath('recordings', id, turn.at, turn.settings.timeZone)
  turn.change(callId, {
    recording: { id, path, legId, startedAt: turn.at, state: call.masked ? 'masked' : 'on' },
    recordingCount: count + 1,
  })
  turn.command(call, { type: 'start-recording', legId, path })
  if (!call.masked) return
  turn.command(call, { type: 'mask-recording', legId, path, masked: true })
  turn.fact(callId, 'recording-masked', { recordingId: id, masked: true, by: 'system' })
}

export function endRecording(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  const recording = call?.recording
  if (!call || !recording || recording.state === 'failed' || recording.state === 'stopping') return
  turn.change(callId, { recording: { ...recording, state: 'stopping', stoppedAt: turn.at } })
  turn.command(call, { type: 'stop-recording', legId: recording.legId, path: recording.path })
}

/** Masks the talk: its recording, if one runs, and its transcript, which outlives a recording that failed. */
export function maskRecording(turn: Turn, callId: CallId, masked: boolean, by: string): void {
  const call = turn.call(callId)
  const recording = call?.recording
  const isRunning = recording?.state === 'on' || recording?.state === 'masked'
  if (!call || (!isRunning && call.stage.state !== 'talking'))
    throw refuse('CALL_NOT_TALKING', 'nothing is being recorded')
  if (masked) turn.change(callId, { masked })
  else turn.drop(callId, 'masked')
  if (!isRunning) return
  turn.change(callId, { recording: { ...recording, state: masked ? 'masked' : 'on' } })
  turn.command(call, {
    type: 'mask-recording',
    legId: recording.legId,
    path: recording.path,
    masked,
  })
  turn.fact(callId, 'recording-masked', { recordingId: recording.id, masked, by })
}

export function onRecordingStarted(turn: Turn, event: RecordingStarted): void {
  const call = turn.call(event.callId)
  const recording = [call?.message, call?.recording].find(
    one => one && event.path.endsWith(one.path),
  )
  if (!call || !recording) return
  if (recording === call.recording)
    turn.change(call.id, { recording: { ...call.recording, heard: true, heardAt: event.at } })
  turn.fact(event.callId, 'recording-started', { recordingId: recording.id, path: recording.path })
}

export function onRecordingStopped(turn: Turn, event: RecordingStopped): void {
  const call = turn.call(event.callId)
  if (call?.message && event.path.endsWith(call.message.path))
    return onMessageStopped(turn, event.callId, event)
  const id = idOf(event.path)
  if (!call || !id.startsWith(call.id)) return
  turn.fact(event.callId, 'recording-stopped', {
    recordingId: id,
    durationMs: event.durationMs,
    ...(event.fault === undefined ? {} : { fault: event.fault }),
  })
  const { recording } = call
  // The next one may have begun before this one was closed.
  if (recording?.id !== id) return
  if (event.fault === undefined) turn.drop(event.callId, 'recording')
  else turn.change(event.callId, { recording: { ...recording, state: 'failed' } })
}

/** The switch would not record: disk full, no recorder, rights. The talk goes on. */
export function onRecordingRefused(turn: Turn, callId: CallId, reason: string): void {
  const call = turn.call(callId)
  if (call?.message) return onMessageRefused(turn, callId, reason)
  const recording = call?.recording
  if (!recording) return
  turn.change(callId, { recording: { ...recording, state: 'failed' } })
  turn.fact(callId, 'recording-failed', { recordingId: recording.id, reason })
}
