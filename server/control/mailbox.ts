/** Runs jobs of one key one at a time, in order; different keys run side by side. The only concurrency device. */
export interface Mailbox<K> {
  post(key: K, job: () => Promise<void>): void
  /** Resolves when everything posted so far is done. */
  idle(): Promise<void>
}

export function createMailbox<K>(onFault: (key: K, error: unknown) => void): Mailbox<K> {
  const tails = new Map<K, Promise<void>>()
  return {
    post(key, job) {
      const before = tails.get(key)
      const tail = (before ? before.then(job) : job()).catch((error: unknown) =>
        onFault(key, error),
      )
      tails.set(key, tail)
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
    },
    async idle() {
      await Promise.all(tails.values())
    },
  }
}
