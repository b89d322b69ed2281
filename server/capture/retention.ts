// What is old goes, some rows at a time; what no call has claimed goes after an hour: scanners and wrong numbers.
import type { Repositories } from '../store/index.ts'

const EVERY_MS = 300_000
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** One statement's share, so that it holds up nobody. */
const ROWS = 2000
const MOST_ROUNDS = 50

export interface Retention {
  /** One sweep now. */
  sweep(): Promise<void>
  close(): void
}

export function createRetention({
  repositories: { signalling, quality },
  days,
  now,
  onFailure,
}: {
  readonly repositories: Pick<Repositories, 'signalling' | 'quality'>
  readonly days: () => number
  readonly now: () => number
  readonly onFailure: (error: unknown) => void
}): Retention {
  let running: Promise<void> | undefined
  const drain = async (forget: () => Promise<number>) => {
    for (let round = 0; round < MOST_ROUNDS && (await forget()) >= ROWS; round++);
  }
  const run = async () => {
    const at = now()
    const before = at - days() * DAY_MS
    await drain(() => signalling.forget(before, ROWS))
    await drain(() => quality.forget(before, ROWS))
    // A day back: a server that was down over night has swept nothing.
    await drain(() => signalling.forgetStrangers(at - DAY_MS, at - HOUR_MS, ROWS))
  }
  const sweep = () => {
    running ??= run()
      .catch(onFailure)
      .finally(() => (running = undefined))
    return running
  }
  const timer = setInterval(() => void sweep(), EVERY_MS)
  return { sweep, close: () => clearInterval(timer) }
}
