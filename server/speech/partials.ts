// What is being said, at most every 300 ms a side: people read no faster, and a floor of talks would push without end.
import type { CallId } from '../../telephony/call/id.ts'
import type { Side } from '../ledger/fact.ts'

export const PARTIAL_EVERY_MS = 300

export interface Partials {
  /** Empty: nothing is being said any more; that is published at once. */
  say(callId: CallId, side: Side, text: string): void
  forget(callId: CallId): void
  clear(): void
}
interface Pending {
  readonly publishedAt: number
  readonly next?: NodeJS.Timeout
}

export function createPartials({
  now,
  publish,
}: {
  now: () => number
  publish: (callId: CallId, side: Side, text: string, at: number) => void
}): Partials {
  const sides = new Map<string, Pending>()

  const drop = (key: string) => {
    clearTimeout(sides.get(key)?.next)
    sides.delete(key)
  }
  const say = (callId: CallId, side: Side, text: string) => {
    const key = `${callId}/${side}`
    const at = now()
    const { publishedAt = -Infinity, next } = sides.get(key) ?? {}
    clearTimeout(next)
    const waitMs = publishedAt + PARTIAL_EVERY_MS - at
    if (text === '') {
      sides.delete(key)
      return publish(callId, side, text, at)
    }
    if (waitMs <= 0 || waitMs > PARTIAL_EVERY_MS) {
      sides.set(key, { publishedAt: at })
      return publish(callId, side, text, at)
    }
    const timer = setTimeout(() => say(callId, side, text), waitMs).unref()
    sides.set(key, { publishedAt, next: timer })
  }
  return {
    say,
    forget(callId) {
      for (const side of ['caller', 'agent']) drop(`${callId}/${side}`)
    },
    clear() {
      for (const key of [...sides.keys()]) drop(key)
    },
  }
}
