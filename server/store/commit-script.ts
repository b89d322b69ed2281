// One script a commit: floor and facts change together or not at all.
import type { FloorChange } from './port.ts'

/** Negative reply: another server has a newer epoch. */
export const LEASE_LOST = -1

// A call's last seq is kept this long after its end, for facts of wrap-up and for repeats.
const FORGET_AFTER_MS = 4 * 3_600_000

// KEYS lease, floor, facts, seq, ended.
// ARGV epoch, serial, set count, remove count, fact count; then key and value of each set, the keys to remove,
// and subject, seq, at, whether it ends the subject, and JSON of each fact.
// Replies the serial that stands: ours when done, a lower one when a change before ours is missing.
export const COMMIT_SCRIPT = `
local epoch, serial = tonumber(ARGV[1]), tonumber(ARGV[2])
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'serial')
local known = tonumber(lease[1] or '0')
if known > epoch then return ${LEASE_LOST} end
local last = 0
if known == epoch then last = tonumber(lease[2] or '0') end
if serial ~= last + 1 then return last end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'serial', serial)
local at = 6
for _ = 1, tonumber(ARGV[3]) do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[4]) do
  redis.call('HDEL', KEYS[2], ARGV[at])
  at = at + 1
end
for _ = 1, tonumber(ARGV[5]) do
  local subject, seq, factAt = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if seq > tonumber(redis.call('HGET', KEYS[4], subject) or '-1') then
    redis.call('XADD', KEYS[3], '*', 'fact', ARGV[at + 4])
    redis.call('HSET', KEYS[4], subject, seq)
    if ARGV[at + 3] == '1' then redis.call('ZADD', KEYS[5], factAt, subject) end
  end
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', factAt - ${FORGET_AFTER_MS}, 'LIMIT', 0, 4)) do
    redis.call('HDEL', KEYS[4], old)
    redis.call('ZREM', KEYS[5], old)
  end
  at = at + 5
end
return serial`

/** Where the floor and the facts of a prefix live. */
export const floorKey = (prefix: string) => `${prefix}floor`
export const factsKey = (prefix: string) => `${prefix}facts`
export const commitKeys = (prefix: string, lease: string) => [
  lease,
  floorKey(prefix),
  factsKey(prefix),
  `${prefix}seq`,
  `${prefix}ended`,
]

const ENDINGS = new Set(['call-ended', 'call-blocked'])

/** The change as the script reads it, after epoch and serial. */
export function commitArguments({ set, remove, facts }: FloorChange): string[] {
  const pairs = Object.entries(set)
  return [
    ...[pairs.length, remove.length, facts.length].map(String),
    ...pairs.flat(),
    ...remove,
    ...facts.flatMap(fact => [
      fact.subject,
      String(fact.seq),
      String(fact.at),
      ENDINGS.has(fact.type) ? '1' : '0',
      JSON.stringify(fact),
    ]),
  ]
}
