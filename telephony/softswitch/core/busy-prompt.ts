// All lines are busy: the caller hears so as early media (183), then 486. No channel, and one of a few ports kept for this.
import { isWebRtcOffer } from '../sdp/sdp.ts'
import type { IncomingCall } from '../sip/stack.ts'
import type { Board } from './board.ts'
import { createPlainMedia } from './leg-media.ts'

/** The announcement is a sentence; nobody keeps a reserve port longer. */
const LONGEST_MS = 30_000

async function play(
  board: Board,
  call: IncomingCall,
  prompt: string,
  cancelled: AbortSignal,
): Promise<void> {
  if (call.offer === undefined || isWebRtcOffer(call.offer)) return
  const opened = await board.media.openPort('audio')
  const media = createPlainMedia(board, { audio: opened.port, audioRtpPort: opened.rtpPort })
  try {
    const sdp = await media.answer(call.offer)
    if (sdp === undefined || cancelled.aborted) return
    call.progress(183, sdp)
    media.open()
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, LONGEST_MS)
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      cancelled.addEventListener('abort', done, { once: true })
      const playId = board.newUuid()
      board.plays.start(playId, done)
      board.media.play(opened.port, playId, [prompt], false)
    })
  } finally {
    await board.media.close(opened.port)
  }
}

export async function announceBusy(
  board: Board,
  call: IncomingCall,
  cancelled: AbortSignal,
): Promise<void> {
  const prompt = board.config().lines.busyPrompt
  try {
    if (prompt !== undefined) await play(board, call, prompt, cancelled)
  } catch (err) {
    board.log.warn({ err }, 'busy announcement failed')
  }
  if (!cancelled.aborted) call.reject(486)
}
