// RTCP (RFC 3550 §6, RFC 4585 §6, RFC 5104 §4.3.1): our reports, and what we take from theirs.

const SENDER_REPORT = 200
const RECEIVER_REPORT = 201
const SOURCE_DESCRIPTION = 202
const GOODBYE = 203
const PAYLOAD_FEEDBACK = 206
const PICTURE_LOSS = 1
const FULL_INTRA_REQUEST = 4

/** Seconds between 1900 and 1970. */
const NTP_EPOCH_S = 2_208_988_800

export interface SentSoFar {
  readonly ssrc: number
  readonly timestamp: number
  readonly packets: number
  readonly bytes: number
}

export interface ReportBlock {
  readonly ssrc: number
  /** Lost of 256 since the last report. */
  readonly fraction: number
  readonly lost: number
  readonly highest: number
  /** In timestamp units. */
  readonly jitter: number
  /** Middle 32 bits of the NTP time in their last sender report; 0 for none. */
  readonly lastReport: number
  /** Since that report, in 1/65536 s. */
  readonly delay: number
}

export type RtcpItem =
  | { readonly type: 'sender-report'; readonly ssrc: number; readonly ntpMiddle: number }
  | { readonly type: 'report'; readonly block: ReportBlock }
  | { readonly type: 'key-frame-wanted' }
  | { readonly type: 'goodbye'; readonly ssrc: number }

/** NTP time of an instant: seconds and fraction. */
export const toNtp = (epochMs: number): { seconds: number; fraction: number } => {
  const seconds = Math.floor(epochMs / 1000)
  return {
    seconds: (seconds + NTP_EPOCH_S) >>> 0,
    fraction: Math.floor(((epochMs - seconds * 1000) / 1000) * 2 ** 32) >>> 0,
  }
}

export const ntpMiddle = (epochMs: number): number => {
  const { seconds, fraction } = toNtp(epochMs)
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0
}

const header = (packet: Buffer, at: number, count: number, type: number, bytes: number) => {
  packet[at] = 0x80 | count
  packet[at + 1] = type
  packet.writeUInt16BE(bytes / 4 - 1, at + 2)
}

/** A compound packet: sender or receiver report, then our name (RFC 3550 §6.1 wants both). */
export const buildReport = (
  sent: SentSoFar,
  isSender: boolean,
  block: ReportBlock | undefined,
  name: string,
  epochMs: number,
): Buffer => {
  const reportBytes = (isSender ? 28 : 8) + (block ? 24 : 0)
  const nameBytes = Buffer.from(name, 'latin1')
  // One chunk: SSRC, CNAME item, then at least one zero up to a multiple of four.
  const chunkBytes = Math.ceil((4 + 2 + nameBytes.length + 1) / 4) * 4
  const packet = Buffer.alloc(reportBytes + 4 + chunkBytes)
  header(packet, 0, block ? 1 : 0, isSender ? SENDER_REPORT : RECEIVER_REPORT, reportBytes)
  packet.writeUInt32BE(sent.ssrc, 4)
  if (isSender) {
    const ntp = toNtp(epochMs)
    packet.writeUInt32BE(ntp.seconds, 8)
    packet.writeUInt32BE(ntp.fraction, 12)
    packet.writeUInt32BE(sent.timestamp >>> 0, 16)
    packet.writeUInt32BE(sent.packets >>> 0, 20)
    packet.writeUInt32BE(sent.bytes >>> 0, 24)
  }
  if (block) writeBlock(packet, reportBytes - 24, block)
  header(packet, reportBytes, 1, SOURCE_DESCRIPTION, 4 + chunkBytes)
  packet.writeUInt32BE(sent.ssrc, reportBytes + 4)
  packet[reportBytes + 8] = 1
  packet[reportBytes + 9] = nameBytes.length
  nameBytes.copy(packet, reportBytes + 10)
  return packet
}

