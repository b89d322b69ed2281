// Rings a destination and waits for its answer (originate, bridge).
import type { VideoFormat } from '../sdp/codec.ts'
import type { HeaderList, Target } from '../sip/stack.ts'
import { announce, type Board } from './board.ts'
import { createChannel, isDown, isTrue, type Channel } from './channel.ts'
import { hangUp } from './control.ts'
import { parseDialString, type DialTarget } from './dial-string.ts'
import type { HangupCause } from './hangup-cause.ts'
import { createBrowserMedia, createPlainMedia, offeredVideo, type LegPorts } from './leg-media.ts'
import { createOutboundLeg, type Fork } from './outbound-leg.ts'

export interface Originate {
  readonly dialString: string
  /** Default 60 s, as FreeSWITCH's. */
  readonly timeoutMs?: number
  readonly callerName?: string
  readonly callerNumber?: string
  /** The channel whose `bridge` this is: its number is shown, and its end ends the ringing. */
  readonly bridgedFrom?: Channel
  onStoppable?(stop: () => void): void
}

export type Originated =
  | { readonly type: 'answered'; readonly channel: Channel }
  | { readonly type: 'failed'; readonly cause: HangupCause }

const failed = (cause: HangupCause): Originated => ({ type: 'failed', cause })

interface Found {
  readonly target: Target
  readonly toUser: string
  readonly isBrowser: boolean
}

function findTargets(board: Board, targets: readonly DialTarget[]): Found[] {
  return targets.flatMap((each): Found[] => {
    if (each.type === 'address') {
      const { host, port, transport, user } = each
      const uri = `sip:${user}@${host}:${port}${transport === 'tcp' ? ';transport=tcp' : ''}`
      return [{ target: { uri, address: host, port, transport }, toUser: user, isBrowser: false }]
    }
    return board
      .sip()
      .bindings(each.user)
      .map(binding => ({
        target: { binding },
        toUser: each.user,
        isBrowser: binding.source.transport === 'ws',
      }))
  })
}

/** `sip_h_X-Name=value` becomes a header; nothing else does. Line breaks would smuggle in more. */
const extraHeaders = (variables: ReadonlyMap<string, string>): HeaderList =>
  [...variables].flatMap(([name, value]): [string, string][] =>
    name.startsWith('sip_h_')
      ? [[name.slice('sip_h_'.length), value.replace(/[\r\n]+/g, ' ')]]
      : [],
  )

/** Video is offered to a phone in the formats of the call it joins (`hotline_video_of` names that channel). */
function wantedVideo(board: Board, variables: ReadonlyMap<string, string>): VideoFormat[] {
  const of = board.channels.get(variables.get('hotline_video_of') ?? '')
  return of === undefined ? [] : offeredVideo(of.variables.get('switch_r_sdp') ?? '')
}

const seconds = (text: string | undefined): number | undefined => {
  const value = Number(text)
  return text !== undefined && value > 0 ? value * 1000 : undefined
}

export async function originate(board: Board, wanted: Originate): Promise<Originated> {
  const dial = parseDialString(wanted.dialString)
  if (dial === undefined) return failed('INVALID_URL')
  if (board.paused.outbound) return failed('SWITCH_CONGESTION')
  const { variables } = dial
  const found = findTargets(board, dial.targets)
  if (found.length === 0) return failed('USER_NOT_REGISTERED')
  const uuid = variables.get('origination_uuid') ?? board.newUuid()
  if (board.channels.has(uuid)) return failed('DESTINATION_OUT_OF_ORDER')

  let ports: LegPorts
  try {
    const opened = await board.media.openPort('audio')
    ports = { audio: opened.port, audioRtpPort: opened.rtpPort }
  } catch (err) {
    board.log.error({ err }, 'no port for a call out')
    return failed('NORMAL_CIRCUIT_CONGESTION')
  }
  const video = wantedVideo(board, variables)
  const forks = found.map(({ target, toUser, isBrowser }): Fork => ({
    target,
    toUser,
    media: isBrowser
      ? createBrowserMedia(board, ports, video)
      : createPlainMedia(board, ports, video),
  }))
  const leg = createOutboundLeg(board, forks)
  const from = wanted.bridgedFrom
  const callerNumber =
    variables.get('origination_caller_id_number') ??
    wanted.callerNumber ??
    from?.callerNumber ??
    '0000000000'
  const callerName =
    variables.get('origination_caller_id_name') ?? wanted.callerName ?? from?.callerName ?? ''
  const destination = found[0]?.toUser ?? ''
  const first = found[0]?.target
  const channel = createChannel({
    uuid,
    direction: 'outbound',
    name: `sofia/embedded/${destination}@${first !== undefined && 'binding' in first ? first.binding.source.address : (first?.address ?? '')}`,
    callerName,
    callerNumber,
    destination,
    networkAddress: '',
    audio: ports.audio,
    leg,
    at: board.now(),
  })
  for (const [name, value] of variables) channel.variables.set(name, value)
  for (const [name, value] of [
    ['uuid', uuid],
    ['direction', 'outbound'],
    ['channel_name', channel.name],
    ['dialed_user', destination],
    ['sip_to_user', destination],
    ['sip_from_user', callerNumber],
  ] as const)
    channel.variables.set(name, value)
  if (from !== undefined) channel.variables.set('originator', from.uuid)
  board.channels.set(uuid, channel)
  board.counts.sessions++
  board.counts.peak = Math.max(board.counts.peak, board.channels.size)
  announce(board, channel, 'CHANNEL_CREATE')
  announce(board, channel, 'CHANNEL_OUTGOING')
  announce(board, channel, 'CHANNEL_ORIGINATE')
  channel.state = 'CS_CONSUME_MEDIA'
  leg.dial(channel, { user: callerNumber, name: callerName }, extraHeaders(variables))
  return settle(board, channel, wanted)
}

/** Ready means answered, or early media where the controller did not ask to ignore it (FreeSWITCH's originate). */
const isReady = (channel: Channel) =>
  channel.answered || (channel.early && !isTrue(channel.variables.get('ignore_early_media')))

function settle(board: Board, channel: Channel, wanted: Originate): Promise<Originated> {
  const { variables } = channel
  const timeoutMs =
    seconds(variables.get('originate_timeout')) ??
    seconds(variables.get('call_timeout')) ??
    seconds(variables.get('leg_timeout')) ??
    wanted.timeoutMs ??
    60_000
  return new Promise(resolve => {
    const check = () => {
      if (isDown(channel)) finish(failed(channel.hangupCause ?? 'NORMAL_CLEARING'))
      else if (isReady(channel)) finish({ type: 'answered', channel })
      else if (wanted.bridgedFrom !== undefined && isDown(wanted.bridgedFrom))
        hangUp(board, channel, 'ORIGINATOR_CANCEL')
    }
    const timer = setTimeout(() => hangUp(board, channel, 'NO_ANSWER'), timeoutMs)
    const stopListening = board.events.subscribe(event => {
      if (/^CHANNEL_(ANSWER|PROGRESS_MEDIA|HANGUP)$/.test(event.name)) check()
    })
    const finish = (result: Originated) => {
      clearTimeout(timer)
      stopListening()
      resolve(result)
    }
    wanted.onStoppable?.(() => hangUp(board, channel, 'ORIGINATOR_CANCEL'))
    check()
  })
}
