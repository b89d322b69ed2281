// At a start: who this server is among others, and whether it may be one of several.
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Site } from '../cluster/site.ts'
import type { Config } from '../config.ts'
import { CannotStart } from './cannot-start.ts'

/** Longer than the lease of a server that is gone. */
const ROLE_MS = 5000
const LOOK_EVERY_MS = 10

/** The same over restarts, so that a server takes its own lease at once; another for each data folder. */
export const serverNameOf = ({ dataDir }: Config): string =>
  `${hostname()}-${createHash('sha256').update(dataDir).digest('hex').slice(0, 8)}`

/** What two servers must share; pure. */
export const missingForSeveral = (config: Config): readonly string[] => [
  ...(config.switches.length > 0 ? [] : ['FREESWITCH_URL']),
  ...(config.databaseUrl === undefined ? ['DATABASE_URL'] : []),
  ...(config.redisUrl === undefined ? ['REDIS_URL'] : []),
]

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
    throw new CannotStart(
      `Another server (${position.owner}) steers this site: a second one needs what both share, so set ${missing.join(', ')}.`,
    )
  }
}
