// The edge's desk in Redis: what the servers say, what they are told. Redis may go away at any time; the edge goes on.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import {
  BLOCKED_KEY,
  FRESH_MS,
  HOLDER_KEY,
  loadSchema,
  LOAD_KEY,
  SETTINGS_KEY,
  STATE_KEY,
  UNBAN_KEY,
  type BlockedCall,
  type EdgeState,
} from './keys.ts'
import type { Load } from './lines.ts'
import type { Log } from './log.ts'
import { newerOf, NO_SETTINGS, readEdgeSettings, type EdgeSettings } from './settings.ts'
import type { Blocked } from './verdict.ts'

const EVERY_MS = 1_000
const COMMAND_MS = 2_000
const RETRY_MS = 500
/** Blocked calls that wait for Redis; beyond it the oldest are lost, and counted in the log. */
const MOST_WAITING = 10_000
const MOST_IN_STREAM = 100_000

/** `unknown`: Redis has not said. */
export type Holding = 'ours' | 'others' | 'unknown'

export interface Desk {
  /** Whether drachtio is ours to serve. What was ours stays ours while Redis is away. */
  holding(): Holding
  /** The last known, from disk at first. */
  settings(): EdgeSettings
  onBlocked(blocked: Blocked): void
  close(): Promise<void>
}

export interface DeskOptions {
  /** `redis://…` or the path of a Unix socket. */
  readonly redis: string
  /** Begins every key. */
  readonly prefix: string
  /** The same over restarts of this edge, and no other one's. */
  readonly name: string
  /** Address of drachtio-server. */
  readonly drachtio: string
  readonly folder: string
  readonly onSettings: (settings: EdgeSettings) => void
  readonly onLoad: (load: Load) => void
  readonly onUnban: (address: string) => void
  readonly state: () => EdgeState
  readonly log: Log
}

export function createDesk(options: DeskOptions): Desk {
  const { prefix, folder, log } = options
  const file = join(folder, 'settings.json')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  let settings = newerOf(NO_SETTINGS, readKept(file))
  let waiting: BlockedCall[] = []
  let isTelling = false
  let holding: Holding = 'unknown'

  const connect = () => {
    const redis = new Redis(options.redis, {
      commandTimeout: COMMAND_MS,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      retryStrategy: () => RETRY_MS,
    })
    let told = false
    redis.on('error', (err: Error) => {
      if (!told) log.warn({ err }, 'redis connection failed')
      told = true
    })
    redis.on('ready', () => {
      told = false
    })
    return redis
  }
  const [redis, listener] = [connect(), connect()]

  const take = (text: string | null) => {
    if (text === null) return
    const told = readEdgeSettings(text)
    if (told === undefined) return log.error({}, 'settings cannot be read')
    if (told.publishedAt <= settings.publishedAt) return
    settings = newerOf(settings, told)
    keep(file, settings)
    options.onSettings(settings)
    log.info({ publishedAt: settings.publishedAt }, 'settings in force')
  }

  const tellBlocked = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, 100)
      const pipeline = redis.pipeline()
      for (const call of batch)
        pipeline.xadd(
          prefix + BLOCKED_KEY,
          'MAXLEN',
          '~',
          MOST_IN_STREAM,
          '*',
          'call',
          JSON.stringify(call),
        )
      const replies = (await pipeline.exec()) ?? []
      // The server knows a call by its id: one that is told twice is one fact.
      if (replies.some(([error]) => error !== null) || replies.length < batch.length) return
      waiting = waiting.slice(batch.length)
    }
  }

  const hold = async () => {
    const key = prefix + HOLDER_KEY + options.drachtio
    const holder = await redis.set(key, options.name, 'PX', FRESH_MS, 'NX', 'GET')
    holding = holder === null || holder === options.name ? 'ours' : 'others'
    if (holder === options.name) await redis.pexpire(key, FRESH_MS)
  }

  const look = async () => {
    if (redis.status !== 'ready') return
    await hold()
    const state = options.state()
    const [text, load] = await Promise.all([
      redis.get(prefix + SETTINGS_KEY),
      redis.hgetall(prefix + LOAD_KEY),
      redis.hset(prefix + STATE_KEY, state.name, JSON.stringify(state)),
    ])
    take(text)
    options.onLoad(toLoad(load))
    await tellBlocked()
  }
  const turn = () => {
    if (isTelling) return
    isTelling = true
    look()
      .catch((err: unknown) => log.debug({ err }, 'redis did not answer'))
      .finally(() => {
        isTelling = false
      })
  }
  redis.on('ready', turn)
  // A change is heard at once; the look every second finds what was not heard.
  listener.on('ready', () => {
    listener
      .subscribe(prefix + SETTINGS_KEY, prefix + UNBAN_KEY)
      .catch((err: unknown) => log.warn({ err }, 'settings are not listened to'))
  })
  listener.on('message', (channel, text) =>
    channel === prefix + UNBAN_KEY ? options.onUnban(text) : take(text),
  )
  const timer = setInterval(turn, EVERY_MS)

  return {
    holding: () => holding,
    settings: () => settings,
    onBlocked(blocked) {
      if (waiting.length >= MOST_WAITING) {
        waiting = waiting.slice(1)
        log.error({}, 'a blocked call is lost: redis is away')
      }
      waiting = [...waiting, { id: randomUUID(), ...blocked }]
      turn()
    },
    async close() {
      clearInterval(timer)
      if (redis.status === 'ready')
        await tellBlocked().catch((err: unknown) => log.warn({ err }, 'blocked calls not told'))
      redis.disconnect()
      listener.disconnect()
    },
  }
}

function toLoad(fields: Readonly<Record<string, string>>): Load {
  return new Map(
    Object.entries(fields).flatMap(([node, text]) => {
      const result = loadSchema.safeParse(jsonOf(text))
      return result.success ? [[node, result.data]] : []
    }),
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not ours, whatever it is.
    return undefined
  }
}

function readKept(file: string): EdgeSettings | undefined {
  try {
    return readEdgeSettings(readFileSync(file, 'utf8'))
  } catch {
    // A first start has no file.
    return undefined
  }
}

/** Renamed into place: half a file is never read. */
function keep(file: string, settings: EdgeSettings): void {
  writeFileSync(`${file}.new`, JSON.stringify(settings), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
