// Rows on their way to the database, written some at a time. What cannot be written waits, and beyond a limit is lost: never in a call's path.

export interface Batch<T> {
  add(row: T): void
  /** Rows that were lost because too many waited. */
  lost(): number
  waiting(): number
  /** Writes what waits now. */
  flush(): Promise<void>
  /** Writes what it can and stops. */
  close(): Promise<void>
}

const RETRY_MAX_MS = 10_000

export function createBatch<T>(options: {
  readonly write: (rows: readonly T[]) => Promise<void>
  readonly everyMs: number
  /** Rows of one write. */
  readonly most: number
  /** Rows that may wait. */
  readonly room: number
  readonly onFailure: (error: unknown) => void
}): Batch<T> {
  const { write, everyMs, most, room, onFailure } = options
  let rows: T[] = []
  let lost = 0
  let failures = 0
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const writeOnce = async () => {
    while (rows.length > 0) {
      const part = rows.slice(0, most)
      try {
        await write(part)
        failures = 0
      } catch (error) {
        if (failures++ === 0) onFailure(error)
        // Rows that the database refuses every time must not stop those behind them for ever.
        if (failures > 5) {
          lost += part.length
          rows = rows.slice(part.length)
          failures = 0
        }
        return
      }
      rows = rows.slice(part.length)
    }
  }
  const flush = () => (writing = writing.then(writeOnce))
  const later = () => {
    if (closed || timer) return
    timer = setTimeout(
      () => {
        timer = undefined
        void flush().then(() => rows.length > 0 && later())
      },
      Math.min(everyMs * 2 ** failures, RETRY_MAX_MS),
    )
  }

  return {
    add(row) {
      if (closed) return
      if (rows.length >= room) {
        lost++
        return
      }
      rows.push(row)
      later()
    },
    lost: () => lost,
    waiting: () => rows.length,
    flush,
    async close() {
      closed = true
      clearTimeout(timer)
      await flush()
    },
  }
}
