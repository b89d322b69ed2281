// A leg's media agreement: offers and answers over plain RTP here or, for a browser, over WebRTC (browser-media.ts). Both look alike to a leg.
import type { BrowserLegId } from '../browser/browser.ts'
import type { AudioFormat, PortId } from '../media/media.ts'
import {
  answerAudio,
  makeOffer,
  readAnswer,
  type Agreed,
  type LocalMedia,
} from '../sdp/offer-answer.ts'
import { parseSdp } from '../sdp/sdp.ts'
import { videoFormats, type VideoFormat } from '../sdp/codec.ts'
import { theirDirection } from '../sdp/direction.ts'
import type { Board } from './board.ts'

export type Direction = AudioFormat['direction']

export interface LegPorts {
  readonly audio: PortId
  readonly audioRtpPort: number
  video?: { readonly port: PortId; readonly rtpPort: number }
}

export interface LegMedia {
  readonly ports: LegPorts
  /** Our offer, for a call out, a hold or a late offer. */
  offer(direction?: Direction): Promise<string>
  /** Our next offers have a picture of these formats, where none is agreed on. Nothing for a browser, which asks by itself. */
  wantVideo(formats: readonly VideoFormat[]): void
  /** The far end's answer to it; false when nothing is in common. */
  complete(answerSdp: string): Promise<boolean>
  /** Answers the far end's offer; undefined when nothing is in common. The media plane hears of it by `open`. */
  answer(offerSdp: string): Promise<string | undefined>
  /** Lets sound flow as agreed last. */
  open(): void
  /** The far end takes no sound of ours: it holds us. */
  readonly heldByFarEnd: boolean
  readonly codec: string | undefined
  readonly hasVideo: boolean
  readonly browserLeg: BrowserLegId | undefined
  close(): void
}

/** Formats of the first video line that the far end is ready to use. */
export function offeredVideo(sdp: string): VideoFormat[] {
  const line = parseSdp(sdp)?.media.find(media => media.kind === 'video' && media.port > 0)
  return line === undefined ? [] : videoFormats(line)
}

export const audioDirection = (sdp: string): Direction => {
  const line = parseSdp(sdp)?.media.find(media => media.kind === 'audio')
  return line === undefined ? 'sendrecv' : theirDirection(line)
}
export const holds = (theirs: Direction) => theirs === 'sendonly' || theirs === 'inactive'
export const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

export async function openVideo(
  board: Board,
  ports: LegPorts,
): Promise<{ port: PortId; rtpPort: number } | undefined> {
  if (ports.video !== undefined) return ports.video
  try {
    ports.video = await board.media.openPort('video')
    return ports.video
  } catch (err) {
    board.log.warn({ err }, 'no port for video')
    return undefined
  }
}

/** `video`: formats to offer when we call. */
export function createPlainMedia(
  board: Board,
  ports: LegPorts,
  video: readonly VideoFormat[] = [],
): LegMedia {
  const sessionId = String(Math.floor(board.now()))
  let sessionVersion = 0
  let agreed: Agreed | undefined
  let offered: Direction = 'sendrecv'
  let wanted = video
  let held = false

  const local = async (
    direction: Direction,
    formats: readonly VideoFormat[],
  ): Promise<LocalMedia> => {
    const port = formats.length > 0 ? await openVideo(board, ports) : undefined
    return {
      address: board.advertisedAddress(),
      audioPort: ports.audioRtpPort,
      sessionId,
      sessionVersion: ++sessionVersion,
      direction,
      ...(agreed === undefined ? {} : { codecs: [agreed.codec] }),
      ...(port === undefined ? {} : { video: { port: port.rtpPort, formats } }),
    }
  }
  let lastLocal: LocalMedia | undefined

  const media: LegMedia = {
    ports,
    browserLeg: undefined,
    get heldByFarEnd() {
      return held
    },
    get codec() {
      return agreed?.codec
    },
    get hasVideo() {
      return agreed?.video !== undefined
    },
    async offer(direction = 'sendrecv') {
      offered = direction
      lastLocal = await local(direction, agreed?.video?.formats ?? wanted)
      return makeOffer(lastLocal)
    },
    wantVideo(formats) {
      wanted = formats
    },
    async complete(answerSdp) {
      if (lastLocal === undefined) return false
      const result = readAnswer(answerSdp, lastLocal)
      if (result === 'no-common-codec') return false
      agreed = result
      // Our own hold makes the phone answer recvonly: that is not its hold.
      held = offered === 'sendrecv' && holds(audioDirection(answerSdp))
      media.open()
      return true
    },
    async answer(offerSdp) {
      const before = agreed
      agreed = undefined
      const result = answerAudio(offerSdp, await local('sendrecv', offeredVideo(offerSdp)))
      if (result === 'no-common-codec') {
        agreed = before
        return undefined
      }
      agreed = result
      held = holds(audioDirection(offerSdp))
      return result.sdp
    },
    open() {
      if (agreed === undefined) return
      const { codec, digitPayloadType, direction } = agreed
      board.media.connect(ports.audio, agreed.remote, {
        codec,
        direction,
        ...(digitPayloadType === undefined ? {} : { digitPayloadType }),
      })
      if (agreed.video !== undefined && ports.video !== undefined) {
        board.media.connect(ports.video.port, agreed.video.remote, {
          payloadTypes: agreed.video.formats.map(format => format.payloadType),
          codecs: agreed.video.formats.map(format => `${format.name}/90000`),
        })
      }
    },
    close() {
      agreed = undefined
    },
  }
  return media
}
