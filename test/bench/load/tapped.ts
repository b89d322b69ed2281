// Reads what the load has written into its sound out of a tap: which packet it is, and when it was sent.
import { fromG711 } from '../../fixtures/sound.ts'
import { createHistogram } from './histogram.ts'
import { MAGIC, MARK_BYTES, readMark } from './streams.ts'

const CODES = Buffer.from({ length: 256 } as ArrayLike<number>).map((_, code) => code)
/** A-law has a value of its own for each code. */
const CODE_OF = new Map([...fromG711('PCMA', CODES)].map((sample, code) => [sample, code]))
const MAGIC_BYTES = Buffer.alloc(4)
MAGIC_BYTES.writeUInt32BE(MAGIC)

/** One side of one tap. */
export interface Ear {
  hear(samples: Int16Array): void
}

export interface Heard {
  readonly packets: number
  /** Numbers that were left out between two that were heard. */
  readonly missing: number
  readonly delayP50Ms: number
  readonly delayP95Ms: number
  readonly delayP99Ms: number
}

/** `offsetMs`: what the clock of the load is ahead of ours. */
export function createEars(offsetMs: number) {
  const delay = createHistogram()
  let missing = 0

  const open = (): Ear => {
    let rest = Buffer.alloc(0)
    let last = 0

    return {
      hear(samples) {
        const atMs = performance.now()
        const codes = Buffer.from(Uint8Array.from(samples, sample => CODE_OF.get(sample) ?? 0))
        const all = Buffer.concat([rest, codes])
        let from = 0
        for (;;) {
          const at = all.indexOf(MAGIC_BYTES, from)
          if (at < 0 || at + MARK_BYTES > all.length) break
          from = at + MARK_BYTES
          const { number, sentAtMs, isCounted } = readMark(all, at)
          if (isCounted && number > last) {
            delay.add(atMs - (sentAtMs + offsetMs))
            if (last > 0) missing += number - last - 1
          }
          last = isCounted ? number : 0
        }
        rest = all.subarray(Math.max(from, all.length - MARK_BYTES))
      },
    }
  }

  return {
    open,
    result: (): Heard => ({
      packets: delay.count,
      missing,
      delayP50Ms: delay.at(0.5),
      delayP95Ms: delay.at(0.95),
      delayP99Ms: delay.at(0.99),
    }),
  }
}
