// HEP, the encapsulation by which switches copy their SIP to a collector. Written: version 3 (the sipcapture project's
// "HEP3 Network Protocol Specification", rev. 12). Read: 3, and 1 and 2 as sofia-sip 1.13 writes them (tport_logging.c).
import { isIP } from 'node:net'

export interface HepAddress {
  readonly address: string
  readonly port: number
}
export interface HepPacket {
  /** 6 TCP (and WebSocket), 17 UDP, 22 TLS (sofia-sip), 132 SCTP. */
  readonly protocol: number
  readonly from: HepAddress
  readonly to: HepAddress
  /** Epoch µs; 0 where the packet tells none (version 1). */
  readonly atUs: number
  /** What the payload is: 1 SIP, 5 RTCP, 34 figures of an RTP stream, 100 text of a log. */
  readonly kind: number
  readonly captureId: number
  /** What binds several packets together beside the Call-ID. */
  readonly correlationId?: string
  readonly payload: Buffer
}

export const HEP_SIP = 1
export const HEP_TCP = 6
export const HEP_UDP = 17

const MAGIC = Buffer.from('HEP3', 'latin1')
const HEADER_BYTES = 6
const CHUNK_BYTES = 6
/** Families as they stand in the packet: AF_INET, and AF_INET6 of Linux, of the BSDs and of Darwin. */
const FAMILY_4 = 2
const FAMILIES_6 = [10, 24, 28, 30]

/** Undefined for everything that is no whole HEP packet. Never throws. */
export function decodeHep(packet: Buffer): HepPacket | undefined {
  if (packet.subarray(0, 4).equals(MAGIC)) return decode3(packet)
  const version = packet[0]
  return version === 1 || version === 2 ? decode2(packet, version) : undefined
}

function decode3(packet: Buffer): HepPacket | undefined {
  if (packet.length < HEADER_BYTES) return undefined
  const end = packet.readUInt16BE(4)
  if (end < HEADER_BYTES || end > packet.length) return undefined
  const chunks = new Map<number, Buffer>()
  for (let at = HEADER_BYTES; at < end;) {
    if (at + CHUNK_BYTES > end) return undefined
    const length = packet.readUInt16BE(at + 4)
    if (length < CHUNK_BYTES || at + length > end) return undefined
    // Chunks of vendors mean something to those vendors only.
    if (packet.readUInt16BE(at) === 0)
      chunks.set(packet.readUInt16BE(at + 2), packet.subarray(at + CHUNK_BYTES, at + length))
    at += length
  }
  const number = (type: number) => readNumber(chunks.get(type))
  const from = toAddress(chunks.get(3) ?? chunks.get(5))
  const to = toAddress(chunks.get(4) ?? chunks.get(6))
  const payload = chunks.get(15)
  if (from === undefined || to === undefined || payload === undefined) return undefined
  const correlationId = chunks.get(17)?.toString('utf8')
  return {
    protocol: number(2),
    from: { address: from, port: number(7) },
    to: { address: to, port: number(8) },
    atUs: number(9) * 1e6 + Math.min(number(10), 999_999),
    kind: number(11),
    captureId: number(12),
    ...(correlationId ? { correlationId } : {}),
    payload,
  }
}

const readNumber = (chunk: Buffer | undefined): number =>
  chunk === undefined || chunk.length === 0 || chunk.length > 4
    ? 0
    : chunk.readUIntBE(0, chunk.length)

