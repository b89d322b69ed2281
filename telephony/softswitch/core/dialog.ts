// What a far end may do inside its dialog: hang up, hold, add video, press keys. Nothing it sends makes an outbound leg (design part 5).
import type { Dialog, DialogHandler, HeaderList } from '../sip/stack.ts'
import { inBackground, type Board } from './board.ts'
import { bridgeVideo } from './bridge.ts'
import { isTrue, setVariable, type Channel } from './channel.ts'
import { hangUp } from './control.ts'
import { onDigit } from './digit.ts'
import { toHangupCause, type HangupCause } from './hangup-cause.ts'
import { heldByFarEnd } from './hold.ts'
import { offeredVideo, type LegMedia } from './leg-media.ts'

/** `Reason: Q.850;cause=16` (RFC 3326). */
export function causeOfReason(headers: HeaderList): HangupCause {
  const reason = headers.find(
    ([name, value]) => name.toLowerCase() === 'reason' && /q\.850/i.test(value),
  )?.[1]
  const number = /cause\s*=\s*(\d+)/i.exec(reason ?? '')?.[1]
  return number === undefined ? 'NORMAL_CLEARING' : toHangupCause(number)
}

/** `Signal=5\r\nDuration=160` (application/dtmf-relay), or the digit alone (application/dtmf). */
export function parseDigitInfo(
  contentType: string,
  body: string,
): { digit: string; durationMs: number } | undefined {
  const type = contentType.toLowerCase().split(';')[0]?.trim()
  if (type === 'application/dtmf-relay') {
    const digit = /^\s*signal\s*=\s*([0-9*#a-d])/im.exec(body)?.[1]
    const durationMs = Number(/^\s*duration\s*=\s*(\d{1,5})/im.exec(body)?.[1] ?? '160')
    return digit === undefined ? undefined : { digit: digit.toUpperCase(), durationMs }
  }
  const digit = type === 'application/dtmf' ? /^\s*([0-9*#a-d])\s*$/i.exec(body)?.[1] : undefined
  return digit === undefined ? undefined : { digit: digit.toUpperCase(), durationMs: 160 }
}

/** Copies what was agreed into the channel. */
export function adoptMedia(channel: Channel, media: LegMedia): void {
  channel.video = media.ports.video?.port
  setVariable(channel, 'read_codec', media.codec)
  setVariable(channel, 'write_codec', media.codec)
  setVariable(channel, 'rtp_has_video', media.hasVideo ? 'true' : undefined)
}

/**
 * FreeSWITCH offers the partner the picture that one party adds where the channel says `rtp_pass_codecs_on_stream_change`
 * (switch_core_media_set_smode).
 */
function passVideoOn(board: Board, channel: Channel, answerSdp: string): void {
  const { partner } = channel
  const formats = offeredVideo(answerSdp)
  if (partner === undefined || partner.video !== undefined || partner.held || formats.length === 0)
    return
  if (!isTrue(channel.variables.get('rtp_pass_codecs_on_stream_change'))) return
  partner.leg.wantVideo(formats)
  inBackground(
    board,
    'video',
    partner.leg.hold(false).then(() => bridgeVideo(board, channel)),
  )
}

export function createDialogHandler(
  board: Board,
  channel: Channel,
  media: LegMedia,
): DialogHandler {
  return {
    onBye: headers => hangUp(board, channel, causeOfReason(headers), { by: 'bye' }),
    async onReoffer(sdp) {
      const answer = await media.answer(sdp)
      if (answer === undefined) return { status: 488 }
      media.open()
      adoptMedia(channel, media)
      bridgeVideo(board, channel)
      passVideoOn(board, channel, answer)
      heldByFarEnd(board, channel, media.heldByFarEnd)
      return { sdp: answer }
    },
    onLateAnswer(sdp) {
      void media.complete(sdp).then(agreed => {
        if (agreed) adoptMedia(channel, media)
        else hangUp(board, channel, 'INCOMPATIBLE_DESTINATION')
      })
    },
    onInfo(contentType, body) {
      const pressed = parseDigitInfo(contentType, body)
      if (pressed !== undefined)
        onDigit(board, channel, pressed.digit, pressed.durationMs, 'INBAND_INFO')
    },
    onRefer() {
      board.log.warn({ uuid: channel.uuid }, 'refer declined')
      return 603
    },
    onLost(reason) {
      board.log.warn({ uuid: channel.uuid, reason }, 'far end lost')
      hangUp(board, channel, 'DESTINATION_OUT_OF_ORDER')
    },
  }
}

/** Offers a changed direction; one re-INVITE at a time. */
export function createHolder(
  board: Board,
  channel: () => Channel | undefined,
  dialog: () => Dialog | undefined,
  media: () => LegMedia | undefined,
) {
  let last: Promise<boolean> = Promise.resolve(true)
  const ask = async (on: boolean): Promise<boolean> => {
    const [to, agreed, of] = [dialog(), media(), channel()]
    if (to === undefined || agreed === undefined) return false
    const result = await to.reinvite(await agreed.offer(on ? 'sendonly' : 'sendrecv'))
    if (!('sdp' in result) || !(await agreed.complete(result.sdp))) return false
    if (of !== undefined) adoptMedia(of, agreed)
    return true
  }
  return (on: boolean): Promise<boolean> => {
    last = last.then(
      () => ask(on),
      () => ask(on),
    )
    return last
  }
}
