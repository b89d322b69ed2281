// Rings a destination and waits for its answer (originate, bridge).
import type { VideoFormat } from '../sdp/codec.ts'
import type { HeaderList, InviteOptions, Target } from '../sip/stack.ts'
import { announce, type Board } from './board.ts'
import { createChannel, isDown, isTrue, type Channel } from './channel.ts'
import { hangUp } from './control.ts'
import { parseDialString, type DialTarget } from './dial-string.ts'
import type { Gateway } from './gateway.ts'
import type { HangupCause } from './hangup-cause.ts'
import { createBrowserMedia } from './browser-media.ts'
import { createPlainMedia, offeredVideo, type LegPorts } from './leg-media.ts'
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
  readonly gateway?: Gateway
}

/** A network that does not even say 100 within this time is not waited for: another trunk may take the call. */
const SILENT_MS = 5000

/** Why a gateway can't be used now; mod_sofia tries none that it knows to be down. */
function gatewayFault(board: Board, targets: readonly DialTarget[]): HangupCause | undefined {
  for (const each of targets) {
    if (each.type !== 'gateway') continue
    const gateway = board.gateways.get(each.gateway)
    if (gateway === undefined) return 'INVALID_GATEWAY'
    if (gateway.state().status === 'UP' && gateway.target(each.user) !== undefined) continue
    gateway.counts.failedCallsOut++
    return 'GATEWAY_DOWN'
  }
  return undefined
}

function findTargets(board: Board, targets: readonly DialTarget[]): Found[] {
  return targets.flatMap((each): Found[] => {
    if (each.type === 'gateway') {
      const gateway = board.gateways.get(each.gateway)
      const target = gateway?.target(each.user)
      if (gateway === undefined || target === undefined) return []
      return [{ target, toUser: each.user, isBrowser: false, gateway }]
    }
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

/** What an INVITE to a network says beyond the usual. */
function inviteOf(
  gateway: Gateway | undefined,
  variables: ReadonlyMap<string, string>,
): Partial<InviteOptions> {
  const fromUri = variables.get('sip_invite_from_uri')
  const from = fromUri === undefined ? {} : { fromUri: fromUri.replace(/[<>\s]/g, '') }
  if (gateway === undefined) return from
  const { account, contactUri, trunk } = gateway
  return {
    ...from,
    ...(account === undefined ? {} : { account }),
    contact: `<${contactUri}>`,
    reliability: trunk.prack,
    sessionExpiresS: Number(variables.get('sofia_session_timeout')) || 0,
    silentMs: SILENT_MS,
  }
}

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
  const fault = gatewayFault(board, dial.targets)
  if (fault !== undefined) return failed(fault)
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
  const forks = found.map(({ target, toUser, isBrowser, gateway }): Fork => ({
    target,
    toUser,
    invite: inviteOf(gateway, variables),
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
    variables.get('sip_from_display') ??
    variables.get('origination_caller_id_name') ??
    wanted.callerName ??
    from?.callerName ??
    ''
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
  const gateway = found[0]?.gateway
  if (gateway !== undefined) {
    gateway.counts.callsOut++
    channel.variables.set('sip_gateway_name', gateway.trunk.id)
    channel.variables.set('hotline_trunk', gateway.trunk.id)
  }
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
