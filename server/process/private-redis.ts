// A redis-server of our own: on a Unix socket, append-only, without rights; it outlives us and is adopted again.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  openSync,
  closeSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import type { Log } from '../log.ts'
import { CannotStart } from './cannot-start.ts'
import { markOf, readMark, waitForEnd, writeMark } from './living.ts'

/** sun_path holds 108 bytes with the closing zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107
/** The user `nobody` of Debian. */
const NOBODY = 65_534
const READY_MS = 20_000
const ASK_MS = 1000
/** How soon its death is noticed. */
const LOOK_EVERY_MS = 500

export interface PrivateRedis {
  readonly path: string
  readonly pid: number
  readonly adopted: boolean
}

/** @throws {CannotStart} when there is no redis-server, or it does not come up. */
export async function startPrivateRedis(dataDir: string): Promise<PrivateRedis> {
  const folder = join(dataDir, 'redis')
  const path = socketPathOf(dataDir)
  const pidFile = join(folder, 'redis.pid')
  const asRoot = process.getuid?.() === 0
  makeOwn(folder, asRoot)
  if (dirname(path) !== folder) makeOwn(dirname(path), asRoot)

  const living = readMark(pidFile)
  if (living && (await answers(path, READY_MS))) return { path, pid: living.pid, adopted: true }
  rmSync(path, { force: true })

  if (spawnSync('redis-server', ['--version']).error) {
    throw new CannotStart(
      'redis-server is missing: type "apt-get install redis-server", or set REDIS_URL to one that runs.',
    )
  }
  const logFile = join(folder, 'redis.log')
  const log = openSync(logFile, 'a', 0o640)
  // Paths are relative to the working folder, which is entered before the rights are given up.
  const child = spawn(
    'redis-server',
    [
      '--port',
      '0',
      '--unixsocket',
      dirname(path) === folder ? 'redis.sock' : path,
      '--unixsocketperm',
      '700',
      '--dir',
      '.',
      '--appendonly',
      'yes',
      '--appendfsync',
      'everysec',
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
      '--daemonize',
      'no',
      '--pidfile',
      '',
    ],
    {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
      ...(asRoot && { uid: NOBODY, gid: NOBODY }),
    },
  )
  closeSync(log)
  const failed = new Promise<Error | null>(resolve => {
    child.once('error', resolve)
    child.once('exit', () => resolve(null))
  })
  child.unref()
  const given = new AbortController()
  const outcome = await Promise.race([answers(path, READY_MS, given.signal), failed])
  given.abort()
  const mark = child.pid === undefined ? undefined : markOf(child.pid)
  if (outcome !== true || !mark) {
    throw new CannotStart(`The private redis-server did not come up: see ${logFile}.`)
  }
  writeFileSync(pidFile, writeMark(mark), { mode: 0o644 })
  return { path, pid: mark.pid, adopted: false }
}

/** Starts it again whenever it dies, until closed. */
export function keepPrivateRedis(
  dataDir: string,
  log: Pick<Log, 'warn' | 'error'>,
): { close(): void } {
  const pidFile = join(dataDir, 'redis', 'redis.pid')
  let timer: NodeJS.Timeout
  let closed = false
  const look = async () => {
    try {
      if (!readMark(pidFile)) {
        const { pid } = await startPrivateRedis(dataDir)
        log.warn({ redisPid: pid }, 'private redis-server had died and was started again')
      }
    } catch (error) {
      log.error({ err: error }, 'private redis-server could not be started again')
    }
    if (!closed) timer = setTimeout(() => void look(), LOOK_EVERY_MS)
  }
  timer = setTimeout(() => void look(), LOOK_EVERY_MS)
  return {
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

/** Ends it; what it holds is on disk afterwards. True when one was there. */
export async function stopPrivateRedis(dataDir: string, timeoutMs: number): Promise<boolean> {
  const mark = readMark(join(dataDir, 'redis', 'redis.pid'))
  if (!mark) return false
  process.kill(mark.pid, 'SIGTERM') // Redis writes the append-only file out and ends.
  if (!(await waitForEnd(mark, timeoutMs))) process.kill(mark.pid, 'SIGKILL')
  rmSync(join(dataDir, 'redis', 'redis.pid'), { force: true })
  const folder = dirname(socketPathOf(dataDir))
  if (folder !== join(dataDir, 'redis')) rmSync(folder, { recursive: true, force: true })
  return true
}

/** In the data folder, or under `/run` (`/tmp` without the right to it) when the path is too long. */
export function socketPathOf(dataDir: string): string {
  const natural = join(dataDir, 'redis', 'redis.sock')
  if (Buffer.byteLength(natural) <= MAX_SOCKET_PATH_BYTES) return natural
  const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  return join(process.getuid?.() === 0 ? '/run' : '/tmp', `hotline-${key}`, 'redis.sock')
}

function makeOwn(folder: string, asRoot: boolean): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o700)
  if (asRoot) chownSync(folder, NOBODY, NOBODY)
}

/** Asks until it answers PONG (a large append-only file takes a while to read); false after the limit. */
async function answers(path: string, timeoutMs: number, given?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline && !given?.aborted) {
    if (await pings(path)) return true
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  return false
}

function pings(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    const end = (answer: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => end(false), ASK_MS)
    socket.once('error', () => end(false))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', data => end(data.toString().startsWith('+PONG')))
  })
}
