// Sound from files, read ahead of the clock so that a slow disk is not heard.
import { open, type FileHandle } from 'node:fs/promises'
import { FRAME } from './clock.ts'
import { parseStream, renderStream } from './tone.ts'
import { parseWavHeader, WavDecoder } from './wav-reader.ts'

/** Read ahead: 2 s. */
const ENOUGH_SAMPLES = 16_000
const HEAD_BYTES = 65_536
const PIECE_BYTES = 16_384

export type Pull =
  | { readonly state: 'sound' }
  | { readonly state: 'waiting' }
  | { readonly state: 'finished' }
  | { readonly state: 'failed'; readonly reason: string }

const SOUND: Pull = { state: 'sound' }
const WAITING: Pull = { state: 'waiting' }
const FINISHED: Pull = { state: 'finished' }

export class Player {
  readonly #pieces: Int16Array[] = []
  #offset = 0
  #ready = 0
  #end: Pull | undefined
  #isStopped = false
  #wake: (() => void) | undefined

  constructor(files: readonly string[], loop: boolean) {
    this.#load(files, loop).then(
      () => (this.#end = FINISHED),
      (error: unknown) =>
        (this.#end = {
          state: 'failed',
          reason: error instanceof Error ? error.message : String(error),
        }),
    )
  }

  /** Takes the next 20 ms; the last frame is filled up with silence. */
  pull(into: Int16Array): Pull {
    if (this.#ready < FRAME && this.#end === undefined) return WAITING
    if (this.#ready === 0) return this.#end ?? WAITING
    let filled = 0
    while (filled < FRAME) {
      const piece = this.#pieces[0]
      if (piece === undefined) break
      const count = Math.min(FRAME - filled, piece.length - this.#offset)
      into.set(piece.subarray(this.#offset, this.#offset + count), filled)
      filled += count
      this.#offset += count
      if (this.#offset === piece.length) {
        this.#pieces.shift()
        this.#offset = 0
      }
    }
    into.fill(0, filled)
    this.#ready -= filled
    if (this.#ready < ENOUGH_SAMPLES) this.#wake?.()
    return SOUND
  }

  stop(): void {
    this.#isStopped = true
    this.#wake?.()
  }

  async #load(files: readonly string[], loop: boolean): Promise<void> {
    do {
      let samples = 0
      for (const file of files) {
        if (this.#isStopped) return
        const stream = parseStream(file)
        for await (const piece of stream ? renderStream(stream) : readWav(file)) {
          samples += piece.length
          if (!(await this.#push(piece))) return
        }
      }
      if (samples === 0 && loop) throw new Error('there is no sound to repeat')
    } while (loop)
  }

  /** False when nobody listens any more. */
  async #push(piece: Int16Array): Promise<boolean> {
    if (piece.length > 0) {
      this.#pieces.push(piece)
      this.#ready += piece.length
    }
    while (this.#ready >= ENOUGH_SAMPLES && !this.#isStopped)
      await new Promise<void>(resolve => (this.#wake = resolve))
    this.#wake = undefined
    return !this.#isStopped
  }
}

/** The sound of one file in pieces. What is added to the file while it is played is played too. */
async function* readWav(path: string): AsyncGenerator<Int16Array> {
  const file = await open(path, 'r')
  try {
    let format = await readFormat(file)
    const decoder = new WavDecoder(format)
    const piece = Buffer.alloc(PIECE_BYTES)
    for (let done = 0; ;) {
      const wanted = Math.min(piece.length, format.dataBytes - done)
      const { bytesRead } =
        wanted > 0 ? await file.read(piece, 0, wanted, format.dataStart + done) : { bytesRead: 0 }
      if (bytesRead > 0) yield decoder.decode(piece.subarray(0, bytesRead))
      done += bytesRead
      if (bytesRead > 0) continue
      const before = format.dataBytes
      format = await readFormat(file)
      if (done >= format.dataBytes || format.dataBytes <= before) return
    }
  } finally {
    await file.close()
  }
}

const readFormat = async (file: FileHandle) => {
  const head = Buffer.alloc(HEAD_BYTES)
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
  const format = parseWavHeader(head.subarray(0, bytesRead))
  if (typeof format === 'string') throw new Error(format)
  return format
}
