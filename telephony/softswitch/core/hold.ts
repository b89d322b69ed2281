// Hold by us (uuid_hold: re-INVITE to the phone) and by the far end (its re-INVITE): the other side hears music.
import { announce, inBackground, type Board } from './board.ts'
import { isDown, type Channel } from './channel.ts'

const isOnHold = (channel: Channel) => channel.held || channel.heldByFarEnd

/** What a held channel's partner hears, where there is no music of the house. */
const SILENCE = 'silence_stream://1000'

export const musicOf = (board: Board, channel: Channel): string =>
  channel.variables.get('hold_music') ?? board.config().musicFile ?? SILENCE

/**
 * Lets the partner hear music, or no longer; called when a bridge begins as well. Without `signal_bond` FreeSWITCH knows of no partner, and
 * whoever took the variable away plays the music.
 */
export function applyHold(board: Board, channel: Channel): void {
  if (channel.partner === undefined) return
  const hasMusic = isOnHold(channel) && channel.variables.has('signal_bond')
  board.media.hold(channel.partner.audio, hasMusic ? musicOf(board, channel) : undefined)
}

function changed(board: Board, channel: Channel, was: boolean): void {
  const is = isOnHold(channel)
  if (is === was) return
  if (is) channel.times.lastHoldAt = board.now()
  else channel.times.holdMs += board.now() - channel.times.lastHoldAt
  channel.callState = is ? 'HELD' : 'ACTIVE'
  applyHold(board, channel)
  announce(board, channel, is ? 'CHANNEL_HOLD' : 'CHANNEL_UNHOLD')
}

/** uuid_hold. Like FreeSWITCH's, it is done once asked; a phone that refuses the re-INVITE is held for the other side all the same. */
export function hold(board: Board, channel: Channel, on: boolean): boolean {
  if (isDown(channel) || !channel.answered || channel.held === on) return false
  const was = isOnHold(channel)
  channel.held = on
  inBackground(
    board,
    'hold',
    channel.leg.hold(on).then(done => {
      if (!done) board.log.warn({ uuid: channel.uuid, on }, 'phone did not take the hold')
    }),
  )
  changed(board, channel, was)
  return true
}

/** The far end's re-INVITE said so. */
export function heldByFarEnd(board: Board, channel: Channel, on: boolean): void {
  if (isDown(channel) || channel.heldByFarEnd === on) return
  const was = isOnHold(channel)
  channel.heldByFarEnd = on
  changed(board, channel, was)
}
