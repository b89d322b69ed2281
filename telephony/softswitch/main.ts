// The embedded switch as a process: `node --import tsx telephony/softswitch/main.ts <switch.json> [log file]`.
// It outlives whoever started it; SIGTERM drains and ends it.
import { readFile } from 'node:fs/promises'
import { pino, destination } from 'pino'
import { createBrowserLegs } from './browser/create.ts'
import { switchConfigSchema, type SwitchConfig } from './config.ts'
import { createSwitch } from './core/switch.ts'
import { createEventSocket } from './esl/server.ts'
import { createMedia } from './media/create.ts'
import { createSipStack } from './sip/create.ts'

const [configPath, logPath] = process.argv.slice(2)
if (configPath === undefined) {
  process.stderr.write('usage: main.ts <path to switch.json> [log file]\n')
  process.exit(2)
}

/** A far end that is silent this long while the call is answered and not held is gone. */
const SILENT_AFTER_MS = 300_000
const DRAIN_MS = 30_000
/** Native parts that do not close must not keep the process alive. */
const LAST_MS = 5_000

// Whoever started us may end first: its terminal and its pipes go with it.
process.on('SIGHUP', () => undefined)
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    // EPIPE: nobody reads any longer. The log file, where there is one, goes on.
  })
}

const log = pino(
  { level: 'info', base: { part: 'switch' } },
  logPath === undefined ? process.stdout : destination({ dest: logPath, mkdir: true, sync: false }),
)

async function readConfig(path: string): Promise<SwitchConfig> {
  return switchConfigSchema.parse(JSON.parse(await readFile(path, 'utf8')))
}

/** Both planes take ports at will, so each has its own: the last quarter is for browsers. */
function splitPorts({ first, last }: SwitchConfig['rtpPorts']) {
  const border = first + 2 * Math.ceil(((last - first) * 3) / 8)
  return { media: { first, last: border - 1 }, browsers: { first: border, last } }
}

const isLoopback = (host: string) => host === '::1' || host.startsWith('127.')

async function start(path: string): Promise<void> {
  const config = await readConfig(path)
  const { sip: sipConfig, eventSocket } = config
  const ports = splitPorts(config.rtpPorts)
  // Browser legs are relayed over loopback, so the media plane must be heard there as well.
  const mediaAddress = isLoopback(sipConfig.host) ? sipConfig.host : '0.0.0.0'
  const media = await createMedia({
    bindAddress: mediaAddress,
    rtpPorts: ports.media,
    silentAfterMs: SILENT_AFTER_MS,
  })
  const browsers = await createBrowserLegs({
    bindAddress: sipConfig.host,
    ports: ports.browsers,
    iceServers: config.iceServers,
    ...(sipConfig.publicAddress === undefined ? {} : { publicAddress: sipConfig.publicAddress }),
  })

  const end = async (graceMs: number) => {
    log.info({ graceMs }, 'switch ends')
    setTimeout(() => process.exit(1), graceMs + LAST_MS).unref()
    await embedded.drain(graceMs)
    await embedded.close()
    await door.close()
    log.flush?.()
    process.exit(0)
  }
  const endOnce = (graceMs: number) => {
    ending ??= end(graceMs).catch((err: unknown) => {
      log.error({ err }, 'switch did not end well')
      process.exit(1)
    })
  }
  let ending: Promise<void> | undefined

  const embedded = await createSwitch({
    config,
    media,
    browsers,
    log,
    createSip: options =>
      createSipStack({
        ...options,
        bindAddress: sipConfig.host,
        sipPort: sipConfig.port,
        webSocketPort: sipConfig.webSocketPort,
        userAgent: 'Hotline',
        log,
      }),
    readConfig: () => readConfig(path),
    onShutDown: drain => endOnce(drain ? DRAIN_MS : 0),
  })
  const door = await createEventSocket({ ...eventSocket, door: embedded.door, log })

  process.on('SIGTERM', () => endOnce(DRAIN_MS))
  process.on('SIGINT', () => endOnce(0))
  process.stdout.write(
    `${JSON.stringify({ ready: true, sipPort: embedded.sip.sipPort, webSocketPort: embedded.sip.webSocketPort, eslPort: door.port, pid: process.pid })}\n`,
  )
}

// A fault that escaped every guard: a switch in an unknown state must not go on taking calls.
process.on('uncaughtException', err => {
  log.fatal({ err }, 'fault')
  setTimeout(() => process.exit(1), 100)
})
process.on('unhandledRejection', err => log.error({ err }, 'unhandled rejection'))

start(configPath).catch((err: unknown) => {
  log.fatal({ err }, 'switch could not start')
  process.stderr.write(
    `the switch could not start: ${err instanceof Error ? err.message : String(err)}\n`,
  )
  setTimeout(() => process.exit(1), 100)
})
