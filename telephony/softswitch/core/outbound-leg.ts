// A leg that we ring: one INVITE for every phone of the destination, the first answer wins, the others are cancelled. One channel for all of
// them, so that the leg keeps the id its controller chose, whichever phone is picked up.
import type { Dialog, HeaderList, InviteOptions, OutgoingCall, Target } from '../sip/stack.ts'
import { inBackground, type Board } from './board.ts'
import { isDown, type Channel } from './channel.ts'
import { hangUp, markAnswered, markEarly, markRinging } from './control.ts'
import { adoptMedia, createDialogHandler, createHolder } from './dialog.ts'
import { hangupCauseOfSipStatus, reasonOf } from './hangup-cause.ts'
import type { Leg } from './leg.ts'
import type { LegMedia } from './leg-media.ts'

export interface Fork {
  readonly target: Target
  readonly toUser: string
  readonly media: LegMedia
  /** What the network of this destination wants besides. */
  readonly invite?: Partial<InviteOptions>
}

export interface OutboundLeg extends Leg {
  dial(
    channel: Channel,
    from: { readonly user: string; readonly name: string },
    headers: HeaderList,
  ): void
}

/** A final answer of one phone that tells more than another's: busy and declined before not found and unreachable. */
const TELLING = [486, 600, 603, 480, 487, 404, 488]
const moreTelling = (a: number | undefined, b: number): number => {
  if (a === undefined) return b
  const rank = (status: number) =>
    TELLING.includes(status) ? TELLING.indexOf(status) : TELLING.length
  return rank(b) < rank(a) ? b : a
}

export function createOutboundLeg(board: Board, forks: readonly Fork[]): OutboundLeg {
  const ringing = new Map<Fork, OutgoingCall>()
  const waiting = new Set(forks)
  let channel: Channel | undefined
  let dialog: Dialog | undefined
  let winner: Fork | undefined
  let worst: number | undefined

  const cancelOthers = (kept?: Fork) => {
    for (const fork of waiting) {
      if (fork === kept) continue
      ringing.get(fork)?.cancel()
      fork.media.close()
    }
    waiting.clear()
    ringing.clear()
  }
  const lost = (fork: Fork, status: number) => {
    if (!waiting.delete(fork)) return
    ringing.delete(fork)
    fork.media.close()
    worst = moreTelling(worst, status)
    if (waiting.size > 0 || winner !== undefined || channel === undefined) return
    hangUp(board, channel, hangupCauseOfSipStatus(worst), { by: 'refused', sipStatus: worst })
  }
  const accepted = async (fork: Fork, of: Channel, made: Dialog, sdp: string | undefined) => {
    if (winner !== undefined || isDown(of)) {
      made.bye()
      return fork.media.close()
    }
    winner = fork
    dialog = made
    cancelOthers(fork)
    // The far end may hang up while the media is agreed on, so the handler comes first.
    made.setHandler(createDialogHandler(board, of, fork.media))
    of.variables.set('sip_to_tag', made.remoteTag)
    of.variables.set('sip_from_tag', made.localTag)
    of.variables.set('sip_call_id', made.sipCallId)
    if (sdp === undefined || !(await fork.media.complete(sdp)))
      return hangUp(board, of, 'INCOMPATIBLE_DESTINATION')
    adoptMedia(of, fork.media)
    of.variables.set('switch_r_sdp', sdp)
    markAnswered(board, of)
  }
  const progressed = async (fork: Fork, of: Channel, status: number, sdp: string | undefined) => {
    if (winner !== undefined || isDown(of)) return
    if (status === 180) markRinging(board, of)
    if (sdp === undefined || of.early || !(await fork.media.complete(sdp)) || winner !== undefined)
      return
    adoptMedia(of, fork.media)
    markEarly(board, of)
  }
  const ring = async (
    fork: Fork,
    of: Channel,
    from: { user: string; name: string },
    headers: HeaderList,
  ) => {
    const sdp = await fork.media.offer()
    if (isDown(of) || winner !== undefined) return fork.media.close()
    const call = board.sip().invite(
      {
        target: fork.target,
        fromUser: from.user,
        fromName: from.name,
        toUser: fork.toUser,
        sdp,
        headers,
        ...fork.invite,
      },
      {
        onProgress: (status, body) =>
          inBackground(board, 'progress', progressed(fork, of, status, body)),
        onAccepted: (made, body) => inBackground(board, 'answer', accepted(fork, of, made, body)),
        onRejected: status => lost(fork, status),
      },
    )
    if (waiting.has(fork)) ringing.set(fork, call)
    if (!of.variables.has('sip_call_id')) of.variables.set('sip_call_id', call.sipCallId)
  }

  return {
    get browserLeg() {
      return winner?.media.browserLeg
    },
    dial(of, from, headers) {
      channel = of
      for (const fork of forks) {
        ring(fork, of, from, headers).catch((err: unknown) => {
          board.log.error({ err, uuid: of.uuid }, 'phone could not be rung')
          lost(fork, 503)
        })
      }
    },
    ring: () => undefined,
    preAnswer: async () => channel?.early === true,
    answer: async () => false,
    wantVideo: formats => winner?.media.wantVideo(formats),
    hold: createHolder(
      board,
      () => channel,
      () => dialog,
      () => winner?.media,
    ),
    end(cause) {
      cancelOthers()
      winner?.media.close()
      if (dialog === undefined) return 'send_cancel'
      dialog.bye([reasonOf(cause)])
      return 'send_bye'
    },
  }
}
