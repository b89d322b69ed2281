// Two channels hear each other, and what becomes of the one that is left (FreeSWITCH 1.10, switch_ivr_bridge.c).
import { announce, inBackground, type Board } from './board.ts'
import { isDown, isTrue, setVariable, type Channel } from './channel.ts'
import { clearApplications, detach, hangUp, park, unpark } from './control.ts'
import { applyHold } from './hold.ts'
import { transfer } from './transfer.ts'

function connectMedia(board: Board, a: Channel, b: Channel): void {
  board.media.bridge(a.audio, b.audio)
  if (a.video !== undefined && b.video !== undefined) board.media.bridge(a.video, b.video)
}

/** Video that came in the middle of a bridged call (re-INVITE). */
export function bridgeVideo(board: Board, channel: Channel): void {
  const { partner } = channel
  if (partner?.video !== undefined && channel.video !== undefined)
    board.media.bridge(channel.video, partner.video)
}

const pair = (a: Channel, b: Channel) =>
  [
    ['Bridge-A-Unique-ID', a.uuid],
    ['Bridge-B-Unique-ID', b.uuid],
  ] as const

/** uuid_bridge. Both must live and one must have media, as FreeSWITCH asks. */
export function bridge(board: Board, first: Channel, second: Channel): boolean {
  if (first === second || isDown(first) || isDown(second)) return false
  const hasMedia = (channel: Channel) => channel.answered || channel.early
  if (!hasMedia(first) && !hasMedia(second)) return false
  const [a, b] = hasMedia(first) ? [first, second] : [second, first]
  if (a.partner === b) return true
  for (const channel of [a, b]) {
    detach(board, channel)
    unpark(board, channel)
    // Who talks needs no protection, with no controller alive either.
    board.schedule.remove(channel.uuid)
    channel.state = 'CS_EXCHANGE_MEDIA'
    channel.times.bridgedAt = board.now()
  }
  a.state = 'CS_EXECUTE'
  a.partner = b
  b.partner = a
  a.bridgeOriginator = true
  b.bridgeOriginator = false
  for (const [channel, other] of [
    [a, b],
    [b, a],
  ] as const) {
    setVariable(channel, 'bridge_uuid', other.uuid)
    setVariable(channel, 'bridge_to', other.uuid)
    setVariable(channel, 'last_bridge_to', other.uuid)
    setVariable(channel, 'signal_bond', other.uuid)
    setVariable(channel, 'bridge_channel', other.name)
    setVariable(channel, 'current_application', 'uuid_bridge')
    setVariable(channel, 'current_application_data', other.uuid)
  }
  setVariable(b, 'call_uuid', a.uuid)
  for (const [channel, other] of [
    [a, b],
    [b, a],
  ] as const) {
    announce(board, channel, 'CHANNEL_EXECUTE', [
      ['Application', 'uuid_bridge'],
      ['Application-Data', other.uuid],
    ])
  }
  connectMedia(board, a, b)
  applyHold(board, a)
  applyHold(board, b)
  announce(board, a, 'CHANNEL_BRIDGE', pair(a, b))
  return true
}

/**
 * Where the one that is left goes. FreeSWITCH's order: park_after_bridge, transfer_after_bridge, hangup_after_bridge. Only the default
 * differs, and says so in the variable: our legs begin with park_after_bridge unset, which parks; `false` gives FreeSWITCH's own default.
 */
export function afterBridge(
  variables: ReadonlyMap<string, string>,
): { readonly type: 'park' | 'hangup' } | { readonly type: 'transfer'; readonly to: string } {
  const parkAfter = variables.get('park_after_bridge')
  if (isTrue(parkAfter)) return { type: 'park' }
  const to = variables.get('transfer_after_bridge')
  if (to !== undefined) return { type: 'transfer', to }
  if (isTrue(variables.get('hangup_after_bridge'))) return { type: 'hangup' }
  return { type: parkAfter === undefined ? 'park' : 'hangup' }
}

const ORPHAN_MS = 60_000

/**
 * Left over from a talk, with perhaps nobody alive to say what next; a controller that lives takes this off (sched_del).
 * On FreeSWITCH: execute_on_post_bridge of `deploy/freeswitch`.
 */
function protect(board: Board, channel: Channel): void {
  board.schedule.remove(channel.uuid)
  board.schedule.add(channel.uuid, ORPHAN_MS, () => {
    inBackground(board, 'orphan', transfer(board, channel, 'orphan'))
  })
}

/** This channel leaves its bridge (it hung up, is parked or moved); the partner follows its variables, unless it is moved as well. */
export function partFromBridge(board: Board, channel: Channel, isPartnerMoved = false): void {
  const { partner } = channel
  if (partner === undefined) return
  board.media.unbridge(channel.audio)
  if (channel.video !== undefined) board.media.unbridge(channel.video)
  const [a, b] = channel.bridgeOriginator ? [channel, partner] : [partner, channel]
  announce(board, a, 'CHANNEL_UNBRIDGE', pair(a, b))
  for (const each of [a, b]) {
    each.partner = undefined
    each.bridgeOriginator = false
    for (const name of [
      'bridge_uuid',
      'bridge_to',
      'signal_bond',
      'current_application',
      'current_application_data',
    ])
      each.variables.delete(name)
    board.media.hold(each.audio, undefined)
    if (!isDown(each)) protect(board, each)
  }
  b.variables.delete('call_uuid')
  if (channel.hangupCause !== undefined)
    setVariable(partner, 'bridge_hangup_cause', channel.hangupCause)
  if (!isPartnerMoved) release(board, partner, channel)
}

function release(board: Board, partner: Channel, gone: Channel): void {
  if (isDown(partner)) return
  clearApplications(partner)
  const next = afterBridge(partner.variables)
  if (next.type === 'park') return park(board, partner)
  if (next.type === 'transfer') {
    partner.variables.delete('transfer_after_bridge')
    return inBackground(
      board,
      'transfer after bridge',
      transfer(board, partner, next.to.split(':')[0] ?? ''),
    )
  }
  hangUp(board, partner, gone.hangupCause ?? 'NORMAL_CLEARING')
}
