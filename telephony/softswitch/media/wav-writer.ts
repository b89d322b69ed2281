// The file of a recording: header of 44 bytes, then frames. Written behind the talk's back, in pieces.
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

export const WAV_HEADER_BYTES = 44
const RATE_HZ = 8000
const CHANNELS = 2
const BLOCK_BYTES = CHANNELS * 2
/** A disk that is this far behind will not catch up: 16 s of stereo. */
const MOST_WAITING_BYTES = 16 * RATE_HZ * BLOCK_BYTES

/** Header of a stereo file with `dataBytes` of sound. */
export const wavHeader = (dataBytes: number): Buffer => {
  const header = Buffer.alloc(WAV_HEADER_BYTES)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(dataBytes + WAV_HEADER_BYTES - 8, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(CHANNELS, 22)
  header.writeUInt32LE(RATE_HZ, 24)
  header.writeUInt32LE(RATE_HZ * BLOCK_BYTES, 28)
  header.writeUInt16LE(BLOCK_BYTES, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(dataBytes, 40)
  return header
}

/** Writes one file. `write` never waits; the first failure is told once and ends the writing. */
export class WavWriter {
  readonly #onFault: (fault: string) => void
  #file: FileHandle | undefined
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #writtenBytes = 0
  #work: Promise<void>
  #isWorking = false
  #isFaulty = false

  constructor(path: string, onFault: (fault: string) => void) {
    this.#onFault = onFault
    this.#work = this.#open(path)
  }

  /** Takes over the buffer. */
  write(piece: Buffer): void {
    if (this.#isFaulty) return
    this.#waiting.push(piece)
    this.#waitingBytes += piece.length
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.#fail('the disk is too slow')
    else if (this.#file !== undefined && !this.#isWorking) this.#work = this.#flush(this.#file)
  }

  /** Ends when the last byte and the header are on their way to the disk. */
  async close(): Promise<void> {
    await this.#work
    const file = this.#file
    if (file === undefined) return
    await this.#flush(file)
    await this.#release()
  }

  async #open(path: string): Promise<void> {
    try {
      await makeFolder(dirname(path))
      const file = await open(path, 'w')
      await file.write(wavHeader(0), 0, WAV_HEADER_BYTES, 0)
      this.#file = file
    } catch (error) {
      this.#fail(textOf(error))
    }
  }

  async #flush(file: FileHandle): Promise<void> {
    if (this.#isFaulty) return
    this.#isWorking = true
    try {
      while (this.#waiting.length > 0 && !this.#isFaulty) {
        const piece = Buffer.concat(this.#waiting)
        this.#waiting = []
        this.#waitingBytes = 0
        const { bytesWritten } = await file.write(
          piece,
          0,
          piece.length,
          WAV_HEADER_BYTES + this.#writtenBytes,
        )
        if (bytesWritten < piece.length)
          throw new Error('ENOSPC: only part of the sound was written')
        this.#writtenBytes += bytesWritten
        // The header follows the sound, so that a reader never finds less than it says.
        await file.write(wavHeader(this.#writtenBytes), 0, WAV_HEADER_BYTES, 0)
      }
    } catch (error) {
      this.#fail(textOf(error))
    } finally {
      this.#isWorking = false
    }
  }

  #fail(fault: string): void {
    if (this.#isFaulty) return
    this.#isFaulty = true
    this.#waiting = []
    this.#onFault(fault)
    void this.#release()
  }

  async #release(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch((error: unknown) => this.#fail(textOf(error)))
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Node 20's recursive mkdir never ends where a file system refuses with ENOENT (/proc), so each level is tried once. */
const makeFolder = async (folder: string, mayAscend = true): Promise<void> => {
  try {
    await mkdir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || !mayAscend || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await makeFolder(folder, false)
  }
}
