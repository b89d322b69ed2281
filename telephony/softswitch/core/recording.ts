// Recording of a channel: RECORD_START and RECORD_STOP as FreeSWITCH sends them, within the configured number of recording lines.
import { announce, type Board } from './board.ts'
import { isDown, setVariable, type Channel } from './channel.ts'

export const recordingCount = (board: Board): number =>
  [...board.channels.values()].reduce(
    (count, { recordings }) => count + [...recordings].filter(path => !isListening(path)).length,
    0,
  )

/** Written only to be read as it grows, and removed afterwards: nobody's recording, and no line of the recorder. */
const isListening = (path: string) => /\/taps\/[^/]+$/.test(path)

/** Undefined when it began, else why not. The call goes on in any case. */
export function startRecording(board: Board, channel: Channel, path: string): string | undefined {
  if (isDown(channel)) return 'Cannot record session!'
  if (path === '' || path.includes('\0')) return 'Cannot record session! No path.'
  // FreeSWITCH agrees and goes on (switch_ivr_record_session, "Already recording").
  if (channel.recordings.has(path)) return undefined
  const limit = board.config().recordingLimit
  if (!isListening(path) && recordingCount(board) >= limit) {
    board.log.warn({ uuid: channel.uuid, limit }, 'recording refused')
    return `Cannot record session! Recording limit reached (${limit}).`
  }
  channel.recordings.add(path)
  board.media.record(channel.audio, path)
  announce(board, channel, 'RECORD_START', [['Record-File-Path', path]])
  return undefined
}

/** `all` stops every one. False when there was none of that name. */
export function stopRecording(board: Board, channel: Channel, path: string): boolean {
  const paths =
    path === 'all' || path === ''
      ? [...channel.recordings]
      : [path].filter(each => channel.recordings.has(each))
  for (const each of paths) board.media.stopRecording(channel.audio, each)
  return paths.length > 0
}

export function maskRecording(
  board: Board,
  channel: Channel,
  path: string,
  masked: boolean,
): boolean {
  if (!channel.recordings.has(path)) return false
  board.media.maskRecording(channel.audio, path, masked)
  return true
}

/** The media plane closed the file. */
export function onRecordingStopped(
  board: Board,
  channel: Channel,
  stopped: { readonly path: string; readonly durationMs: number; readonly fault?: string },
): void {
  if (!channel.recordings.delete(stopped.path)) return
  const cause = stopped.fault === undefined ? 'success-silence' : 'uri-failure'
  setVariable(channel, 'record_ms', String(Math.round(stopped.durationMs)))
  setVariable(channel, 'record_seconds', String(Math.floor(stopped.durationMs / 1000)))
  setVariable(channel, 'record_samples', String(Math.round(stopped.durationMs * 8)))
  setVariable(channel, 'record_completion_cause', cause)
  if (stopped.fault !== undefined)
    board.log.error({ uuid: channel.uuid, fault: stopped.fault }, 'recording failed')
  announce(board, channel, 'RECORD_STOP', [
    ['Record-File-Path', stopped.path],
    ['Record-Completion-Cause', cause],
    ...(stopped.fault === undefined ? [] : [['Record-Fault', stopped.fault] as const]),
  ])
}
