// Changes not yet surely kept, in order. Pure bookkeeping; the store does the sending.

export interface Change {
  /** Rises by one with each commit of an epoch. */
  readonly serial: number
  readonly arguments: readonly string[]
  readonly settle: (error?: Error) => void
  sentAt: number | null
  writtenAt: number | null
}

// Redis writes to disk every second: what it confirmed this lately may be gone when its machine comes back.
const REPLAY_MS = 2500

export interface ChangeLog {
  add(change: Change): void
  written(change: Change, at: number): void
  /** Changes to send again, given the last serial Redis knows. Those it knows are done. */
  after(serial: number, at: number): readonly Change[]
  /** The lowest serial that can still be sent again. */
  firstSerial(): number | undefined
  unwritten(): readonly Change[]
  unwrittenCount(): number
  /** Time the oldest unanswered change was sent. */
  oldestSentAt(): number | null
}

export function createChangeLog(): ChangeLog {
  let changes: Change[] = []
  let waiting = 0
  const written = (change: Change, at: number) => {
    if (change.writtenAt !== null) return
    change.writtenAt = at
    waiting -= 1
    let forgotten = 0
    for (const { writtenAt } of changes) {
      if (writtenAt === null || writtenAt > at - REPLAY_MS) break
      forgotten += 1
    }
    // Cut in blocks: moving the array at each commit would cost more than the commit.
    if (forgotten > 256 || forgotten === changes.length) changes = changes.slice(forgotten)
    change.settle()
  }
  const unwritten = () => changes.filter(change => change.writtenAt === null)
  return {
    add: change => {
      changes.push(change)
      waiting += 1
    },
    written,
    after: (serial, at) => {
      for (const change of unwritten()) if (change.serial <= serial) written(change, at)
      const again = changes.filter(change => change.serial > serial)
      for (const change of again) {
        change.sentAt = null
        if (change.writtenAt !== null) waiting += 1
        change.writtenAt = null
      }
      return again
    },
    firstSerial: () => changes[0]?.serial,
    unwritten,
    unwrittenCount: () => waiting,
    oldestSentAt: () =>
      waiting === 0 ? null : (changes.find(change => change.writtenAt === null)?.sentAt ?? null),
  }
}
