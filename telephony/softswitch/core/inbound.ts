// A new INVITE: admission, media, channel, park. Without a controller's claim it ends with 503 (design decision 2).
import { isWebRtcOffer } from '../sdp/sdp.ts'
import type { IncomingCall, IncomingCallHandler } from '../sip/stack.ts'
import type { Admission } from '../../admission/keeper.ts'
import type { CallVerdict } from '../../admission/call.ts'
import { announce, inBackground, type Board } from './board.ts'
import { toCaller } from '../../trunk/identity.ts'
import { calledOf } from '../../trunk/called.ts'
import type { Trunk } from '../../trunk/trunk.ts'
import { announceBusy } from './busy-prompt.ts'
import { createChannel, isDown, setVariable, type Channel } from './channel.ts'
import { hangUp, park } from './control.ts'
import { createInboundLeg } from './inbound-leg.ts'
import { assertedUser, calledGateway, inviteVariables, saidBy } from './invite-variables.ts'
import { createBrowserMedia } from './browser-media.ts'
import { createPlainMedia, offeredVideo, type LegMedia, type LegPorts } from './leg-media.ts'

function describe(call: IncomingCall, channel: Channel, trunk: Trunk | undefined): void {
  const values: readonly (readonly [string, string | undefined])[] = [
    ['direction', 'inbound'],
    ['uuid', channel.uuid],
    ['session_id', channel.uuid],
    ['channel_name', channel.name],
    ...inviteVariables(call),
    ['sip_gateway', trunk?.id === calledGateway(call) ? trunk?.id : undefined],
    ['hotline_trunk', trunk?.id],
    ['user_name', call.authenticatedUser],
    ['sip_authorized', call.authenticatedUser === undefined ? undefined : 'true'],
    ['switch_r_sdp', call.offer],
    [
      'video_possible',
      call.offer !== undefined && offeredVideo(call.offer).length > 0 ? 'true' : undefined,
    ],
    ['endpoint_disposition', call.offer === undefined ? 'RECEIVED_NOSDP' : 'RECEIVED'],
  ]
  for (const [name, value] of values) setVariable(channel, name, value)
}

type Blocked = Extract<CallVerdict, { type: 'blocked' }>

/** An INVITE, read as its trunk has it read. */
interface Arrival {
  readonly call: IncomingCall
  readonly trunk: Trunk | undefined
  /** As blacklists and published numbers are written. */
  readonly caller: string
  readonly number: string
  /** As FreeSWITCH shows it: the user called, or that of To where our gateway's contact was called. */
  readonly destination: string
}

function arrivalOf(board: Board, call: IncomingCall): Arrival {
  const gateway = calledGateway(call)
  const trunk = board.gateways.at(call.source.address, gateway)
  const { publishedNumbers } = board.config()
  const said = saidBy(call)
  const called = calledOf(said, trunk, number => publishedNumbers.includes(number))
  return {
    call,
    trunk,
    caller: toCaller(said, trunk !== undefined),
    number: called,
    destination: trunk !== undefined && trunk.id === gateway ? (said.to ?? '') : call.toUser,
  }
}

export interface Inbound {
  onCall(call: IncomingCall): IncomingCallHandler
}