/** Ports are in network order, times in that of the sender's processor: little-endian on all we run on. */
function decode2(packet: Buffer, version: 1 | 2): HepPacket | undefined {
  if (packet.length < 8) return undefined
  const family = packet.readUInt8(2)
  const isSix = FAMILIES_6.includes(family)
  if (family !== FAMILY_4 && !isSix) return undefined
  const addressBytes = isSix ? 16 : 4
  const addressEnd = 8 + 2 * addressBytes
  // struct hep_timehdr: two 32-bit numbers, one of 16 bits, two bytes of padding.
  const headEnd = addressEnd + (version === 2 ? 12 : 0)
  const length = packet.readUInt8(1)
  if (packet.length <= headEnd || (length !== headEnd && length !== addressEnd)) return undefined
  const from = toAddress(packet.subarray(8, 8 + addressBytes))
  const to = toAddress(packet.subarray(8 + addressBytes, addressEnd))
  if (from === undefined || to === undefined) return undefined
  const time = version === 2 ? packet.subarray(addressEnd, headEnd) : undefined
  return {
    protocol: packet.readUInt8(3),
    from: { address: from, port: packet.readUInt16BE(4) },
    to: { address: to, port: packet.readUInt16BE(6) },
    atUs: time ? time.readUInt32LE(0) * 1e6 + Math.min(time.readUInt32LE(4), 999_999) : 0,
    kind: HEP_SIP,
    captureId: time ? time.readUInt16LE(8) : 0,
    payload: packet.subarray(headEnd),
  }
}

/** The packet; undefined when it is longer than its length field can say. */
export function encodeHep(packet: HepPacket): Buffer | undefined {
  const isSix = isIP(packet.from.address) === 6 || isIP(packet.to.address) === 6
  const chunks = [
    chunk(1, 1, isSix ? 10 : FAMILY_4),
    chunk(2, 1, packet.protocol),
    bytes(isSix ? 5 : 3, toBytes(packet.from.address, isSix)),
    bytes(isSix ? 6 : 4, toBytes(packet.to.address, isSix)),
    chunk(7, 2, packet.from.port),
    chunk(8, 2, packet.to.port),
    chunk(9, 4, Math.floor(packet.atUs / 1e6)),
    chunk(10, 4, Math.floor(packet.atUs % 1e6)),
    chunk(11, 1, packet.kind),
    chunk(12, 4, packet.captureId),
    ...(packet.correlationId === undefined ? [] : [bytes(17, Buffer.from(packet.correlationId))]),
  ]
  const length =
    HEADER_BYTES +
    chunks.reduce((sum, each) => sum + each.length, 0) +
    CHUNK_BYTES +
    packet.payload.length
  if (length > 0xffff) return undefined
  const head = Buffer.concat([MAGIC, Buffer.alloc(2)])
  head.writeUInt16BE(length, 4)
  return Buffer.concat([head, ...chunks, bytes(15, packet.payload)], length)
}

const bytes = (type: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(CHUNK_BYTES)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(CHUNK_BYTES + value.length, 4)
  return Buffer.concat([head, value])
}

const chunk = (type: number, width: 1 | 2 | 4, value: number): Buffer => {
  const data = Buffer.alloc(width)
  data.writeUIntBE(Math.min(Math.max(0, Math.floor(value)), 2 ** (8 * width) - 1), 0, width)
  return bytes(type, data)
}

function toAddress(raw: Buffer | undefined): string | undefined {
  if (raw?.length === 4) return [...raw].join('.')
  if (raw?.length !== 16) return undefined
  const words = Array.from({ length: 8 }, (_, i) => raw.readUInt16BE(i * 2).toString(16))
  // The URL parser shortens an IPv6 address as RFC 5952 wants it.
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1)
}

/** What is no address (a name, an empty one) becomes the unspecified address. */
function toBytes(address: string, isSix: boolean): Buffer {
  if (!isSix) {
    const whole = isIP(address) === 4 ? address : '0.0.0.0'
    return Buffer.from(whole.split('.').map(Number))
  }
  if (isIP(address) === 4) return toBytes(`::ffff:${address}`, true)
  if (isIP(address) !== 6) return Buffer.alloc(16)
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const words = (text: string) => (text === '' ? [] : text.split(':'))
  const [first, last] = [words(head), words(tail ?? '')]
  const gap = tail === undefined ? 0 : 8 - first.length - last.length
  const all = [...first, ...Array.from({ length: gap }, () => '0'), ...last]
  const raw = Buffer.alloc(16)
  all.forEach((word, i) => raw.writeUInt16BE(Number.parseInt(word, 16), i * 2))
  return raw
}
