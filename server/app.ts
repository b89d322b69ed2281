// Builds everything; the only file that knows everything. It listens when told to.
import { fileURLToPath } from 'node:url'
import { addSynthesisMetrics } from './api/metric-synthesis.ts'
import { createMetrics } from './api/metrics.ts'
import { createLogin } from './auth/login.ts'
import { createSessions } from './auth/session.ts'
import { createCallerDirectory } from './caller-directory.ts'
import { openSite, type Site } from './cluster/site.ts'
import { createClock } from './clock.ts'
import type { Config } from './config.ts'
import { readSpeech } from './config-speech.ts'
import { createRepairBook } from './control/doctor/book.ts'
import { createHub } from './desktop/hub.ts'
import { prepareSite, type FirstStart } from './first-start.ts'
import { dependenciesOf } from './dependencies.ts'
import { createDrainer } from './ledger/index.ts'
import type { Log } from './log.ts'
import { createRecordShape } from './records/index.ts'
import { openOperations } from './operations.ts'
import { openEdge } from './process/edge.ts'
import { lockDataFolder, prepareMediaFolder } from './process/folder.ts'
import { awaitRole, refuseSecond, serverNameOf } from './process/role.ts'
import { createSound } from './process/sound.ts'
import { openStores, PREFIX } from './process/stores.ts'
import { REALM } from './process/switch-file.ts'
import { startEarly } from './process/switch.ts'
import { openSwitches, waysOf } from './process/switches.ts'
import { certificateOf } from './process/tls.ts'
import { openTelephonies } from './open-telephonies.ts'
import { watch } from './process/watch.ts'
import { readSettings, readSiteSettings } from './site-settings.ts'
import { switchesSeen } from './switch-sight.ts'
import { siteTrunks } from './site-trunks.ts'
import { createSpeechDesk } from './speech/desk.ts'
import { startOfDay } from './start-of-day.ts'
import type { EarlyPGlite } from './store/early-pglite.ts'
import { createRedisFactStream } from './store/index.ts'
import { readContents } from './switch-contents.ts'
import { openSpeech } from './speech/index.ts'
import { createSwitchDirectory } from './switch-directory.ts'
import { openTrace } from './trace.ts'
import { versionOf } from './version.ts'
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
  readonly early?: EarlyPGlite
}

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** @throws {CannotStart} with one sentence. */
export async function startServer({
  config,
  log,
  withDemo,
  say,
  early,
}: ServerOptions): Promise<Server> {
  const { now: clock, onJump, close: stopClock } = createClock()
  const startedAt = clock()
  const closers: (() => unknown)[] = []
  const onClose = (close: () => unknown) => closers.unshift(close)
  onClose(stopClock)
  const close = async () => {
    for (const one of closers.splice(0)) await one()
  }
  try {
    const lock = lockDataFolder(config.dataDir)
    onClose(lock.release)
    prepareMediaFolder(config.mediaDir)
    const engines = readSpeech(config.speech, problem => log.warn({ problem }, 'speech file'))
    startEarly(config)
    const certificate = await certificateOf(config, clock)

    say('Opening the stores, preparing prompts…')
    const { mediaDir } = config
    const sound = createSound({ mediaDir, synthesisers: engines.synthesisers, log })
    onClose(sound.close)
    // Both take seconds at a first start. A failure is thrown where it is awaited.
    const prompts = sound.forSwitch()
    prompts.catch(() => undefined)
    const stores = await openStores(config, log, early)
    onClose(stores.close)
    const { repositories, redis, keyValue } = stores
    await sound.refresh(repositories.settings)
    await refuseSecond(config, stores)
    const first = await prepareSite({ repositories, config, at: clock() }, withDemo)

    const trace = await openTrace(config, repositories, log)
    onClose(trace.close)
    const switchPrompts = await prompts
    const contents = () => readContents(repositories, config, switchPrompts, trace.capture.address)

    say(config.switches.length > 0 ? 'Connecting to the switch…' : 'Starting the embedded switch…')
    let site: Site | undefined
    const steers = () => site?.isSteering ?? false
    const switches = await openSwitches({
      config,
      contents: await contents(),
      keyValue,
      mayAct: () => site?.mayAct() ?? false,
      now: clock,
      log,
    })
    onClose(switches.close)

    const stream = await createRedisFactStream({ redis: stores.redisAddress, prefix: PREFIX, log })
    onClose(stream.close)
    const drainer = createDrainer({
      stream,
      facts: repositories.facts,
      isOurs: steers,
      log,
    })
    onClose(drainer.close)

    const telephonies = openTelephonies({
      switches,
      sound,
      clock: { now: clock, onJump },
      log,
      mediaFolder: mediaDir,
    })
    onClose(() => telephonies.forEach(telephony => telephony.close()))
    const { edge, heard } = openEdge({
      config,
      stores,
      telephonies,
      isSteering: steers,
      log,
      now: clock,
    })
    onClose(edge.close)
    await edge.apply(await contents(), repositories.settings)
    const hub = createHub({ clock })
    onClose(hub.close)
    const operations = await openOperations({
      config,
      stores,
      server: serverNameOf(config),
      clock,
      log,
    })
    onClose(operations.close)
    const speech = await openSpeech({
      config: engines,
      settings: repositories.settings,
      limits: () => readSiteSettings(repositories.settings),
      synthesis: sound.synthesis.figures,
      telephonies,
      hub,
      factsOf: repositories.facts.of,
      isSteering: steers,
      now: clock,
      log,
    })
    onClose(speech.close)
    const directory = createCallerDirectory(repositories, clock)
    const repairs = createRepairBook(clock())
    const isAlone = config.redisUrl === undefined
    const opened = await openSite({
      redis: { address: stores.redisAddress, client: redis },
      prefix: PREFIX,
      server: serverNameOf(config),
      isAlone,
      telephonies: heard,
      hub,
      settings: () => readSettings(repositories, config),
      async onSettings() {
        await sound.refresh(repositories.settings)
        await trace.refresh()
        await switches.apply(await contents())
        await edge.apply(await contents(), repositories.settings)
        await speech.refresh()
      },
      control: {
        prompts: sound.spoken,
        mediaFolder: config.mediaDir,
        callers: directory,
        factsToday: () => drainer.factsSince(startOfDay(clock(), config.timeZone)),
        repairs,
        // Desktops of other servers are not known here.
        ...(isAlone && { hasDesktop: agent => hub.isWatched(`desk:${agent}`) }),
        talks: speech.talks,
        ears: speech.ears,
        onFact(fact) {
          operations.onFact(fact)
          speech.onFact(fact)
        },
        now: clock,
        onClockJump: onJump,
      },
      onAlarm: operations.onAlarm,
      log,
    })
    site = opened
    onClose(opened.close)
    const { control } = opened
    const metrics = createMetrics({
      control,
      isSteering: steers,
      desktopCount: () => hub.visitorCount,
      drainLag: drainer.lag,
      switchRestarts: switches.restarts,
      repairs: () => repairs.view().counts,
      onRequestTook: operations.onRequestTook,
      speech: speech.seen,
      capture: trace.capture.figures,
    })
    speech.start(control, metrics.speech)
    sound.listen(addSynthesisMetrics(metrics.registry, sound.synthesis.figures))
    operations.start({ control, metrics, telephonies, switches, edge, drainer })
    for (const telephony of telephonies)
      telephony.onEvent(event => steers() && trace.capture.hear(event))
    onClose(
      watch({ control, mediaDir: config.mediaDir, isDatabaseUp: stores.database.isUp, log }).close,
    )

    const app = await buildWeb({
      api: {
        control,
        repositories,
        auth: {
          sessions: createSessions({ keyValue, clock, log }),
          login: createLogin({ users: repositories.users, keyValue, clock }),
          keyValue,
          secure: certificate !== undefined || config.web.proxies !== undefined,
        },
        site: {
          clock,
          mediaDir: config.mediaDir,
          shape: createRecordShape(config.timeZone),
          directory,
          realm: REALM,
          iceServers: config.iceServers,
          browserWays: waysOf(switches.browsers),
          reconfigure: opened.reconfigure,
          bans: edge.bansWith(switches.bans),
          trunks: siteTrunks(repositories.trunks, config),
          edge,
          switches: switchesSeen(telephonies, config.edgeNodes),
          repairs: repairs.view,
          speech: createSpeechDesk({ ...sound, settings: repositories.settings }),
          speechNow: speech.seen,
          ...trace.site,
        },
        operations: operations.door,
        log,
      },
      hub,
      metrics,
      health: {
        version: versionOf(),
        startedAt,
        role: () => (steers() ? 'steering' : 'following'),
        dependencies: dependenciesOf({ stores, telephonies, site: opened, sound }),
      },
      options: {
        desktopFolder: root('agent-desktop/dist'),
        ...(certificate && { certificate }),
        ...(config.web.proxies && { proxies: config.web.proxies }),
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
    // Calls first: whoever takes over need not wait until the last desktop has gone.
    onClose(opened.handOver)
    await awaitRole({ site: opened, config, say })
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
