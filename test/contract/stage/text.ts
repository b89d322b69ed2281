// The few pieces of SIP and SDP text that the suite's telephones are made of.
import { randomBytes } from 'node:crypto'

export { headerOf, newBranch } from '../../fixtures/sip-text.ts'

export const newTag = () => randomBytes(6).toString('hex')

export const statusOf = (message: string) => Number(/^SIP\/2\.0 (\d{3})/.exec(message)?.[1] ?? 0)
export const methodOf = (message: string) => /^([A-Z]+) /.exec(message)?.[1] ?? ''
/** `1 INVITE`. */
export const cseqOf = (message: string) => {
  const [, number = '0', method = ''] = /^cseq\s*:\s*(\d+)\s+(\w+)/im.exec(message) ?? []

  return { number: Number(number), method }
}
/** All lines of a header that may stand several times. */
export const linesOf = (message: string, name: string) =>
  [...message.matchAll(new RegExp(`^${name}\\s*:.*$`, 'gim'))].map(([line]) => line.trim())

export const bodyOf = (message: string) => message.slice(message.indexOf('\r\n\r\n') + 4)
export const uriIn = (header: string) => /<([^>]+)>/.exec(header)?.[1] ?? header.split(';')[0] ?? ''
export const tagIn = (header: string) => /;tag=([^;\s]+)/.exec(header)?.[1] ?? ''

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
const MIRRORED: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}
export const mirrored = (direction: Direction) => MIRRORED[direction]

/** Direction of the first audio line; RFC 4566 §6: sendrecv where none is said. */
export const directionOf = (sdp: string): Direction => {
  const audio = /^m=audio[\s\S]*?(?=^m=|$(?![\s\S]))/m.exec(sdp)?.[0] ?? ''
  const found = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(audio)?.[1]

  return (found as Direction | undefined) ?? 'sendrecv'
}

/** Port of the first line of a kind; 0 when there is none or it is refused. */
export const portOf = (sdp: string, kind: 'audio' | 'video' = 'audio') =>
  Number(new RegExp(`^m=${kind} (\\d+)`, 'm').exec(sdp)?.[1] ?? 0)

/** RFC 3264 §6: each further line of theirs is answered, here by no. */
export const refusedLines = (sdp: string) =>
  [...sdp.matchAll(/^m=(\w+) \d+ (\S+) (\S+)/gm)]
    .slice(1)
    .map(([, kind, transport, format]) => `m=${kind} 0 ${transport} ${format}`)

export interface SdpOf {
  /** Lines without a port, after ours. */
  readonly refused?: readonly string[]
  readonly port: number
  readonly rtcpPort: number
  readonly direction?: Direction
  readonly version?: number
  readonly video?: { readonly port: number; readonly payloadType: number; readonly format: string }
}

/** A-law and RFC 4733, as most telephones of the land speak. */
export const sdpText = ({
  port,
  rtcpPort,
  direction = 'sendrecv',
  version = 1,
  video,
  refused = [],
}: SdpOf) =>
  [
    'v=0',
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 8 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    `a=rtcp:${rtcpPort}`,
    `a=${direction}`,
    ...(video
      ? [
          `m=video ${video.port} RTP/AVP ${video.payloadType}`,
          `a=rtpmap:${video.payloadType} ${video.format}`,
          ...(video.format.startsWith('H264')
            ? [`a=fmtp:${video.payloadType} profile-level-id=42801F;packetization-mode=1`]
            : []),
          'a=sendrecv',
        ]
      : refused),
    '',
  ].join('\r\n')
