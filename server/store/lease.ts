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
  | {
      readonly state: 'held'
      readonly owner: string
      readonly leftMs: number
      readonly epoch: number
    }
export interface LeaseOptions {
  /** Held together with the first: all of them or none, under one epoch. */
  readonly nodes?: readonly string[]
  /** A lease that ran out is left to others so much longer; one never held or given back is not. */
  readonly deferMs?: number
}

// KEYS leases, the first one's epoch counts. ARGV owner, ttlMs, deferMs. The hashes never expire: the epoch must outlive its owner.
// An epoch is at least Redis' own time: a Redis that lost its newest second does not give the same one twice.
const TAKE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local epoch = now
for _, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'owner', 'until', 'epoch')
  local untilAt = tonumber(held[2] or '0')
  -- No lease lasts that long: the clock of Redis was set back. Who lives renews it before it runs out now.
  if untilAt > now + tonumber(ARGV[2]) then
    untilAt = now + tonumber(ARGV[2])
    redis.call('HSET', key, 'until', untilAt)
  end
  if untilAt > 0 then untilAt = untilAt + tonumber(ARGV[3]) end
  if held[1] and held[1] ~= ARGV[1] and untilAt > now then
    return {0, held[1], untilAt - now, tonumber(held[3] or '0')}
  end
  epoch = math.max(epoch, tonumber(held[3] or '0') + 1)
end
for _, key in ipairs(KEYS) do
  redis.call('HSET', key, 'epoch', epoch, 'owner', ARGV[1], 'until', now + ARGV[2], 'serial', 0)
end
return {epoch, ARGV[1], tonumber(ARGV[2])}`

// KEYS leases. ARGV epoch, ttlMs (0 releases), owner. A Redis that lost its newest second may know an older epoch.
const RENEW = `
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('HGET', key, 'epoch') or '0') > tonumber(ARGV[1]) then return 0 end
end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local untilAt = now + ARGV[2]
if ARGV[2] == '0' then untilAt = 0 end
for _, key in ipairs(KEYS) do
  redis.call('HSET', key, 'epoch', ARGV[1], 'owner', ARGV[3], 'until', untilAt)
end
return 1`

export const leaseKey = (prefix: string, node: string) => `${prefix}lease/${node}`

/** Takes the lease of a switch when it is free, run out, or our own from before. */
export async function takeLease(
  { redis, prefix }: { redis: Redis; prefix: string },
  node: string,
  owner: string,
  ttlMs: number,
  { nodes = [], deferMs = 0 }: LeaseOptions = {},
): Promise<LeaseAnswer> {
  const keys = [...new Set([node, ...nodes])].map(name => leaseKey(prefix, name))
  const [epoch, holder, leftMs, heldEpoch = 0] = (await redis.eval(
    TAKE,
    keys.length,
    ...keys,
    owner,
    ttlMs,
    deferMs,
  )) as [number, string, number, number?]
  if (epoch === 0) return { state: 'held', owner: holder, leftMs, epoch: heldEpoch }
  const renew = (forMs: number) =>
    redis.eval(RENEW, keys.length, ...keys, epoch, forMs, owner) as Promise<number>
  return {
    state: 'taken',
    lease: {
      node,
      owner,
      epoch,
      renew: async () => (await renew(ttlMs)) === 1,
      release: async () => {
        await renew(0)
      },
    },
  }
}

// KEYS lease.
const OWNER = `
local clock = redis.call('TIME')
local held = redis.call('HMGET', KEYS[1], 'owner', 'until')
if held[1] and tonumber(held[2] or '0') > clock[1] * 1000 + math.floor(clock[2] / 1000) then return held[1] end
return false`

/** Who holds the lease now. */
export async function leaseOwner(
  { redis, prefix }: { redis: Redis; prefix: string },
  node: string,
): Promise<string | undefined> {
  const owner = (await redis.eval(OWNER, 1, leaseKey(prefix, node))) as string | null
  return owner ?? undefined
}
