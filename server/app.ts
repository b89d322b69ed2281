// Builds everything; the only file that knows everything. It listens when told to.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createTelephony } from '../telephony/index.ts'
import type { Dependency } from './api/health.ts'
import { createMetrics } from './api/metrics.ts'
import { createLogin } from './auth/login.ts'
import { createSessions } from './auth/session.ts'
import { createCallerDirectory } from './caller-directory.ts'
import type { Config } from './config.ts'
import { createControl } from './control/control.ts'
import { createRepairBook } from './control/doctor/book.ts'
import { createHub } from './desktop/hub.ts'
import { prepareSite, type FirstStart } from './first-start.ts'
import { createDrainer } from './ledger/index.ts'
import type { Log } from './log.ts'
import { createRecordShape } from './records/index.ts'
import { openOperations } from './operations.ts'
import { openEdge } from './process/edge.ts'
import { lockDataFolder, prepareMediaFolder } from './process/folder.ts'
import { FLOOR, keepLease } from './process/lease-keeper.ts'
import { createSound } from './process/sound.ts'
import { openStores, PREFIX } from './process/stores.ts'
import { REALM, type SwitchContents } from './process/switch-file.ts'
import { startEarly } from './process/switch.ts'
import { openSwitches, waysOf } from './process/switches.ts'
import { certificateOf } from './process/tls.ts'
import { watch } from './process/watch.ts'
import { readBlacklist, readSettings, readSiteSettings } from './site-settings.ts'
import { readTrunks } from './site-trunks.ts'
import { startOfDay } from './start-of-day.ts'
import { createSwitchDirectory } from './switch-directory.ts'
import { createRedisFactStream, createRedisFloorStore, type Repositories } from './store/index.ts'
import { openTrace } from './trace.ts'
import { buildWeb } from './web/web.ts'

