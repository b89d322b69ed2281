// RTP packets (RFC 3550 §5.1). One header object is filled again and again: this path runs 15,000 times a second.

export interface RtpHeader {
  marker: boolean
  payloadType: number
  sequence: number
  timestamp: number
  ssrc: number
  payloadStart: number
  /** After the last payload byte; padding is cut off. */
  payloadEnd: number
}

export const RTP_HEADER_BYTES = 12

export const emptyRtpHeader = (): RtpHeader => ({
  marker: false,
  payloadType: 0,
  sequence: 0,
  timestamp: 0,
  ssrc: 0,
  payloadStart: 0,
  payloadEnd: 0,
})

/** RFC 5761 §4: packet types 192–223 on a shared port are RTCP. */
export const isRtcp = (packet: Uint8Array): boolean => {
  const type = packet[1] ?? 0
  return packet.length >= 8 && type >= 192 && type <= 223
}

/** Reads the header into `header`; false for anything that is not a well-formed RTP packet. */
export const parseRtp = (packet: Buffer, header: RtpHeader): boolean => {
  if (packet.length < RTP_HEADER_BYTES) return false
  const first = packet.readUInt8(0)
  if (first >> 6 !== 2) return false
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4
  let end = packet.length
  if (first & 0x10) {
    if (start + 4 > end) return false
    start += 4 + packet.readUInt16BE(start + 2) * 4
  }
  if (start > end) return false
  if (first & 0x20) {
    const padding = packet.readUInt8(end - 1)
    if (padding === 0 || padding > end - start) return false
    end -= padding
  }
  const second = packet.readUInt8(1)
  header.marker = (second & 0x80) !== 0
  header.payloadType = second & 0x7f
  header.sequence = packet.readUInt16BE(2)
  header.timestamp = packet.readUInt32BE(4)
  header.ssrc = packet.readUInt32BE(8)
  header.payloadStart = start
  header.payloadEnd = end
  return true
}

/** Writes a plain header of 12 bytes: no padding, no extension, no contributing sources. */
export const writeRtpHeader = (
  packet: Buffer,
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void => {
  packet[0] = 0x80
  packet[1] = (marker ? 0x80 : 0) | payloadType
  packet.writeUInt16BE(sequence & 0xffff, 2)
  packet.writeUInt32BE(timestamp >>> 0, 4)
  packet.writeUInt32BE(ssrc >>> 0, 8)
}
