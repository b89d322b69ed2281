// At a start: who this server is among others, and whether it may be one of several.
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { FLOOR, type Site } from '../cluster/site.ts'
import type { Config } from '../config.ts'
import { leaseOwner } from '../store/index.ts'
import { CannotStart } from './cannot-start.ts'
import { dataFolderId } from './folder.ts'
import { PREFIX, type Stores } from './stores.ts'

/** Longer than the lease of a server that is gone. */
const LEASE_MS = 2500
const LOOK_LEASE_EVERY_MS = 100
const ROLE_MS = 5000
const LOOK_EVERY_MS = 10

/** The same over restarts, so that a server takes its own lease at once; another for each data folder. */
export const serverNameOf = ({ dataDir }: Config): string =>
  `${hostname()}-${createHash('sha256')
    .update(dataDir + dataFolderId(dataDir))
    .digest('hex')
    .slice(0, 8)}`

/** What two servers must share; pure. */
export const missingForSeveral = (config: Config): readonly string[] => [
  ...(config.switches.length > 0 ? [] : ['FREESWITCH_URL']),
  ...(config.databaseUrl === undefined ? ['DATABASE_URL'] : []),
  ...(config.redisUrl === undefined ? ['REDIS_URL'] : []),
]

/**
 * Before a switch of our own is started.
 * @throws {CannotStart} when another server steers and this one does not share what both need.
 */
export async function refuseSecond(config: Config, stores: Pick<Stores, 'redis'>): Promise<void> {
  const missing = missingForSeveral(config)
  if (missing.length === 0 || config.redisUrl === undefined) return
  const own = serverNameOf(config)
  const deadline = performance.now() + LEASE_MS
  for (;;) {
    const owner = await leaseOwner({ redis: stores.redis, prefix: PREFIX }, FLOOR)
    if (owner === undefined || owner === own) return
    if (performance.now() > deadline) throw refusal(owner, missing)
    await new Promise(resolve => setTimeout(resolve, LOOK_LEASE_EVERY_MS))
  }
}

const refusal = (owner: string, missing: readonly string[]) =>
  new CannotStart(
    `Another server (${owner}) steers this site: a second one needs what both share, so set ${missing.join(', ')}.`,
  )

/**
 * Resolves when this server steers, or shows what another one steers, or at a limit: it serves without either.
 * @throws {CannotStart} when another one steers and this one has a switch or a store of its own.
 */
export async function awaitRole({
  site,
  config,
  say,
}: {
  site: Site
  config: Config
  say: (line: string) => void
}): Promise<void> {
  const missing = missingForSeveral(config)
  const deadline = performance.now() + ROLE_MS
  while (performance.now() < deadline) {
    if (site.isSteering) return
    const { position } = site
    if (site.isReady && position.state === 'following' && missing.length === 0)
      return say(`Another server (${position.owner}) steers; this one follows and can take over.`)
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
  const { position } = site
  if (position.state === 'following' && missing.length > 0) {
    throw refusal(position.owner, missing)
  }
}
