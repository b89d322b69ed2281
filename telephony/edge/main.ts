// The SIP edge as a process: `node --import tsx telephony/edge/main.ts`. It outlives servers; killed, it drops no call.
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { pino } from 'pino'
import { createAnnouncer, isMediaFault, SILENT_ANNOUNCER } from './announcer.ts'
import { readEdgeConfig, type EdgeConfig } from './config.ts'
import { createDesk } from './desk.ts'
import { createSipServer } from './drachtio.ts'
import { createEdge } from './edge.ts'
import { createProbe } from './probe.ts'
import { toState } from './state.ts'

/** Begins every key of the site in Redis; the servers' own. */
const PREFIX = 'hotline:'
const LAST_MS = 3_000
const DOOR_EVERY_MS = 100
/** Redis has had time to answer. */
const ALONE_AFTER_MS = 3_000

/** Which drachtio it is, for all edges of the site: one on the edge's own machine is another on each. */
const drachtioOf = ({ host, port }: EdgeConfig['drachtio']) =>
  /^(?:127\.|localhost$|\[?::1\]?$)/.test(host) ? `${hostname()}:${port}` : `${host}:${port}`

function start(config: EdgeConfig): void {
  const log = pino({ level: config.logLevel, base: { part: 'edge' } })
  const now = Date.now
  const folder = createHash('sha256').update(config.folder).digest('hex').slice(0, 8)
  const name = `${hostname()}-${folder}`
  const server = createSipServer()
  const announcer = config.media ? createAnnouncer(server, config.media, log) : SILENT_ANNOUNCER
  const desk = createDesk({
    redis: config.redis,
    prefix: PREFIX,
    name,
    drachtio: drachtioOf(config.drachtio),
    folder: config.folder,
    onSettings: settings => edge.guard.configure(settings),
    onLoad: load => edge.guard.onLoad(load, now()),
    onUnban: address => edge.guard.admission.unban(address),
    state: () => toState(name, edge, announcer, now()),
    log,
  })
  const edge = createEdge({
    server,
    drachtio: config.drachtio,
    settings: desk.settings(),
    announcer: () => announcer,
    onBlocked: desk.onBlocked,
    now,
    log,
  })
  const probe = createProbe(server, edge.guard, { now, isConnected: edge.isConnected })

  // One edge serves a drachtio; a second one waits. Without Redis nobody can say, and callers must not wait.
  const startedAt = now()
  const door = setInterval(() => {
    const holding = desk.holding()
    if (holding === 'others' && edge.isConnected()) {
      log.warn({}, 'another edge serves this drachtio')
      void end(0)
    }
    if (holding === 'ours') edge.open()
    if (holding === 'unknown' && now() - startedAt > ALONE_AFTER_MS) edge.open()
  }, DOOR_EVERY_MS)

  const end = async (code: number) => {
    setTimeout(() => process.exit(code), LAST_MS).unref()
    clearInterval(door)
    probe.close()
    announcer.close()
    edge.close()
    await desk.close()
    process.exit(code)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(0))
  // Whoever started us may end first: its terminal and its pipes go with it.
  process.on('SIGHUP', () => undefined)
  process.on('uncaughtException', err => {
    if (isMediaFault(err)) return log.error({ err }, 'media node has no announcement profile')
    log.fatal({ err }, 'fault')
    void end(1)
  })
  process.on('unhandledRejection', err => log.error({ err }, 'unhandled rejection'))
}

const read = readEdgeConfig()
if (read.type === 'config') start(read.config)
else {
  for (const problem of read.problems) process.stderr.write(`${problem}\n`)
  process.exitCode = 2
}
