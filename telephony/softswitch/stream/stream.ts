// One channel's sound on its way to a listener over WebSocket, as mod_audio_stream sends it: a text first where one was given, then
// binary L16, little-endian, the sides interleaved. A listener that does not read in time loses the oldest sound; memory is bounded.
import { WebSocket } from 'ws'
import { createTapRing, readTapRing, type TapPiece } from '../media/tap-ring.ts'
import { mixed, type Mix } from './mix.ts'

export interface StreamOptions {
  readonly url: string
  readonly mix: Mix
  /** Frames of 20 ms in a message. */
  readonly pieceFrames: number
  readonly metadata?: string
  readonly onConnect: () => void
  /** A text of the listener's. */
  readonly onText: (text: string) => void
  /** Once, unless it was ended from here. */
  readonly onGone: (gone: StreamGone) => void
}

export type StreamGone =
  | { readonly type: 'error'; readonly text: string }
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }

export interface Stream {
  readonly ring: SharedArrayBuffer
  isPaused: boolean
  /** Sound that the listener did not take in time. */
  readonly lostMs: number
  /** Sends what waits; false once everything has been sent or the socket is gone. */
  pump(): boolean
  send(text: string): void
  end(): void
}

/** The listener has this long to take the connection. */
const CONNECT_MS = 5_000
/** Two seconds of both sides; more stays in the ring, which forgets. */
const MOST_UNSENT_BYTES = 64_000
/** Texts of the listener's are answers, not files. */
const MOST_TEXT_BYTES = 65_536
const FRAME_MS = 20

export function openStream(options: StreamOptions): Stream {
  const { url, mix, pieceFrames, metadata, onConnect, onText, onGone } = options
  const ring = createTapRing()
  const reader = readTapRing(ring)
  let isEnded = false
  let lostMs = 0
  const socket = new WebSocket(url, {
    handshakeTimeout: CONNECT_MS,
    perMessageDeflate: false,
    maxPayload: MOST_TEXT_BYTES,
    // Our own word to listeners who know us: nothing is left out in silence, what is lost is told.
    headers: { 'X-Audio-Stream': 'steady' },
  })
  const goOnce = (gone: StreamGone) => {
    if (isEnded) return
    isEnded = true
    socket.terminate()
    onGone(gone)
  }
  socket.on('open', () => {
    if (isEnded) return
    reader.skip()
    if (metadata !== undefined) socket.send(metadata)
    onConnect()
  })
  socket.on('message', (data, isBinary) => {
    if (!isEnded && !isBinary) onText(data.toString())
  })
  socket.on('error', error => goOnce({ type: 'error', text: error.message }))
  socket.on('close', (code, reason) => goOnce({ type: 'closed', code, reason: reason.toString() }))

  const sendPiece = ({ lostFrames, sound }: TapPiece) => {
    const forMs = lostFrames * FRAME_MS
    if (forMs > 0) socket.send(JSON.stringify({ type: 'lost', forMs }))
    lostMs += forMs
    const { buffer, byteOffset, byteLength } = mixed(sound, mix)
    socket.send(Buffer.from(buffer, byteOffset, byteLength))
  }

  const isOpen = () => socket.readyState === socket.OPEN

  return {
    ring,
    isPaused: false,
    get lostMs() {
      return lostMs
    },
    pump() {
      if (isEnded) return false
      if (this.isPaused) reader.skip()
      if (!isOpen()) return !reader.isDone()
      while (socket.bufferedAmount < MOST_UNSENT_BYTES) {
        const piece = reader.read(pieceFrames)
        if (piece === undefined) break
        sendPiece(piece)
      }
      return !reader.isDone()
    },
    send(text) {
      if (!isEnded && isOpen()) socket.send(text)
    },
    end() {
      if (isEnded) return
      isEnded = true
      if (!isOpen()) return socket.terminate()
      socket.close(1000)
      // One that does not take its leave is let go; the library itself would wait for half a minute.
      const patience = setTimeout(() => socket.terminate(), LEAVE_MS)
      socket.once('close', () => clearTimeout(patience))
    },
  }
}

const LEAVE_MS = 1_000
