// Work that is done once a day at a set time, by one of the servers.
import type { Log } from '../log.ts'

const LOOK_EVERY_MS = 20_000
/** A server that was away at the time does it up to this much later. */
const LATE_MINUTES = 60
const CLAIMED_MS = 48 * 3_600_000

const minutesOf = (clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return hours * 60 + minutes
}

/** Pure; both as `HH:MM`. */
export function isDue(now: string, at: string): boolean {
  const late = (minutesOf(now) - minutesOf(at) + 1440) % 1440
  return late < LATE_MINUTES
}

/** The day, as the servers agree on it, of the time that is due: past midnight it is still yesterday's. Pure. */
export const dayOfTurn = (localNow: string, at: string): string =>
  minutesOf(localNow.slice(11, 16)) >= minutesOf(at)
    ? localNow.slice(0, 10)
    : `before ${localNow.slice(0, 10)}`

export function nightly(deps: {
  readonly name: string
  /** `HH:MM` where the site is. */
  readonly at: string
  /** `YYYY-MM-DD HH:MM:SS` where the site is. */
  readonly localNow: () => string
  /** True for one server. */
  readonly claim: (key: string, ttlMs: number) => Promise<boolean>
  readonly work: () => Promise<unknown>
  readonly log: Log
}): { look(): Promise<void>; close(): void } {
  const { name, at, log } = deps
  let done = ''
  const look = async () => {
    const now = deps.localNow()
    const day = dayOfTurn(now, at)
    if (!isDue(now.slice(11, 16), at) || done === day) return
    done = day
    if (!(await deps.claim(`nightly/${name}/${day}`, CLAIMED_MS))) return
    await deps.work()
  }
  const timer = setInterval(() => {
    look().catch((err: unknown) => log.error({ err, work: name }, 'nightly work failed'))
  }, LOOK_EVERY_MS)
  timer.unref()
  return { look, close: () => clearInterval(timer) }
}
