// One owner a switch: a lease in Redis with a rising epoch, which every floor script compares (fencing).
import type { Redis } from './redis.ts'

/** Another server has taken the switch; ours must stop sending. */
export class LeaseLost extends Error {
  readonly code = 'LEASE_LOST'
  constructor(readonly node: string) {
    super(`the lease of ${node} belongs to another server`)
  }
}

export interface Lease {
  readonly node: string
  readonly owner: string
  /** Rises with each taking; belongs into `createRedisFloorStore`. */
  readonly epoch: number
  /** False when another has taken it. */
  renew(): Promise<boolean>
  /** Gives it up at once, so that the next server need not wait. */
  release(): Promise<void>
}
export type LeaseAnswer =
  | { readonly state: 'taken'; readonly lease: Lease }
  | { readonly state: 'held'; readonly owner: string; readonly leftMs: number }

// KEYS lease. ARGV owner, ttlMs. The hash never expires: the epoch must outlive its owner.
const TAKE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'owner', 'until')
local untilAt = tonumber(held[2] or '0')
if held[1] and held[1] ~= ARGV[1] and untilAt > now then return {0, held[1], untilAt - now} end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', now + ARGV[2], 'serial', 0)
return {epoch, ARGV[1], tonumber(ARGV[2])}`

// KEYS lease. ARGV epoch, ttlMs (0 releases), owner. A Redis that lost its newest second may know an older epoch.
const RENEW = `
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if epoch > tonumber(ARGV[1]) then return 0 end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'owner', ARGV[3], 'until', now + ARGV[2])
return 1`

export const leaseKey = (prefix: string, node: string) => `${prefix}lease/${node}`

/** Takes the lease of a switch when it is free, run out, or our own from before. */
export async function takeLease(
  { redis, prefix }: { redis: Redis; prefix: string },
  node: string,
  owner: string,
  ttlMs: number,
): Promise<LeaseAnswer> {
  const key = leaseKey(prefix, node)
  const [epoch, holder, leftMs] = (await redis.eval(TAKE, 1, key, owner, ttlMs)) as [
    number,
    string,
    number,
  ]
  if (epoch === 0) return { state: 'held', owner: holder, leftMs }
  return {
    state: 'taken',
    lease: {
      node,
      owner,
      epoch,
      renew: async () => (await redis.eval(RENEW, 1, key, epoch, ttlMs, owner)) === 1,
      release: async () => {
        await redis.eval(RENEW, 1, key, epoch, 0, owner)
      },
    },
  }
}
