// The way of a port's sound out of the media worker: a ring of frames in shared memory, which the worker writes and never waits
// for. A reader that falls behind loses the oldest, and is told how much.
import { FRAME } from './clock.ts'

/** Five seconds; what lies in sockets and kernels comes on top. */
const RING_FRAMES = 256
/** What a reader that was overtaken goes on with: the newest second, since nobody wants to hear the past. */
const KEPT_FRAMES = 50
/** Left and right of each sample. */
const FRAME_VALUES = FRAME * 2
const WRITTEN = 0
const CLOSED = 1
const HEADER_BYTES = 8

export const createTapRing = (): SharedArrayBuffer =>
  new SharedArrayBuffer(HEADER_BYTES + RING_FRAMES * FRAME_VALUES * Int16Array.BYTES_PER_ELEMENT)

const partsOf = (ring: SharedArrayBuffer) => ({
  header: new Int32Array(ring, 0, 2),
  frames: new Int16Array(ring, HEADER_BYTES),
})

export interface TapRingWriter {
  /** One frame of each side. */
  write(left: Int16Array, right: Int16Array): void
  /** Nothing comes any more. */
  close(): void
}

export const writeTapRing = (ring: SharedArrayBuffer): TapRingWriter => {
  const { header, frames } = partsOf(ring)
  let written = 0
  return {
    write(left, right) {
      const base = (written % RING_FRAMES) * FRAME_VALUES
      for (let i = 0; i < FRAME; i++) {
        frames[base + 2 * i] = left[i] ?? 0
        frames[base + 2 * i + 1] = right[i] ?? 0
      }
      // Stored after the frame: who sees the count sees the sound.
      Atomics.store(header, WRITTEN, ++written)
    },
    close: () => void Atomics.store(header, CLOSED, 1),
  }
}

export interface TapPiece {
  /** Frames that were overwritten before they were read, just before this sound. */
  readonly lostFrames: number
  /** Interleaved, left first. */
  readonly sound: Int16Array
}

export interface TapRingReader {
  /** `frames` of sound, or the last of it when it has ended; undefined while there are fewer. */
  read(frames: number): TapPiece | undefined
  /** Passes over what waits; that is not counted as lost. */
  skip(): void
  /** Everything was read, and nothing comes any more. */
  isDone(): boolean
}

export const readTapRing = (ring: SharedArrayBuffer): TapRingReader => {
  const { header, frames } = partsOf(ring)
  let next = 0
  let lost = 0
  const written = () => Atomics.load(header, WRITTEN)

  /** The slot that is written next is not to be trusted either. */
  const catchUp = () => {
    const oldest = written() - RING_FRAMES + 1
    if (next >= oldest) return
    const from = written() - KEPT_FRAMES
    lost += from - next
    next = from
  }

  const isClosed = () => Atomics.load(header, CLOSED) === 1

  const copy = (count: number): Int16Array => {
    const sound = new Int16Array(count * FRAME_VALUES)
    for (let i = 0; i < count; i++) {
      const base = ((next + i) % RING_FRAMES) * FRAME_VALUES
      sound.set(frames.subarray(base, base + FRAME_VALUES), i * FRAME_VALUES)
    }
    return sound
  }

  return {
    read(wanted) {
      const isLast = isClosed()
      catchUp()
      const count = isLast ? Math.min(wanted, written() - next) : wanted
      if (count === 0 || written() - next < count) return undefined
      const sound = copy(count)
      // Overtaken while copying: half of it may be of another time.
      if (next < written() - RING_FRAMES + 1) return undefined
      const piece = { lostFrames: lost, sound }
      next += count
      lost = 0
      return piece
    },
    skip() {
      next = written()
      lost = 0
    },
    isDone: () => isClosed() && next >= written(),
  }
}
