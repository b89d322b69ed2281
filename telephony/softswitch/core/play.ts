// Sound to one channel, with FreeSWITCH's PLAYBACK_START and PLAYBACK_STOP around it.
import type { MediaEvent } from '../media/media.ts'
import { announce, type Board } from './board.ts'
import { isDown, setVariable, type Channel } from './channel.ts'

export type PlayOutcome = 'finished' | 'stopped' | 'failed'

export interface Play {
  readonly ended: Promise<PlayOutcome>
  stop(): void
}

/** Waits for the end of one play. The media plane's own answer is awaited, and for a channel that ends, the channel's. */
export interface Plays {
  start(playId: string, onEnd: (outcome: PlayOutcome) => void): void
  onMediaEvent(event: MediaEvent): void
}

/** `file_string://a!b`, and `{key=value}` before a path, which means nothing here. */
export function toFiles(argument: string): string[] {
  const text = argument.trim().replace(/^\{[^}]*\}/, '')
  const list = text.startsWith('file_string://')
    ? text.slice('file_string://'.length).split('!')
    : [text]
  return list.map(file => file.trim()).filter(file => file !== '')
}

export function createPlays(): Plays {
  const waiting = new Map<string, (outcome: PlayOutcome) => void>()
  return {
    start: (playId, onEnd) => waiting.set(playId, onEnd),
    onMediaEvent(event) {
      if (event.type !== 'play-ended') return
      const onEnd = waiting.get(event.playId)
      waiting.delete(event.playId)
      onEnd?.(event.outcome)
    },
  }
}

const fileType = (path: string): [string, string][] =>
  path.startsWith('tone_stream:') ? [['Playback-File-Type', 'tone_stream']] : []

/** A stopped play that the media plane never reports ends after this time. */
const STOP_MS = 1_000

export function playFiles(
  board: Board,
  channel: Channel,
  files: readonly string[],
  loop: boolean,
  path = files.join('!'),
): Play {
  const playId = board.newUuid()
  const startedAt = board.now()
  let finish: (outcome: PlayOutcome) => void = () => undefined
  let timer: NodeJS.Timeout | undefined
  const ended = new Promise<PlayOutcome>(resolve => {
    finish = outcome => {
      clearTimeout(timer)
      resolve(outcome)
    }
  }).then(outcome => {
    const playedMs = Math.round(board.now() - startedAt)
    setVariable(channel, 'playback_ms', String(playedMs))
    setVariable(channel, 'playback_samples', String(playedMs * 8))
    setVariable(channel, 'playback_seconds', String(Math.floor(playedMs / 1000)))
    announce(board, channel, 'PLAYBACK_STOP', [
      ...fileType(path),
      ['Playback-File-Path', path],
      ['Playback-Status', outcome === 'stopped' ? 'break' : 'done'],
    ])
    return outcome
  })
  announce(board, channel, 'PLAYBACK_START', [...fileType(path), ['Playback-File-Path', path]])
  board.plays.start(playId, outcome => finish(outcome))
  if (isDown(channel)) finish('stopped')
  else board.media.play(channel.audio, playId, files, loop)
  return {
    ended,
    stop() {
      board.media.stopPlay(channel.audio)
      timer = setTimeout(() => finish('stopped'), isDown(channel) ? 0 : STOP_MS)
    },
  }
}
