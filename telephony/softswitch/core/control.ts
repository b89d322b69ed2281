// What can be done to a channel, whoever asks: progress, answer, park, transfer, hang up. Order of events as FreeSWITCH 1.10 sends them.
import { enqueue } from './application-queue.ts'
import { partFromBridge } from './bridge.ts'
import { announce, inBackground, type Board } from './board.ts'
import { isDown, setVariable, type Channel } from './channel.ts'
import { numberOf, q850Of, sipStatusOf, type HangupCause } from './hangup-cause.ts'
import { leaveRoom } from './conference.ts'
import { recordStats } from './media-stats.ts'
import { onRecordingStopped, stopRecording } from './recording.ts'

export function ring(board: Board, channel: Channel): void {
  if (isDown(channel) || channel.answered || channel.times.progressAt > 0) return
  channel.leg.ring()
  markRinging(board, channel)
}

/** 180 seen or sent. */
export function markRinging(board: Board, channel: Channel): void {
  if (isDown(channel) || channel.answered || channel.times.progressAt > 0) return
  channel.times.progressAt = board.now()
  announce(board, channel, 'CHANNEL_PROGRESS')
  channel.callState = 'RINGING'
}

/** Early media flows. */
export function markEarly(board: Board, channel: Channel): void {
  if (isDown(channel) || channel.answered || channel.early) return
  channel.early = true
  channel.times.progressMediaAt = board.now()
  announce(board, channel, 'CHANNEL_PROGRESS_MEDIA')
  channel.callState = 'EARLY'
}

export async function preAnswer(board: Board, channel: Channel): Promise<boolean> {
  if (channel.answered || channel.early) return true
  if (isDown(channel) || !(await channel.leg.preAnswer())) return false
  markEarly(board, channel)
  return !isDown(channel)
}

/** `<application> <argument>`, or with `::` between, as FreeSWITCH's switch_channel_execute_on. */
function executeOnAnswer(board: Board, channel: Channel): void {
  const [, name, argument = ''] =
    /^([\w-]+)(?:::| |$)([\s\S]*)$/.exec(channel.variables.get('execute_on_answer') ?? '') ?? []
  if (name !== undefined) enqueue(board, channel, { name, argument })
}

export function markAnswered(board: Board, channel: Channel): void {
  if (isDown(channel) || channel.answered) return
  channel.answered = true
  channel.times.answeredAt = board.now()
  setVariable(channel, 'endpoint_disposition', 'ANSWER')
  announce(board, channel, 'CHANNEL_ANSWER')
  channel.callState = 'ACTIVE'
  executeOnAnswer(board, channel)
}

export async function answer(board: Board, channel: Channel): Promise<boolean> {
  if (channel.answered) return true
  if (isDown(channel) || !(await channel.leg.answer())) return false
  markAnswered(board, channel)
  return !isDown(channel)
}

/** The channel waits under the controller's command. */
export function park(board: Board, channel: Channel): void {
  if (isDown(channel)) return
  if (channel.parked) return
  channel.state = 'CS_PARK'
  channel.parked = true
  announce(board, channel, 'CHANNEL_PARK')
}

export function unpark(board: Board, channel: Channel): void {
  if (!channel.parked) return
  channel.parked = false
  announce(board, channel, 'CHANNEL_UNPARK')
}

/** Stops whatever runs and forgets what waits. */
export function clearApplications(channel: Channel): void {
  channel.queue.length = 0
  channel.running?.stop()
}

/** Takes the channel out of its bridge, room or application; the partner goes where its variables send it. */
export function detach(board: Board, channel: Channel): void {
  clearApplications(channel)
  if (channel.room !== undefined) leaveRoom(board, channel)
  if (channel.partner !== undefined) partFromBridge(board, channel)
}

/** uuid_park. FreeSWITCH begins the park anew on a channel that is parked already. */
export function parkAlone(board: Board, channel: Channel): void {
  detach(board, channel)
  unpark(board, channel)
  park(board, channel)
}

