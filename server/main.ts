// The server as a process: reads the environment, starts, listens to signals, ends with grace.
import { destination } from 'pino'
import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Server } from './app.ts'
import { readConfig, WrongConfiguration, type Config } from './config.ts'
import type { FirstStart } from './first-start.ts'
import { createLog, type Log } from './log.ts'
import { CannotStart } from './process/cannot-start.ts'
import { isLoopback } from './process/loopback.ts'
import { beginPGlite } from './store/early-pglite.ts'

/** Design part 3: ends in at most 10 s. */
const CLOSE_MS = 9000

const say = (line: string) => void process.stdout.write(`${line}\n`)
const complain = (line: string) => void process.stderr.write(`${line}\n`)

/** Undefined when something is wrong; it has been said then, and the exit code is set. */
export async function main(flags: readonly string[]): Promise<void> {
  const config = configured()
  if (!config) return
  const log = createLog(config.logLevel, logPlace(config))
  let server: Server | undefined
  let ending: Promise<void> | undefined

  const end = (code: number) => {
    ending ??= (async () => {
      const late = setTimeout(() => process.exit(code || 1), CLOSE_MS)
      try {
        await server?.close()
      } catch (error) {
        log.error({ err: error }, 'server did not end well')
      }
      clearTimeout(late)
      process.exit(code)
    })()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0))
  // Whoever started us may close its terminal; the calls are not its own.
  process.on('SIGHUP', () => undefined)
  process.on('uncaughtException', error => {
    log.fatal({ err: error }, 'fault')
    end(1)
  })
  process.on('unhandledRejection', error => log.error({ err: error }, 'unhandled rejection'))

  const unknown = flags.filter(flag => flag !== '--demo')
  if (unknown.length > 0) {
    complain(`${unknown.join(' ')} is not known here; known is --demo.`)
    process.exit(2)
  }
  try {
    // The database wakes up in its thread while the rest of the program is loaded.
    const early = config.databaseUrl === undefined ? beginPGlite(config.dataDir) : undefined
    const { startServer } = await import('./app.ts')
    server = await startServer({
      config,
      log,
      withDemo: flags.includes('--demo'),
      say,
      ...(early && { early }),
    })
    welcome(config, server.url, server.first)
    log.info({ url: server.url }, 'server is ready')
  } catch (error) {
    fail(error, log)
  }
}

function configured(): Config | undefined {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof WrongConfiguration)) throw error
    for (const problem of error.problems) complain(problem)
    process.exitCode = 2
    return undefined
  }
}

/** A person at a terminal reads sentences; a supervisor of processes collects lines. */
function logPlace(config: Config) {
  if (!process.stdout.isTTY) return undefined
  mkdirSync(config.dataDir, { recursive: true })
  return destination({ dest: join(config.dataDir, 'server.log'), mkdir: true })
}

function welcome(config: Config, url: string, first: FirstStart): void {
  say('')
  say(`Hotline is ready: ${url}`)
  for (const other of addressesOf(config)) say(`  from other machines: ${other}`)
  say(`  pid ${process.pid}, data in ${config.dataDir}`)
  if (config.switches.length === 0) say(`  SIP on ${config.sip.host}:${config.sip.port} (UDP, TCP)`)
  if (first.adminPassword) say(`  administrator: admin ${first.adminPassword} (shown this once)`)
  if (first.demo.length === 0) return
  say(`  sample accounts (also in ${first.demoFile}):`)
  for (const { username, password, roles } of first.demo)
    say(`    ${username} ${password} (${roles.join(', ')})`)
  say('  dial 12393 from any SIP phone')
}

/** Where other machines find us; none on a host that is this machine alone. */
function addressesOf({ web, publicAddress }: Config): string[] {
  if (isLoopback(web.host)) return []
  const isAny = web.host === '0.0.0.0' || web.host === '::'
  const own = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  const hosts = isAny
    ? own.filter(one => one.family === 'IPv4' && !one.internal).map(one => one.address)
    : [web.host]
  return [...new Set([...(publicAddress ? [publicAddress] : []), ...hosts])].map(
    host => `https://${host.includes(':') ? `[${host}]` : host}:${web.port}`,
  )
}

function fail(error: unknown, log: Log): void {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  if (error instanceof CannotStart) complain(error.message)
  else if (taken)
    complain('HOTLINE_HTTP_PORT is in use by another program: stop it, or choose another port.')
  else {
    log.fatal({ err: error }, 'server could not start')
    complain(
      `The server could not start: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  process.exit(1)
}
