// A leg's media agreement: offers and answers over plain RTP or, for a browser, over WebRTC relayed to loopback. Both look alike to a leg.
import type { Agreed as BrowserAgreed, BrowserLegId, VideoCodec } from '../browser/browser.ts'
import type { AudioFormat, PortId, Remote } from '../media/media.ts'
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

type Direction = AudioFormat['direction']

export interface LegPorts {
  readonly audio: PortId
  readonly audioRtpPort: number
  video?: { readonly port: PortId; readonly rtpPort: number }
}

export interface LegMedia {
  readonly ports: LegPorts
  /** Our offer, for a call out, a hold or a late offer. */
  offer(direction?: Direction): Promise<string>
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

const audioDirection = (sdp: string): Direction => {
  const line = parseSdp(sdp)?.media.find(media => media.kind === 'audio')
  return line === undefined ? 'sendrecv' : theirDirection(line)
}
const holds = (theirs: Direction) => theirs === 'sendonly' || theirs === 'inactive'
const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

async function openVideo(
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
      lastLocal = await local(direction, agreed?.video?.formats ?? video)
      return makeOffer(lastLocal)
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

const LOOPBACK = '127.0.0.1'
const relay = (port: number): Remote => ({ address: LOOPBACK, port, rtcpPort: port + 1 })

/** `video`: offer it when we call. */
export function createBrowserMedia(
  board: Board,
  ports: LegPorts,
  video: readonly VideoFormat[] = [],
): LegMedia {
  let leg: BrowserLegId | undefined
  let audio:
    { readonly remote: Remote; codec: 'PCMU' | 'PCMA'; digitPayloadType?: number } | undefined
  let relayPort = 0
  let videoRelayPort: number | undefined
  let pictures: readonly VideoCodec[] = []
  let direction: Direction = 'sendrecv'
  let held = false
  let closed = false

  const options = async (wantsVideo: boolean) => {
    const opened = wantsVideo ? await openVideo(board, ports) : undefined
    return {
      audioRtpPort: ports.audioRtpPort,
      ...(opened === undefined ? {} : { videoRtpPort: opened.rtpPort }),
    }
  }
  const keep = (made: { leg: BrowserLegId; relayRtpPort: number; relayVideoRtpPort?: number }) => {
    leg = made.leg
    relayPort = made.relayRtpPort
    videoRelayPort = made.relayVideoRtpPort
    // The call may have ended while the other process worked.
    if (closed) board.browsers.close(made.leg)
  }
  const agree = (result: BrowserAgreed) => {
    pictures = result.videoCodecs ?? pictures
    audio = {
      remote: relay(relayPort),
      codec: result.codec,
      ...(result.digitPayloadType === undefined
        ? {}
        : { digitPayloadType: result.digitPayloadType }),
    }
  }

  /** A re-offer; one that brings the first picture needs a port for it. */
  const again = async (of: BrowserLegId, offerSdp: string): Promise<string> => {
    const opened =
      offeredVideo(offerSdp).length > 0 && videoRelayPort === undefined
        ? await openVideo(board, ports)
        : undefined
    if (opened === undefined) return board.browsers.reanswer(of, offerSdp)
    const added = await board.browsers.addVideo(of, offerSdp, { videoRtpPort: opened.rtpPort })
    videoRelayPort = added.relayVideoRtpPort
    pictures = added.videoCodecs
    return added.sdp
  }

  const media: LegMedia = {
    ports,
    get browserLeg() {
      return leg
    },
    get heldByFarEnd() {
      return held
    },
    get codec() {
      return audio?.codec
    },
    get hasVideo() {
      return videoRelayPort !== undefined
    },
    async offer(wanted = 'sendrecv') {
      direction = wanted
      // `recvonly` is never ours to ask: a hold sends music or nothing.
      if (leg !== undefined)
        return board.browsers.reoffer(leg, wanted === 'recvonly' ? 'inactive' : wanted)
      const made = await board.browsers.offer(await options(video.length > 0))
      keep(made)
      return made.sdp
    },
    async complete(answerSdp) {
      if (leg === undefined) return false
      try {
        agree(await board.browsers.complete(leg, answerSdp))
      } catch (err) {
        board.log.warn({ err }, 'browser answer refused')
        return false
      }
      held = direction === 'sendrecv' && holds(audioDirection(answerSdp))
      media.open()
      return true
    },
    async answer(offerSdp) {
      try {
        const theirs = audioDirection(offerSdp)
        held = holds(theirs)
        direction = mirrored[theirs]
        if (leg !== undefined) return await again(leg, offerSdp)
        const made = await board.browsers.answer(
          offerSdp,
          await options(offeredVideo(offerSdp).length > 0),
        )
        keep(made)
        agree(made)
        return made.sdp
      } catch (err) {
        board.log.warn({ err }, 'browser offer refused')
        return undefined
      }
    },
    open() {
      if (audio === undefined) return
      board.media.connect(ports.audio, audio.remote, {
        codec: audio.codec,
        direction,
        ...(audio.digitPayloadType === undefined
          ? {}
          : { digitPayloadType: audio.digitPayloadType }),
      })
      if (videoRelayPort !== undefined && ports.video !== undefined) {
        board.media.connect(ports.video.port, relay(videoRelayPort), {
          payloadTypes: pictures.map(codec => codec.payloadType),
          codecs: pictures.map(codec => codec.name),
        })
      }
    },
    close() {
      closed = true
      if (leg !== undefined) board.browsers.close(leg)
    },
  }
  return media
}
