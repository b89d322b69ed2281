// Pictures pass through untouched; only the number of their codec may differ at the other side.
import type { VideoFormat } from './media.ts'

/** The payload type that carries the same codec at the other side. */
export const sameCodec = (
  payloadType: number,
  from: VideoFormat | undefined,
  to: VideoFormat | undefined,
): number | undefined => {
  if (from === undefined || to === undefined) return undefined
  const place = from.payloadTypes.indexOf(payloadType)
  if (from.codecs && to.codecs) return to.payloadTypes[to.codecs.indexOf(from.codecs[place] ?? '')]
  return from.payloadTypes.length === to.payloadTypes.length ? to.payloadTypes[place] : payloadType
}
