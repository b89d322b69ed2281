// The one place that knows ioredis.
import { Redis } from 'ioredis'
import type { Logger } from 'pino'

export type { Redis } from 'ioredis'

/** `redis://…` or the path of a Unix socket. */
export type RedisAddress = string | { readonly path: string }

const RETRY_MS = 50 // Redis on the same machine is back within a second; asking is cheap
const RETRY_MAX_MS = 1000
const CONNECT_TIMEOUT_MS = 2000

/** A connection that comes back by itself and refuses commands while it is away: nothing is queued unseen. */
export function connectRedis(
  address: RedisAddress,
  { commandTimeoutMs }: { commandTimeoutMs?: number } = {},
): Redis {
  const options = {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt: number) => Math.min(attempt * RETRY_MS, RETRY_MAX_MS),
    lazyConnect: true,
    ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
  }
  return typeof address === 'string'
    ? new Redis(address, options)
    : new Redis({ ...options, path: address.path })
}

/** Resolves when the connection answers; one sentence when it does not within the limit. */
export async function redisReady(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return
  if (redis.status === 'wait') redis.connect().catch(ignoreFirstFailure)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      redis.off('ready', onReady)
      reject(new Error(`Redis did not answer within ${timeoutMs} ms`))
    }, timeoutMs)
    const onReady = () => {
      clearTimeout(timer)
      resolve()
    }
    redis.once('ready', onReady)
  })
}

// The connection retries by itself; the time limit of redisReady reports what lasts.
const ignoreFirstFailure = () => undefined

export const isRedis = (value: Redis | RedisAddress): value is Redis => value instanceof Redis

/** Says once that a connection fails, and again only after it was well. Gives the end of listening. */
export function tellFailures(redis: Redis, log: Pick<Logger, 'warn'>): () => void {
  let told = false
  const onError = (err: Error) => {
    if (!told) log.warn({ err }, 'redis connection failed')
    told = true
  }
  const onReady = () => {
    told = false
  }
  redis.on('error', onError).on('ready', onReady)
  return () => void redis.off('error', onError).off('ready', onReady)
}
