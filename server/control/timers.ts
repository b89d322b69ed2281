/** Real timers for due instants kept in state: setting one again moves it, clearing is setting nothing. */
export interface Timers {
  set(key: string, dueAt: number | undefined, fire: () => void): void
  clearAll(): void
}

/** Node counts longer waits as none. */
const LONGEST_MS = 2 ** 31 - 1

export function createTimers(now: () => number): Timers {
  const armed = new Map<string, { dueAt: number; handle: NodeJS.Timeout }>()
  return {
    set(key, dueAt, fire) {
      const before = armed.get(key)
      if (before?.dueAt === dueAt) return
      if (before) clearTimeout(before.handle)
      armed.delete(key)
      if (dueAt === undefined) return
      const arm = () => {
        const waitMs = Math.min(LONGEST_MS, Math.max(0, dueAt - now()))
        armed.set(key, { dueAt, handle: setTimeout(ring, waitMs) })
      }
      const ring = () => {
        // Node's clock of timers is not the wall clock: one may ring a millisecond early, and what is not due would be lost.
        if (now() < dueAt) return arm()
        armed.delete(key)
        fire()
      }
      arm()
    },
    clearAll() {
      for (const { handle } of armed.values()) clearTimeout(handle)
      armed.clear()
    },
  }
}

/** Every timer a call can have. */
export const TIMER_NAMES = [
  'flow',
  'announce',
  'ring',
  'guard',
  'message',
  'parting',
  'lost',
  'forget',
] as const