export interface Server {
  readonly url: string
  readonly first: FirstStart
  /** Hands its calls over and ends; switches and private stores go on. */
  close(): Promise<void>
}
export interface ServerOptions {
  readonly config: Config
  readonly log: Log
  readonly withDemo: boolean
  /** Progress, for people. */
  readonly say: (line: string) => void
  /** Something without which this process must not go on. */
  readonly onFatal: (reason: string) => void
}

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** @throws {CannotStart} with one sentence. */
export async function startServer({
  config,
  log,
  withDemo,
  say,
  onFatal,
}: ServerOptions): Promise<Server> {
  const clock = Date.now
  const startedAt = clock()
  const closers: (() => unknown)[] = []
  const onClose = (close: () => unknown) => closers.unshift(close)
  const close = async () => {
    for (const one of closers.splice(0)) await one()
  }
  try {
    const lock = lockDataFolder(config.dataDir)
    onClose(lock.release)
    prepareMediaFolder(config.mediaDir)
    startEarly(config)
    const certificate = await certificateOf(config, clock)

    say('Opening the stores, preparing prompts…')
    const sound = createSound(config.mediaDir, log)
    // Both take seconds at a first start. A failure is thrown where it is awaited.
    const prompts = sound.forSwitch()
    prompts.catch(() => undefined)
    const stores = await openStores(config, log)
    onClose(stores.close)
    const { repositories, redis, keyValue } = stores
    const first = await prepareSite({ repositories, config, at: clock() }, withDemo)

    const trace = await openTrace(config, repositories, log)
    onClose(trace.close)
    const switchPrompts = await prompts
    const contents = () => readContents(repositories, config, switchPrompts, trace.capture.address)

    say(config.switches.length > 0 ? 'Connecting to the switch…' : 'Starting the embedded switch…')
    const switches = await openSwitches({
      config,
      contents: await contents(),
      keyValue,
      now: clock,
      log,
    })
    onClose(switches.close)

    const owner = `${hostname()}-${createHash('sha256').update(config.dataDir).digest('hex').slice(0, 8)}`
    const lease = await keepLease({
      redis,
      prefix: PREFIX,
      owner,
      log,
      onWaiting: other => say(`Standing by: ${other} steers this site.`),
      onLost: () => onFatal('another server has taken over'),
    })
    onClose(lease.release)
    const stream = await createRedisFactStream({ redis: stores.redisAddress, prefix: PREFIX, log })
    onClose(stream.close)
    const drainer = createDrainer({ stream, facts: repositories.facts, log })
    onClose(drainer.close)
    const store = await createRedisFloorStore({
      redis: stores.redisAddress,
      prefix: PREFIX,
      epoch: lease.epoch,
      node: FLOOR,
      log,
    })

    const telephonies = switches.nodes.map(({ name, url }) =>
      switches.guard(
        createTelephony({
          url,
          nodeName: name,
          clock: { now: clock },
          log,
          mediaFolder: config.mediaDir,
        }),
      ),
    )
    onClose(() => telephonies.forEach(telephony => telephony.close()))
    const { edge, heard } = openEdge({
      config,
      stores,
      telephonies,
      isSteering: () => true,
      log,
      now: clock,
    })
    onClose(edge.close)
    await edge.apply(await contents(), repositories.settings)
    const hub = createHub({ clock })
    onClose(hub.close)
    const operations = await openOperations({ config, stores, server: owner, clock, log })
    onClose(operations.close)
    const directory = createCallerDirectory(repositories, clock)
    const repairs = createRepairBook(clock())
    const control = await createControl({
      telephonies: heard,
      store,
      prompts: sound.prompts,
      mediaFolder: config.mediaDir,
      publisher: hub,
      callers: directory,
      settings: await readSettings(repositories, config),
      factsToday: drainer.factsSince(startOfDay(clock(), config.timeZone)),
      serverName: owner,
      repairs,
      hasDesktop: agent => hub.isWatched(`desk:${agent}`),
      onFact: operations.onFact,
      onAlarm: operations.onAlarm,
      now: clock,
      log,
    })
    onClose(control.close)
    const metrics = createMetrics({
      control,
      desktopCount: () => hub.visitorCount,
      drainLag: drainer.lag,
      switchRestarts: switches.restarts,
      repairs: () => repairs.view().counts,
      onRequestTook: operations.onRequestTook,
      capture: trace.capture.figures,
    })
    operations.start({ control, metrics, telephonies, switches, drainer })
    for (const telephony of telephonies) telephony.onEvent(trace.capture.hear)
    onClose(
      watch({ control, mediaDir: config.mediaDir, isDatabaseUp: stores.database.isUp, log }).close,
    )

    const dependencies: Dependency[] = [
      {
        name: 'redis',
        needed: true,
        check: async () => ((await stores.isRedisUp()) ? undefined : 'does not answer'),
      },
      {
        name: 'database',
        needed: false,
        check: async () => ((await stores.database.isUp()) ? undefined : 'does not answer'),
      },
      ...telephonies.map(telephony => ({
        name: telephony.nodeName,
        needed: true,
        check: async () => (telephony.connected ? undefined : 'does not answer'),
      })),
      { name: 'speech', needed: false, check: sound.check },
    ]
    const app = await buildWeb({
      api: {
        control,
        repositories,
        auth: {
          sessions: createSessions({ keyValue, clock, log }),
          login: createLogin({ users: repositories.users, keyValue, clock }),
          keyValue,
          secure: certificate !== undefined,
        },
        site: {
          clock,
          mediaDir: config.mediaDir,
          shape: createRecordShape(config.timeZone),
          directory,
          realm: REALM,
          iceServers: config.iceServers,
          browserWays: waysOf(switches.browsers),
          async reconfigure() {
            await trace.refresh()
            control.configure(await readSettings(repositories, config))
            await switches.apply(await contents())
            await edge.apply(await contents(), repositories.settings)
          },
          bans: edge.bansWith(switches.bans),
          edge,
          repairs: repairs.view,
          ...trace.site,
        },
        operations: operations.door,
        log,
      },
      hub,
      metrics,
      health: { version: versionOf(), startedAt, dependencies },
      options: {
        desktopFolder: root('agent-desktop/dist'),
        ...(certificate && { certificate }),
        browsers: switches.browsers,
        ...(config.switches.length > 0 && {
          directory: createSwitchDirectory({
            config,
            repositories,
            banned: async () => (await switches.bans.list()).map(({ address }) => address),
            log,
          }),
        }),
      },
    })
    onClose(() => app.close())
    const url = await app.listen({ host: config.web.host, port: config.web.port })
    void repositories.flows.running().then(
      flows => sound.warm(flows.map(({ flow }) => flow)),
      (error: unknown) => log.warn({ err: error }, 'prompts not prepared'),
    )
    return { url, first, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the switch must know of what the operator has set. */
async function readContents(
  repositories: Repositories,
  config: Config,
  prompts: SwitchContents['prompts'],
  capture: SwitchContents['capture'],
): Promise<SwitchContents> {
  const [numbers, agents, site, blocked, trunks] = await Promise.all([
    repositories.numbers.list(),
    repositories.agents.list(),
    readSiteSettings(repositories.settings),
    readBlacklist(repositories.settings),
    readTrunks(repositories.trunks, config),
  ])
  return {
    trunks,
    publishedNumbers: numbers.map(({ number }) => number),
    phones: agents.map(({ id, phoneSecret }) => ({ user: id, secret: phoneSecret })),
    lines: { limit: site.lineLimit, reserve: site.reserveLines },
    recordingLimit: site.recordingLimit,
    blacklist: blocked.map(({ number }) => number),
    prompts,
    ...(capture && { capture }),
  }
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(root('package.json'), 'utf8')) as { version: string }
  return version
}
