// Offer and answer for one audio stream and, where wanted, one video stream over plain RTP: RFC 3264.
import type { AudioCodec, Remote } from '../media/media.ts'
import {
  audioCodecs,
  digitPayloadType,
  sameVideo,
  videoFormats,
  type VideoFormat,
} from './codec.ts'
import { ourDirection, theirDirection } from './direction.ts'
import {
  attribute,
  parseSdp,
  type Direction,
  type MediaLine,
  type SessionDescription,
} from './sdp.ts'
import { audioLines, refusedLine, sessionLines, videoMediaLines } from './write.ts'

/** What we bring to the agreement. */
export interface LocalMedia {
  /** Address in o= and c=. */
  readonly address: string
  readonly audioPort: number
  /** o=: the id stays for the life of the session, the version rises by one with every change (RFC 3264 §8). */
  readonly sessionId: string
  readonly sessionVersion: number
  /** Default sendrecv. */
  readonly direction?: Direction
  /** In order of preference, used in offers; default PCMA, PCMU. */
  readonly codecs?: readonly AudioCodec[]
  /** Absent: no video. In an offer the formats are offered as they stand; in an answer they limit the choice. */
  readonly video?: { readonly port: number; readonly formats?: readonly VideoFormat[] }
  /** Media takes RTCP on the RTP port (RFC 5761). Default false. */
  readonly rtcpMux?: boolean
}

export interface AgreedVideo {
  readonly remote: Remote
  readonly formats: readonly VideoFormat[]
  readonly direction: Direction
}

export interface Agreed {
  readonly codec: AudioCodec
  readonly digitPayloadType?: number
  readonly remote: Remote
  /** What we may do: recvonly or inactive means that the far end holds us. */
  readonly direction: Direction
  readonly video?: AgreedVideo
}

export type Answered = Agreed & { readonly sdp: string }

/** Answers an offer of the far end; its order of codecs wins. */
export function answerAudio(offerText: string, local: LocalMedia): Answered | 'no-common-codec' {
  const offer = parseSdp(offerText)
  if (offer === undefined) return 'no-common-codec'
  const audioAt = offer.media.findIndex(
    line => isPlainRtp(line, 'audio') && audioCodecs(line).length > 0,
  )
  const audio = offer.media[audioAt]
  if (audio === undefined) return 'no-common-codec'
  const agreed = agreeAudio(audio, local)
  if (agreed === undefined) return 'no-common-codec'
  const wanted = local.video
  const videoAt =
    wanted === undefined
      ? -1
      : offer.media.findIndex(
          line => isPlainRtp(line, 'video') && commonVideo(line, wanted.formats).length > 0,
        )
  const videoLine = offer.media[videoAt]
  const video = videoLine && agreeVideo(videoLine, local)
  const lines = offer.media.flatMap((line, index) => {
    if (index === audioAt)
      return audioLines(
        line.protocol,
        local,
        [agreed.codec],
        agreed.digitPayloadType,
        agreed.direction,
        muxes(line, local),
      )
    if (index === videoAt && video !== undefined && wanted !== undefined)
      return videoMediaLines(
        line.protocol,
        wanted.port,
        video.formats,
        video.direction,
        muxes(line, local),
      )
    return refusedLine(line)
  })
  return { ...agreed, ...(video === undefined ? {} : { video }), sdp: sessionLines(local, lines) }
}

/** An offer of ours: for a call out, a re-INVITE (hold, retrieve, video) or the answer to an INVITE without SDP. */
export function makeOffer(local: LocalMedia): string {
  const codecs = local.codecs ?? ['PCMA', 'PCMU']
  const direction = local.direction ?? 'sendrecv'
  const lines = audioLines('RTP/AVP', local, codecs, DIGITS, direction, local.rtcpMux === true)
  const { video } = local
  if (video?.formats !== undefined && video.formats.length > 0) {
    lines.push(
      ...videoMediaLines('RTP/AVP', video.port, video.formats, direction, local.rtcpMux === true),
    )
  }
  return sessionLines(local, lines)
}

/** Payload type of telephone-event in our offers. */
const DIGITS = 101

/** Reads the far end's answer to our offer. */
export function readAnswer(answerText: string, local: LocalMedia): Agreed | 'no-common-codec' {
  const answer = parseSdp(answerText)
  const audio = answer && acceptedLine(answer, 'audio')
  const agreed = audio && agreeAudio(audio, local)
  if (answer === undefined || agreed === undefined) return 'no-common-codec'
  const videoLine = local.video === undefined ? undefined : acceptedLine(answer, 'video')
  const video =
    videoLine && commonVideo(videoLine, undefined).length > 0
      ? agreeVideo(videoLine, local)
      : undefined
  return { ...agreed, ...(video === undefined ? {} : { video }) }
}

function acceptedLine(session: SessionDescription, kind: 'audio' | 'video'): MediaLine | undefined {
  return session.media.find(line => isPlainRtp(line, kind))
}

/** Port 0 refuses or ends a stream (RFC 3264 §6, §8.2). */
function isPlainRtp(line: MediaLine, kind: 'audio' | 'video'): boolean {
  return (
    line.kind === kind && line.port > 0 && /^RTP\/AVPF?$/.test(line.protocol) && line.address !== ''
  )
}

function agreeAudio(line: MediaLine, local: LocalMedia): Agreed | undefined {
  const ours = local.codecs ?? ['PCMA', 'PCMU']
  const codec = audioCodecs(line).find(name => ours.includes(name))
  if (codec === undefined) return undefined
  const digits = digitPayloadType(line)
  return {
    codec,
    remote: remoteOf(line, local),
    direction: ourDirection(theirDirection(line), local.direction ?? 'sendrecv'),
    ...(digits === undefined ? {} : { digitPayloadType: digits }),
  }
}

function agreeVideo(line: MediaLine, local: LocalMedia): AgreedVideo {
  return {
    remote: remoteOf(line, local),
    formats: commonVideo(line, local.video?.formats),
    direction: ourDirection(theirDirection(line), local.direction ?? 'sendrecv'),
  }
}

function commonVideo(line: MediaLine, ours: readonly VideoFormat[] | undefined): VideoFormat[] {
  return videoFormats(line).filter(
    theirs => ours === undefined || ours.some(format => sameVideo(format, theirs)),
  )
}

function muxes(line: MediaLine, local: LocalMedia): boolean {
  return local.rtcpMux === true && line.attributes.includes('rtcp-mux')
}

/** RTCP: mux (RFC 5761), a=rtcp (RFC 3605), else the next port. */
function remoteOf(line: MediaLine, local: LocalMedia): Remote {
  const said = Number(attribute(line, 'rtcp')?.split(' ')[0])
  const named = said > 0 && said < 65536 ? said : line.port + 1
  return {
    address: line.address,
    port: line.port,
    rtcpPort: muxes(line, local) ? line.port : Math.min(named, 65535),
  }
}
