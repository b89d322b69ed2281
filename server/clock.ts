// The time of day, without its jumps: it follows the machine's clock, and says when that was set, so that what waits can move along.

export interface Clock {
  /** Epoch ms. Between two jumps it only goes forward, whatever the machine's clock does. */
  now(): number
  /** Told when the machine's clock was set, or the machine has slept; `now` is on the new time already. */
  onJump(listener: (byMs: number) => void): () => void
  close(): void
}

/** A jump is noticed this late at most; until then the old time goes on. */
const LOOK_EVERY_MS = 250
/** Less is drift, and followed in small steps. */
const JUMP_MS = 1000
const STEP_MS = 20

export function createClock(
  wall: () => number = Date.now,
  steadyMs: () => number = () => performance.now(),
): Clock {
  const listeners = new Set<(byMs: number) => void>()
  let offset = wall() - steadyMs()

  const look = () => {
    const differenceMs = Math.round(wall() - steadyMs() - offset)
    if (Math.abs(differenceMs) < JUMP_MS) {
      offset += Math.max(-STEP_MS, Math.min(STEP_MS, differenceMs))
      return
    }
    offset += differenceMs
    for (const listener of [...listeners]) listener(differenceMs)
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()

  return {
    now: () => Math.round(offset + steadyMs()),
    onJump(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => clearInterval(timer),
  }
}
