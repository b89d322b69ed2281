// Framing of the event socket: header lines, an empty line, then `Content-Length` bytes of body.
import { NotEventSocket } from './errors.ts'

export interface Frame {
  readonly contentType: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface FrameLimits {
  /** Bytes of one header block; default 65,536. FreeSWITCH sends some hundred. */
  readonly maxHeaderBytes?: number
  /** Bytes of one body; default 16 MiB: `show channels` of 1,000 channels is about 1 MB. */
  readonly maxBodyBytes?: number
}

export interface FrameParser {
  /** Takes the bytes as they come, split anywhere. @throws {NotEventSocket} */
  push(chunk: Buffer): Frame[]
}

const NEWLINE = 10
const END_OF_HEADERS = Buffer.from('\n\n')

const parseHeaders = (text: string) => {
  const headers = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new NotEventSocket('header line without a name')
    headers.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }

  return headers
}

const bodyLength = (headers: ReadonlyMap<string, string>, maxBodyBytes: number) => {
  const value = headers.get('Content-Length')
  if (value === undefined) return 0
  if (!/^\d{1,9}$/.test(value) || Number(value) > maxBodyBytes) {
    throw new NotEventSocket('impossible Content-Length')
  }

  return Number(value)
}

export function createFrameParser(limits: FrameLimits = {}): FrameParser {
  const maxHeaderBytes = limits.maxHeaderBytes ?? 65_536
  const maxBodyBytes = limits.maxBodyBytes ?? 16 * 1024 * 1024
  let chunks: Buffer[] = []
  let size = 0
  /** Bytes that must have come before another attempt makes sense; keeps large bodies linear. */
  let wanted = 1

  const readOne = (bytes: Buffer, from: number) => {
    let start = from
    while (bytes[start] === NEWLINE) start++
    const end = bytes.indexOf(END_OF_HEADERS, start)
    if (end < 0) {
      if (bytes.length - start > maxHeaderBytes) throw new NotEventSocket('endless headers')
      return { next: start, missing: 1 }
    }
    if (end - start > maxHeaderBytes) throw new NotEventSocket('endless headers')
    const headers = parseHeaders(bytes.toString('utf8', start, end))
    const bodyAt = end + END_OF_HEADERS.length
    const next = bodyAt + bodyLength(headers, maxBodyBytes)
    if (next > bytes.length) return { next: start, missing: next - bytes.length }
    const contentType = headers.get('Content-Type') ?? ''

    return { next, frame: { contentType, headers, body: bytes.toString('utf8', bodyAt, next) } }
  }

  return {
    push(chunk) {
      chunks.push(chunk)
      size += chunk.length
      if (size < wanted) return []
      const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, size)
      const frames: Frame[] = []
      let at = 0
      let missing = 1
      while (at < bytes.length) {
        const read = readOne(bytes, at)
        at = read.next
        if (!read.frame) {
          missing = read.missing
          break
        }
        frames.push(read.frame)
      }
      chunks = at < bytes.length ? [bytes.subarray(at)] : []
      size = bytes.length - at
      wanted = size + missing

      return frames
    },
  }
}
