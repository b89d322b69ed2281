// What a run plays with: two servers on one switch, a proxy before each event socket, Redis and PostgreSQL of their own.
import type { Test } from 'tap'
import { type Cluster, type ClusterServer, startCluster } from '../fixtures/cluster.ts'
import type { ApiOptions } from '../fixtures/demo.ts'
import { eslProxy, type EslProxy } from '../fixtures/esl-proxy.ts'
import { type Hall, openHall } from '../fixtures/hall.ts'
import { until } from '../fixtures/until.ts'
import { type BrowserAgent, openBrowserAgent } from './browser-agent.ts'
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

/** A server that does not answer within this time is taken for dead, and the next is asked. */
const ASK_AGAIN_MS = 3000

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

  /** Whoever lives answers; a site between two owners is asked again for a moment. */
  const api = async (path: string, options: ApiOptions = {}) => {
    let last: unknown
    for (const limit = performance.now() + ASK_AGAIN_MS; performance.now() < limit;) {
      for (const server of servers.filter(one => one.isAlive())) {
        try {
          const answer = await server.api(path, options)
          if (answer.status < 500) return answer
          last = new Error(`${path}: ${answer.status}`)
        } catch (error) {
          last = error
        }
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    throw last ?? new Error('no server is alive')
  }
  const done = async (path: string, options: ApiOptions = {}) => {
    const answer = await api(path, options)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.bytes}`)
    return answer.body
  }
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
