// Copies facts from Redis to the database and has the records recomputed. The database away: facts pile up and calls go on.
import type { Logger } from 'pino'
import { summarise } from '../records/index.ts'
import {
  compareIds,
  type Facts,
  type FactStream,
  isRefusedData,
  type StreamEntry,
} from '../store/index.ts'
import type { Fact } from './fact.ts'

const BATCH = 500
const READ_WAIT_MS = 250 // also how long closing waits for an idle read
const RETRY_MS = 200
const RETRY_MAX_MS = 2000
const CLOSE_TIMEOUT_MS = 5000
const FLUSH_LIMIT_MS = 10_000
/** How soon a server that begins to steer begins to drain. */
const IDLE_MS = 200

export interface Drainer {
  /** Resolves when every fact written before this call is in the database. @throws after `limitMs`. */
  flush(limitMs: number): Promise<void>
  /** Facts in Redis that the database does not have; the last known number while Redis is away. */
  lag(): Promise<number>
  /** Whether the last attempt to write succeeded. */
  isUp(): boolean
  /** Every fact since an instant in order of time, those on their way included. @throws when they can't be drained in time. */
  factsSince(at: number): AsyncIterable<Fact>
  /** Hears of the calls whose record may have changed, after it has. */
  onRecorded(listener: (subjects: readonly string[]) => void): void
  /** Stops after the batch at hand. What is left stays in Redis. */
  close(): Promise<void>
}

/** Starts at once. */
export function createDrainer({
  stream,
  facts,
  isOurs = () => true,
  log,
}: {
  readonly stream: FactStream
  readonly facts: Facts
  /** False: another server drains. Should both do it for a moment, each fact is still recorded once. */
  readonly isOurs?: () => boolean
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}): Drainer {
  const drained = new Set<(throughId: string) => void>()
  const listeners: ((subjects: readonly string[]) => void)[] = []
  const closing = new AbortController()
  let drainedThrough = '0-0'
  let lastLag = 0
  let failures = 0

  const drainOnce = async () => {
    const entries = await stream.read(BATCH, READ_WAIT_MS)
    const last = entries.at(-1)
    if (!last) return
    await write(entries)
    // A crash between the two reads them again, which changes nothing.
    await stream.trim(last.id)
    drainedThrough = last.id
    for (const hear of [...drained]) hear(last.id)
    const subjects = [...new Set(entries.flatMap(({ fact }) => fact?.subject ?? []))]
    for (const listener of listeners) listener(subjects)
  }

  const write = async (entries: readonly StreamEntry[]) => {
    const whole = entries.flatMap(({ fact }) => fact ?? [])
    try {
      await facts.record(whole, summarise)
    } catch (err) {
      if (!isRefusedData(err)) throw err
      await writeSingly(entries)
    }
    for (const entry of entries) if (!entry.fact) await setAside(entry, 'not a fact')
  }

  /** One fact the database refuses must not hold up the others. */
  const writeSingly = async (entries: readonly StreamEntry[]) => {
    for (const entry of entries) {
      if (!entry.fact) continue
      try {
        await facts.record([entry.fact], summarise)
      } catch (err) {
        if (!isRefusedData(err)) throw err
        await setAside(entry, String(err))
      }
    }
  }

  const setAside = async (entry: StreamEntry, reason: string) => {
    log.error({ entry: entry.id, reason }, 'a fact was refused and set aside')
    await stream.setAside(entry, reason)
  }

  const run = async () => {
    while (!closing.signal.aborted) {
      if (!isOurs()) {
        await pause(IDLE_MS, closing.signal)
        continue
      }
      try {
        await drainOnce()
        if (failures > 0) log.info({ failures }, 'facts are drained again')
        failures = 0
      } catch (err) {
        if (closing.signal.aborted) return
        if (failures === 0) log.warn({ err }, 'facts cannot be drained and wait in redis')
        failures += 1
        await pause(Math.min(RETRY_MS * failures, RETRY_MAX_MS), closing.signal)
      }
    }
  }
  const running = run()

  const flush = async (limitMs: number) => {
    const wanted = await stream.lastId()
    if (compareIds(drainedThrough, wanted) >= 0 || (await stream.length()) === 0) return
    await new Promise<void>((resolve, reject) => {
      const settle = (err?: Error) => {
        clearTimeout(timer)
        clearInterval(look)
        drained.delete(hear)
        if (err) reject(err)
        else resolve()
      }
      const hear = (throughId: string) => compareIds(throughId, wanted) >= 0 && settle()
      const timer = setTimeout(
        () => settle(new Error(`the facts were not drained within ${limitMs} ms`)),
        limitMs,
      )
      // Another server may have drained them.
      const look = setInterval(() => {
        stream.length().then(
          length => length === 0 && settle(),
          (err: unknown) => log.warn({ err }, 'the facts on their way cannot be counted'),
        )
      }, IDLE_MS)
      drained.add(hear)
      hear(drainedThrough)
    })
  }

  return {
    flush,
    lag: async () => {
      try {
        lastLag = await stream.length()
      } catch (err) {
        log.warn({ err }, 'the facts on their way cannot be counted')
      }
      return lastLag
    },
    isUp: () => failures === 0,
    factsSince: async function* (at) {
      await flush(FLUSH_LIMIT_MS)
      yield* facts.since(at)
    },
    onRecorded: listener => void listeners.push(listener),
    close: async () => {
      closing.abort()
      const stopped = new AbortController()
      await Promise.race([running, pause(CLOSE_TIMEOUT_MS, stopped.signal)])
      stopped.abort()
    },
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal?.aborted) return end()
    signal?.addEventListener('abort', end)
  })
}
