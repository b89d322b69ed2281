// uuid_* commands about sound: playing, recording, muting, keys.
import { enqueue } from './application-queue.ts'
import { NO_CHANNEL, usage, type Commands } from './api-reply.ts'
import type { Board } from './board.ts'
import { expandHeaders } from './channel-headers.ts'
import { isDown, setVariable, type Channel } from './channel.ts'
import { recordStats } from './media-stats.ts'
import { maskRecording, startRecording, stopRecording } from './recording.ts'

const words = (argument: string) => argument.split(' ').filter(word => word !== '')
const RECORD = usage('<uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]')
const AUDIO = usage('<uuid> [start [read|write] [mute|level <level>]|stop]')

/** These end otherwise: FreeSWITCH's loops of them do not look at a break. */
const UNBREAKABLE = new Set(['bridge', 'conference', 'eavesdrop'])

function stopRunning(channel: Channel, all: boolean): void {
  if (all) channel.queue.length = 0
  const { running } = channel
  if (running !== undefined && !UNBREAKABLE.has(running.name)) running.stop()
}

/** Puts `<file>` or `<app>::<args>` on a channel, as switch_ivr_broadcast does. */
function broadcast(board: Board, channel: Channel, what: string): void {
  const [, name, argument] = /^([\w-]+)::([\s\S]*)$/.exec(what) ?? []
  // `app!` hangs up afterwards in FreeSWITCH; `!` in a path is a separator of file_string and stays.
  enqueue(
    board,
    channel,
    name === undefined ? { name: 'playback', argument: what } : { name, argument: argument ?? '' },
  )
}

/** Stops a leg's voice (`read`), or what it hears (`write`), where the level is not 0. */
function audio(
  board: Board,
  channel: Channel,
  [verb, side, kind, level]: readonly (string | undefined)[],
): string {
  if (verb === 'stop') {
    board.media.mute(channel.audio, false)
    setVariable(channel, 'hotline_muted', undefined)
    return '+OK\n'
  }
  if (verb !== 'start' || kind === undefined || level === undefined) return AUDIO
  if (side === 'read' && kind === 'mute') {
    const muted = Number.parseInt(level, 10) !== 0
    board.media.mute(channel.audio, muted)
    setVariable(channel, 'hotline_muted', muted ? 'true' : undefined)
    return '+OK\n'
  }
  if (side === 'write' && kind === 'mute') {
    // What the party hears is the partner's voice; parked, it hears nothing anyhow.
    if (channel.partner !== undefined)
      board.media.mute(channel.partner.audio, Number.parseInt(level, 10) !== 0)
    return '+OK\n'
  }
  return kind === 'level' ? '-ERR level is not supported\n' : AUDIO
}

export function uuidMediaCommands(board: Board): Commands {
  const find = (uuid: string | undefined): Channel | undefined => {
    const channel = board.channels.get(uuid ?? '')
    return channel === undefined || isDown(channel) ? undefined : channel
  }

  const record = (argument: string): string => {
    const [uuid = '', action = '', path = '', limit = ''] = words(argument)
    if (path === '') return RECORD
    const channel = find(uuid)
    if (channel === undefined) return '-ERR Cannot locate session!\n'
    const said = (done: boolean, text: string) => (done ? '+OK Success\n' : `-ERR ${text}\n`)
    switch (action.toLowerCase()) {
      case 'start': {
        const refused = startRecording(board, channel, path)
        if (refused !== undefined) return `-ERR ${refused}\n`
        const limitS = Number(limit)
        if (limitS > 0)
          board.schedule.add(channel.uuid, limitS * 1000, () => stopRecording(board, channel, path))
        return '+OK Success\n'
      }
      case 'stop':
        return said(stopRecording(board, channel, path), 'Cannot stop record session!')
      case 'mask':
        return said(maskRecording(board, channel, path, true), 'Cannot mask recording session!')
      case 'unmask':
        return said(maskRecording(board, channel, path, false), 'Cannot unmask recording session!')
      default:
        return RECORD
    }
  }

  return {
    uuid_break: argument => {
      const [uuid, ...flags] = words(argument)
      if (uuid === undefined) return usage('<uuid> [all]')
      const channel = find(uuid)
      if (channel === undefined) return NO_CHANNEL
      stopRunning(channel, flags.includes('all'))
      if (flags.includes('both') && channel.partner !== undefined)
        stopRunning(channel.partner, flags.includes('all'))
      return '+OK\n'
    },
    uuid_broadcast: argument => {
      const [, uuid = '', rest = ''] = /^(\S+) +([\s\S]+)$/.exec(argument.trim()) ?? []
      if (uuid === '') return usage('<uuid> <path> [aleg|bleg|holdb|both]')
      const side = /^([\s\S]+?) +(aleg|bleg|holdb|both)$/i.exec(rest)
      const what = (side?.[1] ?? rest).replace(/^'([\s\S]*)'$/, '$1')
      const channel = find(uuid)
      if (channel === undefined) return '-ERR invalid uuid\n'
      const to = side?.[2]?.toLowerCase() ?? 'aleg'
      if (to !== 'bleg') broadcast(board, channel, what)
      if ((to === 'bleg' || to === 'both') && channel.partner !== undefined)
        broadcast(board, channel.partner, what)
      return '+OK Message sent\n'
    },
    uuid_displace: argument => {
      const [uuid = '', action = '', path = ''] = words(argument)
      const channel = find(uuid)
      if (channel === undefined) return NO_CHANNEL
      if (action === 'start' && path !== '') broadcast(board, channel, path)
      else if (action === 'stop') stopRunning(channel, false)
      else return usage('<uuid> [start|stop] <path> [<limit>] [mux]')
      return '+OK Success\n'
    },
    uuid_audio: argument => {
      const [uuid, ...rest] = words(argument)
      if (uuid === undefined || rest.length === 0) return AUDIO
      const channel = find(uuid)
      return channel === undefined ? NO_CHANNEL : audio(board, channel, rest)
    },
    uuid_record: record,
    /** Nothing listens in on a channel here as FreeSWITCH's media bugs do; a channel that is gone has no answer at all. */
    uuid_buglist: argument =>
      find(words(argument)[0]) === undefined ? '' : '<media-bugs>\n</media-bugs>\n',
    uuid_send_dtmf: argument => {
      const [uuid, data] = words(argument)
      if (uuid === undefined || data === undefined) return usage('<uuid> <dtmf_data>')
      const channel = find(uuid)
      if (channel === undefined) return '-ERR Cannot locate session!\n'
      const [digits = '', durationMs = '100'] = data.split('@')
      if (!/^[0-9*#A-Da-dwW]+$/.test(digits)) return '-ERR Operation failed\n'
      board.media.sendDigits(
        channel.audio,
        digits.replace(/w/gi, '').toUpperCase(),
        Number(durationMs) || 100,
      )
      return `+OK ${uuid} sent DTMF ${data}.\n`
    },
    uuid_set_media_stats: async argument => {
      const channel = find(argument.trim())
      if (channel === undefined) return NO_CHANNEL
      recordStats(channel, await board.media.stats(channel.audio))
      return '+OK:\n'
    },
    eval: argument => {
      const [, uuid = '', text = argument] = /^uuid:(\S+) ([\s\S]*)$/i.exec(argument) ?? []
      return expandHeaders(board.channels.get(uuid), text)
    },
    uuid_flush_dtmf: argument =>
      find(argument.trim()) === undefined ? '-ERR No such session\n' : '+OK\n',
  }
}
