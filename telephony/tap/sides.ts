// Interleaved sound of any length, as it comes, in pieces of both sides that are neither tiny nor long.

/** 20 ms at 8 kHz. */
const SHORTEST = 160
/** 200 ms. */
const LONGEST = 1600
const BYTES_OF_BOTH = 4

export type Hear = (said: Int16Array, heard: Int16Array) => void

export interface Sides {
  /** L16, little-endian, what the party says first. A piece that breaks off within a sample is gone on with by the next. */
  push(bytes: Buffer): void
  /** So many samples in which nobody is heard. */
  silence(samples: number): void
}

export function createSides(hear: Hear): Sides {
  let rest: Buffer = Buffer.alloc(0)

  const cut = (samples: number, read: (from: number, count: number) => void): number => {
    let from = 0
    while (samples - from >= SHORTEST) {
      const count = Math.min(LONGEST, samples - from)
      // No crumb is left behind where the piece can be a little shorter.
      const isCrumb = samples - from - count > 0 && samples - from - count < SHORTEST
      const taken = isCrumb ? count - SHORTEST : count
      read(from, taken)
      from += taken
    }
    return from
  }

  const push = (bytes: Buffer) => {
    const all = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes
    const used = cut(Math.floor(all.length / BYTES_OF_BOTH), (from, count) => {
      const said = new Int16Array(count)
      const heard = new Int16Array(count)
      for (let i = 0; i < count; i++) {
        said[i] = all.readInt16LE((from + i) * BYTES_OF_BOTH)
        heard[i] = all.readInt16LE((from + i) * BYTES_OF_BOTH + 2)
      }
      hear(said, heard)
    })
    rest = all.subarray(used * BYTES_OF_BOTH)
  }

  return {
    push,
    silence(samples) {
      for (let left = samples; left > 0; left -= LONGEST)
        push(Buffer.alloc(Math.min(left, LONGEST) * BYTES_OF_BOTH))
    },
  }
}
