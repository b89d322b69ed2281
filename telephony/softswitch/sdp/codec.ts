// Payload formats of a media line: RFC 3551 (static types), RFC 4733 (telephone-event), RFC 6184 (H264), RFC 7741 (VP8).
import type { AudioCodec } from '../media/media.ts'
import type { MediaLine } from './sdp.ts'

export interface VideoFormat {
  readonly payloadType: number
  readonly name: 'H264' | 'VP8'
  /** Value of a=fmtp without the payload type. */
  readonly fmtp?: string
  /** Values of a=rtcp-fb without the payload type. */
  readonly feedback: readonly string[]
}

interface Mapping {
  readonly payloadType: number
  readonly name: string
  readonly clockHz: number
}

/** Names of static types need no rtpmap (RFC 3551 §6). */
const STATIC: readonly Mapping[] = [
  { payloadType: 0, name: 'PCMU', clockHz: 8000 },
  { payloadType: 8, name: 'PCMA', clockHz: 8000 },
]

/** Formats in the order of the line, which is the order of preference (RFC 3264 §5.1). */
export function mappings(line: MediaLine): Mapping[] {
  const named = new Map<number, Mapping>(STATIC.map(entry => [entry.payloadType, entry]))
  for (const item of line.attributes) {
    const match = /^rtpmap:(\d{1,3}) +([^/\s]+)\/(\d+)/.exec(item)
    if (match === null) continue
    const payloadType = Number(match[1])
    named.set(payloadType, { payloadType, name: match[2] ?? '', clockHz: Number(match[3]) })
  }
  return line.formats.flatMap(format => named.get(Number(format)) ?? [])
}

/** We send G.711 under its static type only, so a dynamic number for it is passed over. */
export function audioCodecs(line: MediaLine): AudioCodec[] {
  return mappings(line).flatMap(({ payloadType, name }): AudioCodec[] => {
    const upper = name.toUpperCase()
    if (payloadType === 0 && upper === 'PCMU') return ['PCMU']
    if (payloadType === 8 && upper === 'PCMA') return ['PCMA']
    return []
  })
}

export function digitPayloadType(line: MediaLine): number | undefined {
  return mappings(line).find(
    ({ name, clockHz }) => name.toLowerCase() === 'telephone-event' && clockHz === 8000,
  )?.payloadType
}

export function videoFormats(line: MediaLine): VideoFormat[] {
  return mappings(line).flatMap(({ payloadType, name, clockHz }): VideoFormat[] => {
    const upper = name.toUpperCase()
    if ((upper !== 'H264' && upper !== 'VP8') || clockHz !== 90000) return []
    const fmtp = perFormat(line, 'fmtp', payloadType)[0]
    const feedback = [
      ...perFormat(line, 'rtcp-fb', payloadType),
      ...perFormat(line, 'rtcp-fb', '*'),
    ]
    return [{ payloadType, name: upper, feedback, ...(fmtp === undefined ? {} : { fmtp }) }]
  })
}

function perFormat(line: MediaLine, name: string, payloadType: number | '*'): string[] {
  const prefix = `${name}:${payloadType} `
  return line.attributes
    .filter(item => item.startsWith(prefix))
    .map(item => item.slice(prefix.length))
}

/** Same codec, and for H264 the same packetization mode (RFC 6184 §8.2.2) and profile, so that packets pass unchanged. */
export function sameVideo(a: VideoFormat, b: VideoFormat): boolean {
  if (a.name !== b.name) return false
  if (a.name === 'VP8') return true
  return packetizationMode(a) === packetizationMode(b) && profile(a) === profile(b)
}

function packetizationMode(format: VideoFormat): string {
  return /packetization-mode=(\d)/.exec(format.fmtp ?? '')?.[1] ?? '0'
}

/** profile_idc alone: constraint bits and level differ between peers that understand each other. */
function profile(format: VideoFormat): string {
  return (/profile-level-id=([0-9a-f]{2})/i.exec(format.fmtp ?? '')?.[1] ?? '42').toLowerCase()
}

export function videoLines(format: VideoFormat): string[] {
  return [
    `a=rtpmap:${format.payloadType} ${format.name}/90000`,
    ...(format.fmtp === undefined ? [] : [`a=fmtp:${format.payloadType} ${format.fmtp}`]),
    ...format.feedback.map(value => `a=rtcp-fb:${format.payloadType} ${value}`),
  ]
}
