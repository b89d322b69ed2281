// So many voices speak at once (W-CAP-1: 5). The others wait in order, those for whom nobody waits behind all others.
import { SynthesisFailed } from '../errors.ts'

export interface ChannelOptions {
  /** Default 5. */
  readonly limit?: number
  /** How long a caller's prompt waits for a channel; default 5 s. */
  readonly waitMs?: number
  /** The same for prompts that are made ahead; default 60 s. */
  readonly aheadWaitMs?: number
  /** How many wait at most; default 100. */
  readonly maxWaiting?: number
}

export interface Channels {
  readonly limit: number
  /** From now on; whoever speaks already goes on. */
  setLimit(limit: number): void
  readonly used: number
  readonly waiting: number
  /** @throws {SynthesisFailed} `no-channel` when none came free in time, or too many wait. */
  through<T>(isAhead: boolean, task: () => Promise<T>): Promise<T>
}

export function createChannels(options: ChannelOptions = {}): Channels {
  const { waitMs = 5000, aheadWaitMs = 60_000, maxWaiting = 100 } = options
  let { limit = 5 } = options
  const callers: (() => void)[] = []
  const ahead: (() => void)[] = []
  let used = 0

  /** Lets in those for whom there is room. */
  function admit() {
    while (used < limit) {
      const next = callers.shift() ?? ahead.shift()
      if (!next) return
      used += 1
      next()
    }
  }

  function enter(isAhead: boolean): Promise<void> {
    if (used < limit) {
      used += 1
      return Promise.resolve()
    }
    if (callers.length + ahead.length >= maxWaiting)
      return Promise.reject(new SynthesisFailed('no-channel', `${maxWaiting} prompts wait already`))
    const queue = isAhead ? ahead : callers
    const waits = isAhead ? aheadWaitMs : waitMs
    return new Promise((resolve, reject) => {
      const go = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(go), 1)
        reject(new SynthesisFailed('no-channel', `no channel within ${waits} ms`))
      }, waits)
      queue.push(go)
    })
  }

  return {
    get limit() {
      return limit
    },
    setLimit(next) {
      limit = next
      admit()
    },
    get used() {
      return used
    },
    get waiting() {
      return callers.length + ahead.length
    },
    async through(isAhead, task) {
      await enter(isAhead)
      try {
        return await task()
      } finally {
        used -= 1
        admit()
      }
    },
  }
}
