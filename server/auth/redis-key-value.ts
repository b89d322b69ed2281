import { refuse } from '../errors.ts'
import type { Redis } from '../store/index.ts'
import type { KeyValue } from './key-value.ts'

// KEYS counter. ARGV ttlMs. One step, so that a counter never stays for ever.
const INCREMENT = `
local value = redis.call('INCR', KEYS[1])
if value == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return value`

/** Answers 503 STORE_AWAY while Redis is away. */
export function createRedisKeyValue({ redis, prefix }: { redis: Redis; prefix: string }): KeyValue {
  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      throw Object.assign(refuse('STORE_AWAY'), { cause: error })
    }
  }
  return {
    get: keys => asked(redis.mget(keys.map(key => prefix + key))),
    set: async (key, value, ttlMs) => {
      await asked(redis.set(prefix + key, value, 'PX', ttlMs))
    },
    claim: async (key, value, ttlMs) =>
      (await asked(redis.set(prefix + key, value, 'PX', ttlMs, 'NX'))) === 'OK',
    remove: async key => {
      await asked(redis.del(prefix + key))
    },
    increment: async (key, ttlMs) =>
      Number(await asked(redis.eval(INCREMENT, 1, prefix + key, ttlMs))),
  }
}