/** The application `park`: what was asked for after it (a bridge, a room) comes after it, and is not undone. */
export function parkInTurn(board: Board, channel: Channel): void {
  if (channel.room !== undefined) leaveRoom(board, channel)
  if (channel.partner !== undefined) partFromBridge(board, channel)
  unpark(board, channel)
  park(board, channel)
}

const DISPOSITION_OF_FAR_END = {
  bye: 'recv_bye',
  cancel: 'recv_cancel',
  refused: 'recv_refuse',
} as const

/** How the far end ended the leg, when it did. */
export type FarEnd = {
  readonly by: keyof typeof DISPOSITION_OF_FAR_END
  readonly sipStatus?: number
}

function recordTimes(channel: Channel): void {
  const { createdAt, answeredAt, hungUpAt } = channel.times
  const durationMs = hungUpAt - createdAt
  const billMs = answeredAt > 0 ? hungUpAt - answeredAt : 0
  const values: readonly (readonly [string, number])[] = [
    ['duration', Math.floor(durationMs / 1000)],
    ['mduration', Math.round(durationMs)],
    ['billsec', Math.floor(billMs / 1000)],
    ['billmsec', Math.round(billMs)],
    ['start_epoch', Math.floor(createdAt / 1000)],
    ['answer_epoch', Math.floor(answeredAt / 1000)],
    ['end_epoch', Math.floor(hungUpAt / 1000)],
  ]
  for (const [name, value] of values) channel.variables.set(name, String(value))
}

/** Ends a channel: CHANNEL_HANGUP at once, CHANNEL_HANGUP_COMPLETE with figures once the media plane has closed, CHANNEL_DESTROY last. */
export function hangUp(board: Board, channel: Channel, cause: HangupCause, farEnd?: FarEnd): void {
  if (isDown(channel)) return
  channel.hangupCause = cause
  channel.times.hungUpAt = board.now()
  const ended = farEnd === undefined ? channel.leg.end(cause) : DISPOSITION_OF_FAR_END[farEnd.by]
  const sipStatus = farEnd?.sipStatus ?? (ended === 'send_refuse' ? sipStatusOf(cause) : undefined)
  setVariable(channel, 'sip_hangup_disposition', ended)
  setVariable(channel, 'sip_term_status', String(sipStatus ?? 200))
  setVariable(channel, 'sip_term_cause', String(numberOf(cause)))
  setVariable(channel, 'proto_specific_hangup_cause', `sip:${sipStatus ?? 200}`)
  channel.state = 'CS_HANGUP'
  channel.callState = 'HANGUP'
  announce(board, channel, 'CHANNEL_HANGUP')
  board.schedule.remove(channel.uuid)
  board.claim(channel.uuid)
  stopRecording(board, channel, 'all')
  detach(board, channel)
  unpark(board, channel)
  inBackground(board, 'channel end', complete(board, channel, cause))
}

/** The media plane answers within this time, or the channel ends without its figures. */
const STATS_MS = 2_000

async function complete(board: Board, channel: Channel, cause: HangupCause): Promise<void> {
  channel.state = 'CS_REPORTING'
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), STATS_MS)
  })
  try {
    if (channel.video !== undefined)
      inBackground(board, 'video port', board.media.close(channel.video))
    const stats = await Promise.race([board.media.close(channel.audio), late])
    if (stats !== undefined) recordStats(channel, stats)
  } catch (err) {
    board.log.error({ err }, 'media port did not close')
  } finally {
    clearTimeout(timer)
  }
  for (const path of channel.recordings)
    onRecordingStopped(board, channel, { path, durationMs: 0, fault: 'not closed in time' })
  setVariable(channel, 'hangup_cause', cause)
  setVariable(channel, 'hangup_cause_q850', String(q850Of(cause)))
  recordTimes(channel)
  announce(board, channel, 'CHANNEL_HANGUP_COMPLETE')
  channel.state = 'CS_DESTROY'
  board.channels.delete(channel.uuid)
  announce(board, channel, 'CHANNEL_DESTROY')
}