export function createInbound(board: Board, admission: Admission): Inbound {
  /** Calls that are admitted but have no channel yet count as lines too. */
  const pending = new Map<IncomingCall, Trunk | undefined>()
  let announcing = 0

  const linesInUse = () =>
    pending.size +
    [...board.channels.values()].filter(
      c => c.direction === 'inbound' && c.username === '' && !isDown(c),
    ).length

  const trunkLines = (id: string) =>
    [...pending.values()].filter(trunk => trunk?.id === id).length +
    [...board.channels.values()].filter(
      channel => channel.variables.get('hotline_trunk') === id && !isDown(channel),
    ).length

  const blocked = ({ call, caller, number, trunk }: Arrival, verdict: Blocked) =>
    board.events.emit(
      'CUSTOM',
      [
        ['Hotline-Call', board.newUuid()],
        ['Hotline-Caller', caller],
        ['Hotline-Number', number],
        ['Hotline-Reason', verdict.reason],
        ['Hotline-Counted', String(verdict.counted)],
        ...(trunk === undefined ? [] : [['Hotline-Trunk', trunk.id] as const]),
        ['Hotline-Address', call.source.address],
        ['Hotline-SIP-Call-ID', call.sipCallId],
      ],
      { subclass: 'hotline::blocked' },
    )

  const refuse = (arrival: Arrival, verdict: Blocked): IncomingCallHandler => {
    const { call } = arrival
    blocked(arrival, verdict)
    if (!verdict.announce) {
      call.reject(verdict.sipStatus)
      return { onCancelled: () => undefined }
    }
    announcing++
    const cancelled = new AbortController()
    const done = announceBusy(board, call, cancelled.signal).finally(() => announcing--)
    inBackground(board, 'busy announcement', done)
    return { onCancelled: () => cancelled.abort() }
  }

  const begin = async (
    { call, trunk, destination }: Arrival,
    state: { cancelled: boolean; channel: Channel | undefined },
  ): Promise<void> => {
    let ports: LegPorts
    try {
      const opened = await board.media.openPort('audio')
      ports = { audio: opened.port, audioRtpPort: opened.rtpPort }
    } catch (err) {
      board.log.error({ err }, 'no port for a caller')
      return call.reject(503)
    }
    const drop = async () => {
      await board.media.close(ports.audio)
      if (ports.video !== undefined) await board.media.close(ports.video.port)
    }
    const media: LegMedia =
      // Strangers reach no native library: browsers come by WebSocket.
      call.source.transport === 'ws' && call.offer !== undefined && isWebRtcOffer(call.offer)
        ? createBrowserMedia(board, ports)
        : createPlainMedia(board, ports)
    const sdp = call.offer === undefined ? undefined : await media.answer(call.offer)
    if (state.cancelled || (call.offer !== undefined && sdp === undefined)) {
      if (!state.cancelled) call.reject(488)
      media.close()
      return drop()
    }
    const leg = createInboundLeg(board, call, media, sdp)
    const channel = createChannel({
      uuid: board.newUuid(),
      direction: 'inbound',
      name: `sofia/embedded/${call.fromUser}@${call.source.address}`,
      callerName: call.fromName || (assertedUser(call) ?? call.fromUser),
      callerNumber: assertedUser(call) ?? call.fromUser,
      destination,
      ...(call.authenticatedUser === undefined ? {} : { username: call.authenticatedUser }),
      networkAddress: call.source.address,
      audio: ports.audio,
      ...(ports.video === undefined ? {} : { video: ports.video.port }),
      leg,
      at: board.now(),
    })
    leg.attach(channel)
    state.channel = channel
    describe(call, channel, trunk)
    board.channels.set(channel.uuid, channel)
    board.counts.sessions++
    board.counts.peak = Math.max(board.counts.peak, board.channels.size)
    announce(board, channel, 'CHANNEL_CREATE')
    channel.callState = 'RINGING'
    channel.state = 'CS_EXECUTE'
    guard(board, channel)
    announce(board, channel, 'CHANNEL_EXECUTE', [
      ['Application', 'park'],
      ['Application-Data', ''],
    ])
    park(board, channel)
  }

  return {
    onCall(call) {
      if (board.paused.inbound) {
        call.reject(503)
        return { onCancelled: () => undefined }
      }
      const arrival = arrivalOf(board, call)
      const { caller, number, trunk } = arrival
      const verdict = admission.onCall({
        at: board.now(),
        caller,
        number,
        ...(trunk && {
          trunk: { linesInUse: trunkLines(trunk.id), lineLimit: trunk.lineLimit },
        }),
        ...(call.authenticatedUser === undefined ? {} : { user: call.authenticatedUser }),
        linesInUse: linesInUse(),
        announcing,
      })
      if (verdict.type === 'blocked') return refuse(arrival, verdict)
      const state: { cancelled: boolean; channel: Channel | undefined } = {
        cancelled: false,
        channel: undefined,
      }
      if (verdict.type === 'line') pending.set(call, trunk)
      const begun = begin(arrival, state)
        .catch((err: unknown) => {
          board.log.error({ err }, 'call could not begin')
          call.reject(500)
        })
        .finally(() => pending.delete(call))
      inBackground(board, 'call', begun)
      return {
        onCancelled() {
          state.cancelled = true
          if (state.channel !== undefined)
            hangUp(board, state.channel, 'ORIGINATOR_CANCEL', { by: 'cancel', sipStatus: 487 })
        },
      }
    },
  }
}

/** Group of the protection of a new call. */
export const unclaimedGroup = (uuid: string): string => `unclaimed:${uuid}`

/** No controller lives: the caller's network may try elsewhere. A guard (sched_transfer), sched_del or an answer claims the call. */
function guard(board: Board, channel: Channel): void {
  board.schedule.add(unclaimedGroup(channel.uuid), board.config().unclaimedMs, () => {
    if (channel.answered || isDown(channel)) return
    board.log.warn({ uuid: channel.uuid }, 'call unclaimed')
    hangUp(board, channel, 'NORMAL_TEMPORARY_FAILURE')
  })
}
