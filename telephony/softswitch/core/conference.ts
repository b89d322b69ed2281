// Rooms: everybody hears everybody but themselves. Events as mod_conference's `conference::maintenance`.
import { announce, type Board } from './board.ts'
import type { Channel } from './channel.ts'

const membersOf = (board: Board, room: string) =>
  [...board.channels.values()].filter(channel => channel.room === room)

function tell(board: Board, channel: Channel, room: string, action: string, size: number): void {
  announce(
    board,
    channel,
    'CUSTOM',
    [
      ['Conference-Name', room],
      ['Conference-Domain', board.config().nodeName],
      ['Conference-Size', String(size)],
      ['Conference-Ghosts', '0'],
      ['Conference-Profile-Name', 'default'],
      ['Hear', 'true'],
      ['Speak', channel.variables.get('conference_muted') === undefined ? 'true' : 'false'],
      ['Member-ID', channel.variables.get('conference_member_id') ?? '0'],
      ['Member-Type', 'member'],
      ['Member-Ghost', 'false'],
      ['Action', action],
    ],
    'conference::maintenance',
  )
}

/** `<room>[@profile][+flags{mute|…}]`. */
export function parseRoom(argument: string): { readonly room: string; readonly muted: boolean } {
  const flags = /\+flags\{([^}]*)\}/.exec(argument)?.[1] ?? ''
  const room =
    argument
      .replace(/\+flags\{[^}]*\}/, '')
      .split('@')[0]
      ?.trim() ?? ''
  return { room, muted: flags.split(/[|,]/).includes('mute') }
}

export function enterRoom(board: Board, channel: Channel, room: string, muted: boolean): void {
  const taken = membersOf(board, room).map(member =>
    Number(member.variables.get('conference_member_id') ?? 0),
  )
  channel.room = room
  channel.variables.set('conference_name', room)
  channel.variables.set('conference_member_id', String(Math.max(0, ...taken) + 1))
  if (muted) channel.variables.set('conference_muted', 'true')
  board.media.joinRoom(channel.audio, room, { muted })
  tell(board, channel, room, 'add-member', taken.length + 1)
}

export function leaveRoom(board: Board, channel: Channel): void {
  const { room } = channel
  if (room === undefined) return
  channel.room = undefined
  board.media.leaveRoom(channel.audio)
  tell(board, channel, room, 'del-member', membersOf(board, room).length)
  for (const name of ['conference_name', 'conference_member_id', 'conference_muted'])
    channel.variables.delete(name)
}
