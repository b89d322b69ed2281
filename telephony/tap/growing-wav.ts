// A stereo WAV of 8 kHz and 16 bit that somebody else writes, read as it grows. What its header says of its length is not asked.
import { open, type FileHandle } from 'node:fs/promises'

export class NotSuchSound extends Error {
  readonly code = 'NOT_SUCH_SOUND'
}

export interface GrowingWav {
  /** Sound that was written since the last time; empty when none was. @throws {NotSuchSound} */
  read(): Promise<Buffer>
  close(): Promise<void>
}

const MOST_BYTES = 65_536
const CHUNK_HEADER_BYTES = 8
const RIFF_BYTES = 12
/** Headers are short; a file without a beginning of its sound in here is none. */
const MOST_HEADER_BYTES = 4096
const RATE_HZ = 8000

/** Undefined until the file is there. */
export async function openGrowingWav(path: string): Promise<GrowingWav | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  let position: number | undefined

  return {
    async read() {
      position ??= await soundAt(file)
      if (position === undefined) return Buffer.alloc(0)
      const bytes = Buffer.allocUnsafe(MOST_BYTES)
      const { bytesRead } = await file.read(bytes, 0, MOST_BYTES, position)
      position += bytesRead

      return bytes.subarray(0, bytesRead)
    },
    close: () => file.close(),
  }
}

/** Where the sound begins; undefined while the header is not whole. */
async function soundAt(file: FileHandle): Promise<number | undefined> {
  const bytes = Buffer.alloc(MOST_HEADER_BYTES)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
  const head = bytes.subarray(0, bytesRead)
  for (let at = RIFF_BYTES; at + CHUNK_HEADER_BYTES <= head.length;) {
    const name = head.toString('latin1', at, at + 4)
    const length = head.readUInt32LE(at + 4)
    at += CHUNK_HEADER_BYTES
    if (name === 'data') return at
    if (name === 'fmt ' && at + 16 <= head.length) {
      const [channels, rateHz, bits] = [
        head.readUInt16LE(at + 2),
        head.readUInt32LE(at + 4),
        head.readUInt16LE(at + 14),
      ]
      if (channels !== 2 || rateHz !== RATE_HZ || bits !== 16)
        throw new NotSuchSound(`${channels} channels of ${bits} bits at ${rateHz} Hz`)
    }
    at += length + (length % 2)
  }
  if (bytesRead === MOST_HEADER_BYTES) throw new NotSuchSound('no beginning of sound')

  return undefined
}
