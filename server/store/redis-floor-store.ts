// The floor in Redis. Commits are pipelined and numbered: the script refuses a number out of turn, so that order holds
// across lost connections, and each change takes effect exactly once.
import type { Logger } from 'pino'
import { StoreAway } from './away.ts'
import { type Change, createChangeLog } from './change-log.ts'
import {
  COMMIT_SCRIPT,
  commitArguments,
  commitKeys,
  floorKey,
  LEASE_LOST,
} from './commit-script.ts'
import { leaseKey, LeaseLost } from './lease.ts'
import type { FloorChange, FloorStore } from './port.ts'
import {
  connectRedis,
  isRedis,
  type Redis,
  type RedisAddress,
  redisReady,
  tellFailures,
} from './redis.ts'

const READY_TIMEOUT_MS = 5000
const CLOSE_TIMEOUT_MS = 2000
const WATCH_MS = 250
const STALLED_MS = 1000 // a healthy commit takes less than one
const RETRY_MS = 500
const MOST_UNWRITTEN = 50_000 // some ten minutes of thirty lines; about 50 MB

export interface RedisFloorStoreOptions {
  readonly redis: Redis | RedisAddress
  /** Begins every key, such as `hotline:`. */
  readonly prefix: string
  /** Of the lease taken with `takeLease`. */
  readonly epoch: number
  /** Whose lease it is; the name given to `takeLease`. */
  readonly node?: string
  /** How long Redis may take to answer at first; default 5 s. */
  readonly readyTimeoutMs?: number
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}
export interface RedisFloorStore extends FloorStore {
  /** Changes Redis has not confirmed. */
  pendingCount(): number
  status(): 'up' | 'down'
}

