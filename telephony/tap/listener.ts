// One who listens to a leg: counts time from its own beginning, hears silence while masked, and is told the end once.
import type { TapEnd, TapOptions } from '../call/tap.ts'

const SAMPLES_PER_MS = 8

export interface TapLog {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface Listener {
  isMasked: boolean
  hear(said: Int16Array, heard: Int16Array): void
  end(end: TapEnd, detail?: string): void
}

export function createListener({ onSound, onEnd }: TapOptions, log: TapLog): Listener {
  let samples = 0
  let hasEnded = false

  /** A listener that throws is our fault; neither the others nor the call notice. */
  const guarded = (tell: () => void) => {
    try {
      tell()
    } catch (err) {
      log.error({ err }, 'tap listener failed')
    }
  }

  return {
    isMasked: false,
    hear(said, heard) {
      if (hasEnded) return
      const atMs = samples / SAMPLES_PER_MS
      samples += said.length
      const sound = this.isMasked
        ? { said: new Int16Array(said.length), heard: new Int16Array(said.length), atMs }
        : { said, heard, atMs }
      guarded(() => onSound(sound))
    },
    end(end, detail) {
      if (hasEnded) return
      hasEnded = true
      guarded(() => onEnd(end, detail))
    },
  }
}
