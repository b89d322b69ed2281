// Short-lived facts that every server of a site shares: sessions, wrong passwords, answers given before.

export interface KeyValue {
  get(keys: readonly string[]): Promise<(string | null)[]>
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Sets only where nothing is; false when there was something. */
  claim(key: string, value: string, ttlMs: number): Promise<boolean>
  remove(key: string): Promise<void>
  /** Adds one; the time to live starts with the first. */
  increment(key: string, ttlMs: number): Promise<number>
}

export function createMemoryKeyValue(clock: () => number): KeyValue {
  const entries = new Map<string, { value: string; until: number }>()
  const live = (key: string) => {
    const entry = entries.get(key)
    if (entry && entry.until <= clock()) entries.delete(key)
    return entry && entry.until > clock() ? entry : undefined
  }
  return {
    get: async keys => keys.map(key => live(key)?.value ?? null),
    async set(key, value, ttlMs) {
      entries.set(key, { value, until: clock() + ttlMs })
    },
    async claim(key, value, ttlMs) {
      if (live(key)) return false
      entries.set(key, { value, until: clock() + ttlMs })
      return true
    },
    async remove(key) {
      entries.delete(key)
    },
    async increment(key, ttlMs) {
      const entry = live(key)
      const value = Number(entry?.value ?? 0) + 1
      entries.set(key, { value: String(value), until: entry?.until ?? clock() + ttlMs })
      return value
    },
  }
}
