// The servers' side of the edge's desk in Redis: settings and load out, states and blocked calls in.
import {
  blockedSchema,
  BLOCKED_GROUP,
  BLOCKED_KEY,
  edgeStateSchema,
  FRESH_MS,
  LOAD_KEY,
  SETTINGS_KEY,
  STATE_KEY,
  UNBAN_KEY,
  type BlockedCall,
  type EdgeState,
} from '../../telephony/edge/keys.ts'
import { readEdgeSettings, type EdgeSettings } from '../../telephony/edge/settings.ts'
import type { Log } from '../log.ts'
import type { Redis } from '../store/index.ts'

const EVERY_MS = 1_000
const BATCH = 200
/** Another server took it and did not say that it is done with it. */
const TAKEN_OVER_AFTER_MS = 10_000

export interface EdgeDesk {
  publish(settings: EdgeSettings): Promise<void>
  /** Edges that have told of themselves lately. */
  states(): readonly EdgeState[]
  /** Redis has told of them lately; else {@link states} is empty because nothing is known. */
  isHearing(): boolean
  unban(address: string): Promise<void>
  /** Without a listener, and while another server steers, they wait in Redis. */
  onBlocked(listener: (call: BlockedCall) => void): () => void
  /** What an edge has just told of itself. */
  onState(listener: (state: EdgeState) => void): () => void
  close(): void
}

export function createEdgeDesk({
  redis,
  prefix,
  server,
  lines,
  isSteering,
  now,
  log,
}: {
  redis: Redis
  prefix: string
  /** Names us among the servers. */
  server: string
  /** Callers' lines at each switch that answers us. */
  lines: () => ReadonlyMap<string, number>
  isSteering: () => boolean
  now: () => number
  log: Log
}): EdgeDesk {
  const key = (name: string) => prefix + name
  let states: readonly EdgeState[] = []
  let heardAt = -Infinity
  let settings: EdgeSettings | undefined
  const listeners = new Set<(call: BlockedCall) => void>()
  const watchers = new Set<(state: EdgeState) => void>()
  let done: string[] = []
  let hasGroup = false
  let isLooking = false

  const publish = async () => {
    if (!settings) return
    const text = JSON.stringify(settings)
    await redis.set(key(SETTINGS_KEY), text)
    await redis.publish(key(SETTINGS_KEY), text)
  }

  const readStates = async () => {
    const all = await redis.hgetall(key(STATE_KEY))
    heardAt = performance.now()
    states = Object.values(all).flatMap(text => {
      const result = edgeStateSchema.safeParse(JSON.parse(text))
      return result.success && now() - result.data.at < FRESH_MS ? [result.data] : []
    })
    for (const state of states) watchers.forEach(tell => tell(state))
  }

  const readBlocked = async () => {
    if (listeners.size === 0 || !isSteering()) return
    const stream = key(BLOCKED_KEY)
    if (!hasGroup) {
      await redis.xgroup('CREATE', stream, BLOCKED_GROUP, '0', 'MKSTREAM').catch(ignoreExisting)
      hasGroup = true
    }
    // What was told a turn ago has become facts; a crash in between tells it again, and a fact is written once.
    if (done.length > 0) await redis.xack(stream, BLOCKED_GROUP, ...done.splice(0))
    const [, left] = (await redis.xautoclaim(
      stream,
      BLOCKED_GROUP,
      server,
      TAKEN_OVER_AFTER_MS,
      '0',
      'COUNT',
      BATCH,
    )) as [string, [string, string[]][]]
    const answer = (await redis.xreadgroup(
      'GROUP',
      BLOCKED_GROUP,
      server,
      'COUNT',
      BATCH,
      'STREAMS',
      stream,
      '>',
    )) as [string, [string, string[]][]][] | null
    for (const [id, fields] of [...left, ...(answer?.[0]?.[1] ?? [])]) {
      const result = blockedSchema.safeParse(JSON.parse(fields?.[1] ?? 'null'))
      if (result.success) listeners.forEach(tell => tell(result.data))
      else log.error({ id }, 'a blocked call cannot be read')
      done = [...done, id]
    }
  }

  const look = async () => {
    const load = [...lines()].flatMap(([node, count]) => [
      node,
      JSON.stringify({ at: now(), lines: count }),
    ])
    if (load.length > 0) await redis.hset(key(LOAD_KEY), ...load)
    await readStates()
    await readBlocked()
    // A Redis that lost its memory is told again.
    if ((await redis.exists(key(SETTINGS_KEY))) === 0) await publish()
  }
  const timer = setInterval(() => {
    if (isLooking || redis.status !== 'ready') return
    isLooking = true
    look()
      .catch((err: unknown) => {
        hasGroup = false
        log.warn({ err }, 'edge desk failed')
      })
      .finally(() => {
        isLooking = false
      })
  }, EVERY_MS)

  return {
    async publish(told) {
      // Clocks of several servers differ, and step back: what is set last counts all the same.
      const known = readEdgeSettings((await redis.get(key(SETTINGS_KEY))) ?? '')?.publishedAt ?? 0
      settings = { ...told, publishedAt: Math.max(told.publishedAt, known + 1) }
      await publish()
    },
    states: () => states.filter(({ at }) => now() - at < FRESH_MS),
    isHearing: () => performance.now() - heardAt < FRESH_MS,
    async unban(address) {
      await redis.publish(key(UNBAN_KEY), address)
    },
    onBlocked(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onState(watcher) {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    close: () => clearInterval(timer),
  }
}

const ignoreExisting = (error: unknown) => {
  if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error
}
