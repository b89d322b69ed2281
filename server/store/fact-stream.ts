// The facts on their way from Redis to the database. Trimming is the acknowledgement: what is read and not trimmed is read again.
import type { Logger } from 'pino'
import type { Fact } from '../ledger/fact.ts'
import { factsKey } from './commit-script.ts'
import { connectRedis, type Redis, type RedisAddress, redisReady, tellFailures } from './redis.ts'

export interface StreamEntry {
  readonly id: string
  /** Undefined when the entry can't be read as a fact. */
  readonly fact: Fact | undefined
  readonly text: string
}
export interface FactStream {
  /** The oldest entries; waits for the first one at most `waitMs`. */
  read(limit: number, waitMs: number): Promise<StreamEntry[]>
  /** Forgets everything up to and including this entry. */
  trim(throughId: string): Promise<void>
  /** Keeps what the database refuses where a person can look at it. */
  setAside(entry: StreamEntry, reason: string): Promise<void>
  length(): Promise<number>
  /** Id of the newest entry, also of one trimmed already; `0-0` when there never was one. */
  lastId(): Promise<string>
  close(): Promise<void>
}

const READY_TIMEOUT_MS = 5000
const COMMAND_TIMEOUT_MS = 5000 // above the longest wait of a read
const MOST_SET_ASIDE = 10_000

/** Order of two stream ids. */
export function compareIds(a: string, b: string): number {
  const [aMs = 0, aCount = 0] = a.split('-').map(Number)
  const [bMs = 0, bCount = 0] = b.split('-').map(Number)
  return aMs - bMs || aCount - bCount
}

export function toEntry(id: string, text: string): StreamEntry {
  try {
    const fact = JSON.parse(text) as Partial<Fact> | null
    const whole =
      typeof fact?.subject === 'string' &&
      Number.isInteger(fact.seq) &&
      Number.isInteger(fact.at) &&
      fact.type &&
      fact.data
    return { id, text, fact: whole ? (fact as Fact) : undefined }
  } catch {
    return { id, text, fact: undefined } // Told apart by the drainer, which sets it aside and logs it.
  }
}

/** The stream of a floor store with the same prefix. @throws when Redis does not answer. */
export async function createRedisFactStream({
  redis: address,
  prefix,
  log,
}: {
  redis: RedisAddress
  prefix: string
  log: Pick<Logger, 'warn'>
}): Promise<FactStream> {
  const key = factsKey(prefix)
  // A blocking read holds its connection, so the rest has one of its own.
  const limit = { commandTimeoutMs: COMMAND_TIMEOUT_MS }
  const [reader, writer] = [connectRedis(address, limit), connectRedis(address, limit)]
  for (const redis of [reader, writer]) tellFailures(redis, log)
  const close = () => {
    reader.disconnect()
    writer.disconnect()
  }
  try {
    await Promise.all([redisReady(reader, READY_TIMEOUT_MS), redisReady(writer, READY_TIMEOUT_MS)])
  } catch (err) {
    close()
    throw err
  }
  const ready = async (redis: Redis) => {
    await redisReady(redis, READY_TIMEOUT_MS)
    return redis
  }
  return {
    read: async (limit, waitMs) => {
      const answer = await (
        await ready(reader)
      ).xread('COUNT', limit, 'BLOCK', waitMs, 'STREAMS', key, '0')
      return (answer?.[0]?.[1] ?? []).map(([id, fields]) => toEntry(id, fields[1] ?? ''))
    },
    trim: async throughId => {
      const [ms = '0', count = '0'] = throughId.split('-')
      await (await ready(writer)).xtrim(key, 'MINID', '=', `${ms}-${Number(count) + 1}`)
    },
    setAside: async ({ id, text }, reason) => {
      const fields = ['id', id, 'reason', reason, 'fact', text]
      const redis = await ready(writer)
      await redis.xadd(`${prefix}facts-aside`, 'MAXLEN', '~', MOST_SET_ASIDE, '*', ...fields)
    },
    length: async () => (await ready(writer)).xlen(key),
    lastId: async () => {
      const redis = await ready(writer)
      const info = (await redis.exists(key))
        ? ((await redis.xinfo('STREAM', key)) as unknown[])
        : []
      return String(info[info.indexOf('last-generated-id') + 1] ?? '0-0')
    },
    close: async () => close(),
  }
}
