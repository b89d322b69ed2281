// RTP and RTCP on their way between a browser and the media plane.

const HEADER_BYTES = 12
const RTCP_FIRST = 192
const RTCP_LAST = 223

/** RFC 5761 §4. */
export const isRtcp = (packet: Uint8Array): boolean => {
  const type = packet[1] ?? 0
  return type >= RTCP_FIRST && type <= RTCP_LAST
}

/** A packet with a plain header: extensions and contributing sources are the browser's own affair. Undefined for junk. */
export const toPlainRtp = (packet: Buffer): Buffer | undefined => {
  if (packet.length < HEADER_BYTES || packet.readUInt8(0) >> 6 !== 2) return undefined
  const first = packet.readUInt8(0)
  let start = HEADER_BYTES + (first & 0x0f) * 4
  if (first & 0x10) {
    if (start + 4 > packet.length) return undefined
    start += 4 + packet.readUInt16BE(start + 2) * 4
  }
  if (start > packet.length) return undefined
  if (start === HEADER_BYTES) return packet
  // The header moves up to the payload; what was between is overwritten.
  packet.copy(packet, start - HEADER_BYTES, 0, HEADER_BYTES)
  packet[start - HEADER_BYTES] = first & 0xe0
  return packet.subarray(start - HEADER_BYTES)
}

export const ssrcOf = (packet: Buffer): number => packet.readUInt32BE(8)

/** Replaces one SSRC by another wherever a compound packet names it as sender, source or subject. */
export const renameInRtcp = (packet: Buffer, from: number, to: number): void => {
  for (let at = 0; at + 8 <= packet.length;) {
    const end = at + (packet.readUInt16BE(at + 2) + 1) * 4
    if (packet.readUInt8(at) >> 6 !== 2 || end > packet.length) return
    for (const place of placesOf(packet, at, end))
      if (place + 4 <= end && packet.readUInt32BE(place) === from) packet.writeUInt32BE(to, place)
    at = end
  }
}

/** Where SSRCs stand in one packet (RFC 3550 §6.4–6.6, RFC 4585 §6.1, RFC 5104 §4.3.1). */
const placesOf = (packet: Buffer, at: number, end: number): number[] => {
  const type = packet.readUInt8(at + 1)
  const count = packet.readUInt8(at) & 0x1f
  const blocksAt = (first: number, step: number) =>
    Array.from({ length: count }, (_, i) => first + i * step)
  switch (type) {
    case 200:
      return [at + 4, ...blocksAt(at + 28, 24)]
    case 201:
      return [at + 4, ...blocksAt(at + 8, 24)]
    case 205:
      return [at + 4, at + 8]
    case 206:
      // A full intra request names its subject in an entry after the header.
      return [at + 4, at + 8, ...(end - at >= 20 && count === 4 ? [at + 12] : [])]
    default:
      return [at + 4]
  }
}
