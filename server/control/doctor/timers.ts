// The instants a call waits for: each must be set, and none may be past. Recordings that never said their word count among them. Pure.
import { GUARD_EVERY_MS } from '../leg.ts'
import type { LiveCall } from '../state.ts'
import type { Cause } from './cause.ts'
import type { Finding, Remedy } from './finding.ts'

/** A timer of Node's may be this late on a busy machine. */
const LATE_MS = 2000
/** A switch says at once that it records, and that it has stopped. */
const RECORDER_MS = 3000
const SOON_MS = 1000

export function diagnoseTimers(call: LiveCall, at: number): Finding[] {
  const found = (cause: Cause, what: string, remedy: Remedy): Finding => ({
    cause,
    callId: call.id,
    mark: `${call.seq} ${what}`,
    remedy,
  })
  const overdue = Object.entries(call.timers)
    .filter(([, dueAt]) => dueAt < at - LATE_MS)
    .map(([name]) => found('timer-overdue', name, { type: 'fire-timer', name }))
  const missing = [...needed(call, at)]
    .filter(([name]) => !(name in call.timers))
    .map(([name, dueAt]) => found('timer-missing', name, { type: 'set-timer', name, dueAt }))
  return [...overdue, ...missing, ...diagnoseRecording(call, at, found)]
}

/** Timers without which the call would wait for ever, and when each is due. */
function* needed(call: LiveCall, at: number): Iterable<readonly [string, number]> {
  const { stage } = call
  if (stage.state === 'ended') return yield ['forget', at + SOON_MS]
  const isWaiting = Object.values(call.legs).some(
    leg => leg.bridgedTo === undefined && (leg.state === 'answered' || leg.role === 'caller'),
  )
  if (isWaiting) yield ['guard', at + Math.min(SOON_MS, GUARD_EVERY_MS)]
  if (stage.state === 'parting') yield ['parting', at + SOON_MS]
  if (stage.state === 'talking' && stage.lostUntil !== undefined)
    yield ['lost', Math.max(stage.lostUntil, at)]
  if (stage.state !== 'queued') return
  if (stage.offer) yield ['ring', Math.max(stage.offer.ringUntil, at)]
  else yield ['announce', at + SOON_MS]
}

function diagnoseRecording(
  { recording, message, stage, timers }: LiveCall,
  at: number,
  found: (cause: Cause, what: string, remedy: Remedy) => Finding,
): Finding[] {
  if (message && !('message' in timers) && at - message.startedAt > RECORDER_MS)
    return [found('message-stuck', message.id, { type: 'close-message' })]
  if (!recording) return []
  const isRunning = recording.state === 'on' || recording.state === 'masked'
  if (isRunning && !recording.heard && at - recording.startedAt > RECORDER_MS)
    return stage.state === 'talking'
      ? [found('recording-unheard', recording.id, { type: 'record-again' })]
      : []
  if (recording.state === 'stopping' && at - (recording.stoppedAt ?? 0) > RECORDER_MS)
    return [found('recording-stop-missed', recording.id, { type: 'close-recording' })]
  return []
}
