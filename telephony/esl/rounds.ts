// The same work again and again, with a pause between; one round at a time.

export interface Rounds {
  /** The next round is a pause away. */
  start(): void
  stop(): void
}

interface Deps {
  readonly everyMs: number
  readonly work: () => Promise<void>
  /** Asked after each round. */
  readonly mayGoOn: () => boolean
  readonly onFailure: (error: unknown) => void
}

export function createRounds({ everyMs, work, mayGoOn, onFailure }: Deps): Rounds {
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      work()
        .catch(onFailure)
        .finally(() => {
          if (mayGoOn()) start()
        })
    }, everyMs)
  }

  return { start, stop: () => clearTimeout(timer) }
}
