// What a run plays with: two servers on one switch, a proxy before each event socket, Redis and PostgreSQL of their own.
import type { Test } from 'tap'
import { type Cluster, type ClusterServer, startCluster } from '../fixtures/cluster.ts'
import { eslProxy, type EslProxy } from '../fixtures/esl-proxy.ts'
import { type Hall, openHall } from '../fixtures/hall.ts'
import { until } from '../fixtures/until.ts'
import { type BrowserAgent, openBrowserAgent } from './browser-agent.ts'
import { openDoor } from './door.ts'
import type { Tally } from './tally.ts'
import { openTrunks, type Trunks } from './trunks.ts'

export interface World {
  readonly cluster: Cluster
  readonly servers: readonly ClusterServer[]
  /** Between each server and the switch, in the order of the servers. */
  readonly proxies: readonly EslProxy[]
  /** Asks whichever server answers. */
  readonly hall: Hall
  readonly tally: Tally
  /** An agent at the real desktop, and two trunks, where the run has them. */
  readonly browser?: BrowserAgent
  readonly trunks?: Trunks
  /** The server that decides now; undefined between two. */
  steering(): Promise<ClusterServer | undefined>
}

/** Of all events that a switch tells, a hundredth each is lost, comes twice, or is overtaken by the next. */
const DISTURBED = { drop: 0.01, repeat: 0.01, reorder: 0.01 }

export interface WorldOptions {
  readonly seed: number
  readonly tally: Tally
  readonly hasBrowser: boolean
  readonly hasTrunks: boolean
}

export async function openWorld(t: Test, options: WorldOptions): Promise<World> {
  const { seed, tally } = options
  const proxies: EslProxy[] = []
  const cluster = await startCluster(t, {
    servers: 2,
    async eslPortFor(index, port) {
      const proxy = await eslProxy(t, { port })
      proxies[index] = proxy
      return proxy.port
    },
  })
  const { servers } = cluster
  const [first] = servers
  if (!first) throw new Error('a world without a server')
  await first.openOffice()

  const { api, done } = openDoor(t, servers)
  const hall = await openHall(t, { ...first, sipPort: cluster.sipPort, api, done })
  const trunks = options.hasTrunks ? await openTrunks(t, hall) : undefined
  const browser = options.hasBrowser ? await openBrowserAgent(t, hall, servers) : undefined
  await browser?.stand()
  for (const [index, proxy] of proxies.entries())
    proxy.disturb({ seed: seed + index, ...DISTURBED })

  return {
    cluster,
    servers,
    proxies,
    hall,
    tally,
    ...(browser && { browser }),
    ...(trunks && { trunks }),
    async steering() {
      for (const server of servers)
        if (server.isAlive() && (await server.role()) === 'steering') return server
      return undefined
    },
  }
}

export const steersNow = (world: World): Promise<ClusterServer> =>
  until('a server that steers', () => world.steering(), 30_000, 20)
