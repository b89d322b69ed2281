// The streams of all channels, one a channel as mod_audio_stream has it. Sound is taken in the media worker; here it is only sent on, so
// that sockets never stand in the way of a beat.
import { announce, type Board } from '../core/board.ts'
import { isDown, type Channel } from '../core/channel.ts'
import type { Mix } from './mix.ts'
import { openStream, type Stream, type StreamGone } from './stream.ts'

export interface StreamWish {
  readonly url: string
  readonly mix: Mix
  readonly pieceFrames: number
  readonly metadata?: string
}

export interface Streams {
  /** False when the channel has ended or has a stream. */
  start(channel: Channel, wish: StreamWish): boolean
  /** Each is false when the channel has no stream. */
  stop(uuid: string, text?: string): boolean
  pause(uuid: string, isPaused: boolean): boolean
  sendText(uuid: string, text: string): boolean
}

const TAP_ID = 'stream'
/** As often as a frame comes. */
const PUMP_MS = 20
/** After a channel's end its last sound is sent within this time. */
const LAST_SOUND_MS = 1_000

/** Body of mod_audio_stream::disconnect and ::error; 6 is its CONNECT_FAILED, which covers what our library tells in words. */
const bodyOf = (gone: StreamGone) =>
  gone.type === 'closed'
    ? { status: 'disconnected', message: { code: gone.code, reason: gone.reason } }
    : { status: 'error', message: { code: 6, error: gone.text } }

export function createStreams(board: Board): Streams {
  const streams = new Map<string, Stream>()
  /** Of channels that have ended: their last sound is on its way. */
  const leaving = new Map<Stream, { readonly uuid: string; readonly untilMs: number }>()
  let timer: NodeJS.Timeout | undefined

  const end = (uuid: string, stream: Stream) => {
    if (stream.lostMs > 0)
      board.log.warn({ uuid, lostMs: stream.lostMs }, 'a listener was too slow')
    stream.end()
  }

  const pump = () => {
    for (const stream of streams.values()) stream.pump()
    for (const [stream, { uuid, untilMs }] of leaving) {
      if (stream.pump() && performance.now() < untilMs) continue
      leaving.delete(stream)
      end(uuid, stream)
    }
    if (streams.size + leaving.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  const tell = (channel: Channel, kind: string, body: string) => {
    if (isDown(channel)) return
    announce(board, channel, 'CUSTOM', [], `mod_audio_stream::${kind}`, body)
  }

  const drop = (channel: Channel, stream: Stream) => {
    if (streams.get(channel.uuid) === stream) streams.delete(channel.uuid)
    board.media.untap(channel.audio, TAP_ID)
  }

  board.events.subscribe(event => {
    if (event.name !== 'CHANNEL_HANGUP') return
    const uuid = event.headers.find(([name]) => name === 'Unique-ID')?.[1] ?? ''
    const stream = streams.get(uuid)
    if (stream === undefined) return
    streams.delete(uuid)
    leaving.set(stream, { uuid, untilMs: performance.now() + LAST_SOUND_MS })
  })

  return {
    start(channel, { url, mix, pieceFrames, metadata }) {
      if (isDown(channel) || streams.has(channel.uuid)) return false
      const stream = openStream({
        url,
        mix,
        pieceFrames,
        ...(metadata === undefined ? {} : { metadata }),
        onConnect: () => tell(channel, 'connect', JSON.stringify({ status: 'connected' })),
        onText: text => tell(channel, 'json', text),
        onGone(gone) {
          drop(channel, stream)
          board.log.info(
            { uuid: channel.uuid, gone: gone.type, lostMs: stream.lostMs },
            'audio stream gone',
          )
          tell(
            channel,
            gone.type === 'closed' ? 'disconnect' : 'error',
            JSON.stringify(bodyOf(gone)),
          )
        },
      })
      streams.set(channel.uuid, stream)
      board.media.tap(channel.audio, TAP_ID, stream.ring)
      timer ??= setInterval(pump, PUMP_MS)
      return true
    },
    stop(uuid, text) {
      const stream = streams.get(uuid)
      const channel = board.channels.get(uuid)
      if (stream === undefined || channel === undefined) return false
      drop(channel, stream)
      if (text !== undefined) stream.send(text)
      end(uuid, stream)
      return true
    },
    pause(uuid, isPaused) {
      const stream = streams.get(uuid)
      if (stream !== undefined) stream.isPaused = isPaused
      return stream !== undefined
    },
    sendText(uuid, text) {
      streams.get(uuid)?.send(text)
      return streams.has(uuid)
    },
  }
}
