// Lines of our own descriptions: RFC 8866 §5, RFC 3551, RFC 4733 §2.4.1.
import type { AudioCodec } from '../media/media.ts'
import { videoLines, type VideoFormat } from './codec.ts'
import type { LocalMedia } from './offer-answer.ts'
import type { Direction, MediaLine } from './sdp.ts'

const PAYLOAD_TYPE: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8 }

export function sessionLines(local: LocalMedia, media: readonly string[]): string {
  const family = local.address.includes(':') ? 'IP6' : 'IP4'
  return [
    'v=0',
    `o=hotline ${local.sessionId} ${local.sessionVersion} IN ${family} ${local.address}`,
    's=-',
    `c=IN ${family} ${local.address}`,
    't=0 0',
    ...media,
    '',
  ].join('\r\n')
}

export function audioLines(
  protocol: string,
  local: LocalMedia,
  codecs: readonly AudioCodec[],
  digits: number | undefined,
  direction: Direction,
  mux: boolean,
): string[] {
  const types = [
    ...codecs.map(codec => PAYLOAD_TYPE[codec]),
    ...(digits === undefined ? [] : [digits]),
  ]
  return [
    `m=audio ${local.audioPort} ${protocol} ${types.join(' ')}`,
    ...codecs.map(codec => `a=rtpmap:${PAYLOAD_TYPE[codec]} ${codec}/8000`),
    ...(digits === undefined
      ? []
      : [`a=rtpmap:${digits} telephone-event/8000`, `a=fmtp:${digits} 0-15`]),
    'a=ptime:20',
    ...(mux ? ['a=rtcp-mux'] : []),
    `a=${direction}`,
  ]
}

export function videoMediaLines(
  protocol: string,
  port: number,
  formats: readonly VideoFormat[],
  direction: Direction,
  mux: boolean,
): string[] {
  const types = formats.map(format => format.payloadType).join(' ')
  return [
    `m=video ${port} ${protocol} ${types}`,
    ...formats.flatMap(videoLines),
    ...(mux ? ['a=rtcp-mux'] : []),
    `a=${direction}`,
  ]
}

/** A stream we do not take: same line, port 0 (RFC 3264 §6). */
export function refusedLine(line: MediaLine): string[] {
  return [`m=${line.kind} 0 ${line.protocol} ${line.formats.join(' ')}`]
}
