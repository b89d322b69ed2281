// Where things are kept: Redis for now, the database for always. Given from outside, or our own.
import { createRedisKeyValue } from '../auth/redis-key-value.ts'
import type { KeyValue } from '../auth/key-value.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import {
  claimDatabase,
  connectRedis,
  DatabaseShared,
  createRepositories,
  openDatabase,
  redisReady,
  type Database,
  type Redis,
  type RedisAddress,
  type Repositories,
} from '../store/index.ts'
import { databaseFolder, type EarlyPGlite } from '../store/early-pglite.ts'
import { CannotStart } from './cannot-start.ts'
import { keepPrivateRedis, startPrivateRedis } from './private-redis.ts'

/** Begins every key of ours in Redis. */
export const PREFIX = 'hotline:'
const READY_MS = 10_000

export interface Stores {
  readonly redisAddress: RedisAddress
  readonly redis: Redis
  readonly keyValue: KeyValue
  readonly database: Database
  readonly repositories: Repositories
  isRedisUp(): Promise<boolean>
  close(): Promise<void>
}

/** @throws {CannotStart} naming the one that does not answer. */
export async function openStores(config: Config, log: Log, early?: EarlyPGlite): Promise<Stores> {
  const redisAddress = config.redisUrl ?? { path: (await startPrivateRedis(config.dataDir)).path }
  const keeper = config.redisUrl ? undefined : keepPrivateRedis(config.dataDir, log)
  const redis = connectRedis(redisAddress)
  redis.on('error', (err: Error) => log.warn({ err }, 'redis connection failed'))
  try {
    await redisReady(redis, READY_MS)
    const database = await openDatabase({
      ...(config.databaseUrl && { url: config.databaseUrl }),
      folder: databaseFolder(config.dataDir),
      log,
      ...(early && { early }),
    })
    const claim = await claimed(database, config)
    return {
      redisAddress,
      redis,
      keyValue: createRedisKeyValue({ redis, prefix: PREFIX }),
      database,
      repositories: createRepositories(database),
      isRedisUp: async () => (await redis.ping()) === 'PONG',
      async close() {
        keeper?.close()
        redis.disconnect()
        claim?.release()
        await database.close()
      },
    }
  } catch (error) {
    keeper?.close()
    redis.disconnect()
    if (error instanceof CannotStart) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CannotStart(`A store is not there: ${reason}.`, { cause: error })
  }
}

/** A PGlite is alone by its folder's lock. @throws {CannotStart} */
async function claimed(database: Database, config: Config) {
  if (!config.databaseUrl) return undefined
  try {
    return await claimDatabase(database.query, config.redisUrl ? 'shared' : 'alone')
  } catch (error) {
    await database.close()
    if (!(error instanceof DatabaseShared)) throw error
    throw new CannotStart(`This server can't start: ${error.message}.`, { cause: error })
  }
}
