// A browser's media agreement: WebRTC in another process, relayed to loopback.
import type { Agreed as BrowserAgreed, BrowserLegId, VideoCodec } from '../browser/browser.ts'
import type { Remote } from '../media/media.ts'
import type { VideoFormat } from '../sdp/codec.ts'
import type { Board } from './board.ts'
import {
  audioDirection,
  type Direction,
  holds,
  type LegMedia,
  type LegPorts,
  mirrored,
  offeredVideo,
  openVideo,
} from './leg-media.ts'

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
    wantVideo: () => undefined,
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
