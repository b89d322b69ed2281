// Sound of a source that may leave things out, laid on the axis of time: what is missing becomes silence, what comes twice is dropped.
import { arrived, look, type Pace, paceFrom } from './pace.ts'
import { createSides, type Hear } from './sides.ts'

export interface Metre {
  /** L16 of both sides. */
  push(bytes: Buffer): void
  stop(): void
}

const LOOK_MS = 100
const BYTES_PER_MS = 32
const SAMPLES_PER_MS = 8
const BYTES_OF_BOTH = 4

/** `onLate`: sound flows behind its time, because the switch holds some of it. */
export function createMetre(hear: Hear, onLate: () => void): Metre {
  const sides = createSides(hear)
  let pace: Pace | undefined

  const lookNow = () => {
    if (pace === undefined || timer === undefined) return
    const next = look(pace, performance.now())
    pace = next.pace
    if (next.isLate) onLate()
    if (next.silenceMs > 0) sides.silence(next.silenceMs * SAMPLES_PER_MS)
  }
  // After what waits in sockets has been read: a pause of our own is no silence of theirs.
  let timer: NodeJS.Timeout | undefined = setInterval(() => setImmediate(lookNow), LOOK_MS)

  return {
    push(bytes) {
      const nowMs = performance.now()
      const forMs = bytes.length / BYTES_PER_MS
      const next = arrived(pace ?? paceFrom(nowMs, forMs), forMs, nowMs)
      pace = next.pace
      sides.push(bytes.subarray(Math.round(next.skipMs * SAMPLES_PER_MS) * BYTES_OF_BOTH))
    },
    stop() {
      clearInterval(timer)
      timer = undefined
    },
  }
}