const writeBlock = (packet: Buffer, at: number, block: ReportBlock) => {
  packet.writeUInt32BE(block.ssrc, at)
  packet.writeUInt32BE((((block.fraction & 0xff) << 24) | (block.lost & 0xffffff)) >>> 0, at + 4)
  packet.writeUInt32BE(block.highest >>> 0, at + 8)
  packet.writeUInt32BE(block.jitter >>> 0, at + 12)
  packet.writeUInt32BE(block.lastReport >>> 0, at + 16)
  packet.writeUInt32BE(block.delay >>> 0, at + 20)
}

/** Asks the far end's encoder for a whole picture (RFC 4585 §6.3.1), in front of it the report a compound packet needs. */
export const buildPictureLoss = (ssrc: number, mediaSsrc: number): Buffer => {
  const packet = Buffer.alloc(8 + 12)
  header(packet, 0, 0, RECEIVER_REPORT, 8)
  packet.writeUInt32BE(ssrc, 4)
  header(packet, 8, PICTURE_LOSS, PAYLOAD_FEEDBACK, 12)
  packet.writeUInt32BE(ssrc, 12)
  packet.writeUInt32BE(mediaSsrc, 16)
  return packet
}

/** The end of our stream (RFC 3550 §6.6), in front of it the report a compound packet needs. */
export const buildGoodbye = (ssrc: number): Buffer => {
  const packet = Buffer.alloc(16)
  header(packet, 0, 0, RECEIVER_REPORT, 8)
  packet.writeUInt32BE(ssrc, 4)
  header(packet, 8, 1, GOODBYE, 8)
  packet.writeUInt32BE(ssrc, 12)
  return packet
}

/** Walks a compound packet. Stops quietly at the first byte that makes no sense; false when nothing did. */
export const parseRtcp = (packet: Buffer, onItem: (item: RtcpItem) => void): boolean => {
  let at = 0
  while (at + 8 <= packet.length) {
    const first = packet.readUInt8(at)
    const end = at + (packet.readUInt16BE(at + 2) + 1) * 4
    if (first >> 6 !== 2 || end > packet.length) break
    parsePacket(packet, at, end, first & 0x1f, onItem)
    at = end
  }
  return at > 0
}

const parsePacket = (
  packet: Buffer,
  at: number,
  end: number,
  count: number,
  onItem: (item: RtcpItem) => void,
) => {
  const ssrc = end - at >= 8 ? packet.readUInt32BE(at + 4) : 0
  switch (packet.readUInt8(at + 1)) {
    case SENDER_REPORT:
      if (end - at < 28) return
      onItem({ type: 'sender-report', ssrc, ntpMiddle: packet.readUInt32BE(at + 10) })
      return parseBlocks(packet, at + 28, end, count, onItem)
    case RECEIVER_REPORT:
      return parseBlocks(packet, at + 8, end, count, onItem)
    case PAYLOAD_FEEDBACK:
      if (count === PICTURE_LOSS || count === FULL_INTRA_REQUEST)
        onItem({ type: 'key-frame-wanted' })
      return
    case GOODBYE:
      if (count > 0 && end - at >= 8) onItem({ type: 'goodbye', ssrc })
  }
}

const parseBlocks = (
  packet: Buffer,
  from: number,
  end: number,
  count: number,
  onItem: (item: RtcpItem) => void,
) => {
  for (let i = 0, at = from; i < count && at + 24 <= end; i++, at += 24) {
    const loss = packet.readUInt32BE(at + 4)
    onItem({
      type: 'report',
      block: {
        ssrc: packet.readUInt32BE(at),
        fraction: loss >>> 24,
        lost: (loss << 8) >> 8,
        highest: packet.readUInt32BE(at + 8),
        jitter: packet.readUInt32BE(at + 12),
        lastReport: packet.readUInt32BE(at + 16),
        delay: packet.readUInt32BE(at + 20),
      },
    })
  }
}