/** @throws when Redis does not answer in time, or {LeaseLost}. */
export async function createRedisFloorStore(
  options: RedisFloorStoreOptions,
): Promise<RedisFloorStore> {
  const { prefix, epoch, node = 'switch', log } = options
  const own = !isRedis(options.redis)
  const redis = isRedis(options.redis) ? options.redis : connectRedis(options.redis)
  const lease = leaseKey(prefix, node)
  const keys = commitKeys(prefix, lease)
  const listeners: ((status: 'up' | 'down') => void)[] = []
  const lossListeners: (() => void)[] = []
  const changes = createChangeLog()
  let state: 'down' | 'up' | 'lost' | 'closed' = 'down'
  let script = ''
  let nextSerial = 1
  let retry: NodeJS.Timeout | undefined

  const leave = (next: 'down' | 'lost', error: Error) => {
    const wasUp = state === 'up'
    state = next
    for (const change of changes.unwritten()) change.settle(error)
    if (wasUp) for (const listener of listeners) listener('down')
  }

  const goDown = (reason: string, err?: unknown) => {
    if (state !== 'up') return
    log.warn({ reason, err, unwritten: changes.unwrittenCount() }, 'redis is away')
    leave('down', new StoreAway(true))
  }

  const loseLease = () => {
    if (state === 'lost') return
    log.error({ node, epoch }, 'another server has taken the lease')
    leave('lost', new LeaseLost(node))
  }

  const send = (change: Change) => {
    change.sentAt = Date.now()
    redis.evalsha(script, keys.length, ...keys, epoch, change.serial, ...change.arguments).then(
      reply => {
        if (reply === LEASE_LOST) return loseLease()
        if (Number(reply) >= change.serial) return changes.written(change, Date.now())
        syncLater('a change before is missing')
      },
      (err: unknown) => syncLater('a change was refused', err),
    )
  }

  const isLost = () => state === 'lost'

  /** Refusals by Redis itself (loading, out of memory, read-only, script forgotten): ask again what it knows. */
  const syncLater = (reason: string, err?: unknown) => {
    goDown(reason, err)
    if (state !== 'down' || retry) return
    retry = setTimeout(() => {
      retry = undefined
      if (redis.status === 'ready') sync().catch((err: unknown) => syncLater('cannot resume', err))
    }, RETRY_MS)
  }

  /** Finds out what Redis has of ours and sends the rest, in order. */
  const sync = async () => {
    const [sha, [knownEpoch, knownSerial]] = await Promise.all([
      redis.script('LOAD', COMMIT_SCRIPT),
      redis.hmget(lease, 'epoch', 'serial'),
    ])
    if (state === 'closed') return
    script = String(sha)
    if (Number(knownEpoch ?? 0) > epoch) return loseLease()
    const ours = Number(knownEpoch) === epoch
    const last = ours ? Number(knownSerial ?? 0) : 0
    const first = changes.firstSerial() ?? nextSerial
    const isLoss = last < first - 1 && nextSerial > 1
    if (isLoss) {
      log.error({ last, first }, 'redis has lost changes older than can be repeated')
      await redis.hset(lease, 'epoch', epoch, 'serial', first - 1)
    }
    nextSerial = Math.max(nextSerial, last + 1)
    const again = changes.after(last, Date.now())
    for (const change of again) send(change)
    if (state !== 'down') return
    state = 'up'
    log.info({ again: again.length }, 'redis is there')
    for (const listener of listeners) listener('up')
    if (isLoss) for (const listener of lossListeners) listener()
  }

  const onReady = () => void sync().catch((err: unknown) => syncLater('cannot resume', err))
  const onClose = () => goDown('connection closed')
  redis.on('close', onClose)
  const endTelling = tellFailures(redis, log)

  let stalledTicks = 0
  const watch = setInterval(() => {
    const sentAt = state === 'up' ? changes.oldestSentAt() : null
    // Two ticks: after a pause of our own the answers wait in the socket behind this timer.
    stalledTicks = sentAt !== null && Date.now() - sentAt > STALLED_MS ? stalledTicks + 1 : 0
    if (stalledTicks < 2) return
    goDown('no answer')
    redis.disconnect(true)
  }, WATCH_MS)
  watch.unref()

  const stop = () => {
    clearInterval(watch)
    clearTimeout(retry)
    redis.off('ready', onReady).off('close', onClose)
    // A connection of our own still fails aloud until it is closed; without a listener it would shout.
    if (own) redis.disconnect()
    else endTelling()
  }
  try {
    await redisReady(redis, options.readyTimeoutMs ?? READY_TIMEOUT_MS)
    await sync()
    if (isLost()) throw new LeaseLost(node)
  } catch (err) {
    stop()
    throw err
  }
  redis.on('ready', onReady)

  return {
    load: async () => {
      if (state !== 'up') throw state === 'lost' ? new LeaseLost(node) : new StoreAway(false)
      return new Map(Object.entries(await redis.hgetall(floorKey(prefix))))
    },
    commit: change =>
      new Promise<void>((resolve, reject) => {
        if (state === 'lost') return reject(new LeaseLost(node))
        if (state === 'closed' || changes.unwrittenCount() >= MOST_UNWRITTEN)
          return reject(new StoreAway(false))
        const entry: Change = {
          serial: nextSerial++,
          arguments: commitArguments(change),
          settle: error => (error ? reject(error) : resolve()),
          sentAt: null,
          writtenAt: null,
        }
        changes.add(entry)
        if (state === 'up') send(entry)
        else entry.settle(new StoreAway(true))
      }),
    onStatus: listener => void listeners.push(listener),
    onLost: listener => void lossListeners.push(listener),
    pendingCount: () => changes.unwrittenCount(),
    status: () => (state === 'up' ? 'up' : 'down'),
    close: async () => {
      if (state === 'closed') return
      const until = Date.now() + CLOSE_TIMEOUT_MS
      while (state === 'up' && changes.unwrittenCount() > 0 && Date.now() < until) {
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      state = 'closed'
      stop()
      for (const change of changes.unwritten()) change.settle(new StoreAway(false))
    },
  }
}
