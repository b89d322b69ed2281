// A caller's leg: the INVITE waits for our answer, then a dialog.
import type { Dialog, IncomingCall } from '../sip/stack.ts'
import type { Board } from './board.ts'
import { isDown, type Channel } from './channel.ts'
import { adoptMedia, createDialogHandler, createHolder } from './dialog.ts'
import { reasonOf, sipStatusOf } from './hangup-cause.ts'
import type { Leg } from './leg.ts'
import type { LegMedia } from './leg-media.ts'

export interface InboundLeg extends Leg {
  /** The leg is made before its channel. */
  attach(channel: Channel): void
}

/** `answerSdp`: our answer to the INVITE's offer; absent for a late offer. */
export function createInboundLeg(
  board: Board,
  call: IncomingCall,
  media: LegMedia,
  answerSdp: string | undefined,
): InboundLeg {
  let channel: Channel | undefined
  let dialog: Dialog | undefined
  let opened = false

  const open = () => {
    if (opened || channel === undefined) return
    opened = true
    media.open()
    adoptMedia(channel, media)
  }
  const hold = createHolder(
    board,
    () => channel,
    () => dialog,
    () => media,
  )

  return {
    get browserLeg() {
      return media.browserLeg
    },
    attach(made) {
      channel = made
    },
    ring: () => call.progress(180),
    async preAnswer() {
      if (answerSdp === undefined || channel === undefined) return false
      call.progress(183, answerSdp)
      open()
      return true
    },
    async answer() {
      const of = channel
      if (of === undefined) return false
      const sdp = answerSdp ?? (await media.offer())
      // CANCEL may have come while the offer was made.
      if (dialog !== undefined || isDown(of)) return dialog !== undefined
      dialog = call.accept(sdp)
      dialog.setHandler(createDialogHandler(board, of, media))
      of.variables.set('sip_to_tag', dialog.localTag)
      of.variables.set('sip_from_tag', dialog.remoteTag)
      if (answerSdp !== undefined) open()
      return true
    },
    wantVideo: formats => media.wantVideo(formats),
    hold,
    end(cause) {
      media.close()
      if (dialog !== undefined) {
        dialog.bye([reasonOf(cause)])
        return 'send_bye'
      }
      call.reject(sipStatusOf(cause))
      return 'send_refuse'
    },
  }
}
