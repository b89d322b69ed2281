/** Real timers for due instants kept in state: setting one again moves it, clearing is setting nothing. */
export interface Timers {
  set(key: string, dueAt: number | undefined, fire: () => void): void
  clearAll(): void
}

export function createTimers(now: () => number): Timers {
  const armed = new Map<string, { dueAt: number; handle: NodeJS.Timeout }>()
  return {
    set(key, dueAt, fire) {
      const before = armed.get(key)
      if (before?.dueAt === dueAt) return
      if (before) clearTimeout(before.handle)
      armed.delete(key)
      if (dueAt === undefined) return
      const handle = setTimeout(
        () => {
          armed.delete(key)
          fire()
        },
        Math.max(0, dueAt - now()),
      )
      armed.set(key, { dueAt, handle })
    },
    clearAll() {
      for (const { handle } of armed.values()) clearTimeout(handle)
      armed.clear()
    },
  }
}
