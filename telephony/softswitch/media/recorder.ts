// One recording of one port: takes both tapes at a fixed distance behind the clock and writes them side by side.
import { FRAME, FRAME_MS } from './clock.ts'
import type { Tape } from './tape.ts'
import { WavWriter } from './wav-writer.ts'

/** Packets have this long to arrive and still find their place. */
const BEHIND = 2400 // 300 ms
/** A piece for the disk: half a second. */
const PIECE_FRAMES = 25
const FRAME_BYTES = FRAME * 4

export interface RecorderSources {
  readonly said: Tape
  readonly heard: Tape
}

export class Recorder {
  isMasked = false
  /** Why it could not be written. */
  fault: string | undefined

  readonly #sources: RecorderSources
  readonly #writer: WavWriter
  readonly #samples = new Int16Array(FRAME)
  #piece = Buffer.alloc(PIECE_FRAMES * FRAME_BYTES)
  #pieceBytes = 0
  #place: number
  #frames = 0

  /** `now` in samples of the media clock. */
  constructor(path: string, sources: RecorderSources, now: number, onFault: () => void) {
    this.#sources = sources
    this.#place = now
    this.#writer = new WavWriter(path, fault => {
      this.fault = fault
      onFault()
    })
  }

  get durationMs(): number {
    return this.#frames * FRAME_MS
  }

  /** Takes every frame that is old enough. */
  advance(now: number): void {
    while (this.#place + FRAME <= now - BEHIND) this.#take()
  }

  /** Takes the rest and closes the file. */
  async stop(now: number): Promise<void> {
    while (this.#place + FRAME <= now) this.#take()
    this.#flush()
    await this.#writer.close()
  }

  #take(): void {
    this.#interleave(this.#sources.said, 0)
    this.#interleave(this.#sources.heard, 2)
    this.#place += FRAME
    this.#frames++
    this.#pieceBytes += FRAME_BYTES
    if (this.#pieceBytes === this.#piece.length) this.#flush()
  }

  #interleave(tape: Tape, channelByte: number): void {
    if (this.isMasked) this.#samples.fill(0)
    else tape.read(this.#place, this.#samples, FRAME)
    const base = this.#pieceBytes + channelByte
    for (let i = 0; i < FRAME; i++) this.#piece.writeInt16LE(this.#samples[i] ?? 0, base + i * 4)
  }

  #flush(): void {
    if (this.#pieceBytes === 0) return
    this.#writer.write(this.#piece.subarray(0, this.#pieceBytes))
    this.#piece = Buffer.alloc(PIECE_FRAMES * FRAME_BYTES)
    this.#pieceBytes = 0
  }
}
