// The embedded switch as a process of its own: started, adopted after our crash, restarted after its own.
import { spawn, type ChildProcess } from 'node:child_process'
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { CannotStart } from './cannot-start.ts'
import { askSwitch, switchAnswers, type EventSocketAddress } from './event-socket.ts'
import { isLiving, markOf, readMark, writeMark, type ProcessMark } from './living.ts'
import { switchFolder } from './switch-door.ts'
import { endSwitch } from './switch-end.ts'
import { clearWay } from './switch-port.ts'
import { toSwitchConfig, type SwitchContents, type SwitchDoor } from './switch-file.ts'

const READY_MS = 45_000 // a second on a quiet machine
const ASK_MS = 2000
/** How soon its death is noticed. */
const LOOK_EVERY_MS = 250
/** A switch that dies at once is tried again ever more slowly, but within five seconds. */
const RESTART_MS = [0, 500, 1000, 2000, 4000]
/** Lived this long: its next death is a new one. */
const STEADY_MS = 30_000
const PROGRAM = [
  '--import',
  'tsx',
  fileURLToPath(new URL('../../telephony/softswitch/main.ts', import.meta.url)),
]

export interface SwitchProcess {
  /** For the driver, `esl://:password@127.0.0.1:8021`. */
  readonly url: string
  readonly eventSocket: EventSocketAddress
  /** Where browsers' SIP is passed on to. */
  readonly webSocketPort: number
  readonly adopted: boolean
  state(): 'running' | 'restarting'
  restarts(): number
  /** Writes what has changed and has the switch read it again. */
  apply(contents: SwitchContents): Promise<void>
  /** Stops watching; the switch goes on without us. */
  close(): void
}

/** @throws {CannotStart} when the switch does not come up. */
export async function startSwitch(deps: {
  config: Config
  door: SwitchDoor
  contents: SwitchContents
  log: Log
  /** The switch's program; another one in tests. */
  program?: readonly string[]
}): Promise<SwitchProcess> {
  const { config, door, log } = deps
  const folder = switchFolder(config.dataDir)
  const file = join(folder, 'switch.json')
  const pidFile = join(folder, 'switch.pid')
  const program = deps.program ?? PROGRAM
  const eventSocket = { host: '127.0.0.1', port: door.eventSocketPort, password: door.password }

  const write = (contents: SwitchContents) => {
    // Renamed into place, so that the switch never reads half a file.
    writeFileSync(`${file}.new`, JSON.stringify(toSwitchConfig(config, contents, door), null, 2), {
      mode: 0o600,
    })
    renameSync(`${file}.new`, file)
  }

  const launch = async (): Promise<ProcessMark> => {
    const child = spawnSwitch(folder, program)
    const failed = new Promise<'failed'>(resolve => child.once('error', () => resolve('failed')))
    const exited = new Promise<'exited'>(resolve => child.once('exit', () => resolve('exited')))
    const mark = readMark(pidFile)
    const given = new AbortController()
    const answered = answersWithin(eventSocket, READY_MS, given.signal)
    const outcome = await Promise.race([answered, failed, exited])
    given.abort()
    if (mark && outcome === true) return mark
    if (mark && isLiving(mark)) process.kill(mark.pid, 'SIGKILL')
    rmSync(pidFile, { force: true })
    const logFile = join(folder, 'switch.log')
    throw new CannotStart(
      `The embedded switch did not come up (${lastLineOf(logFile)}): see ${logFile}.`,
    )
  }

  const living = readMark(pidFile)
  if (living) await clearWay(file, toSwitchConfig(config, deps.contents, door), living)
  write(deps.contents)
  const adopted =
    living !== undefined && isLiving(living) && (await answersWithin(eventSocket, READY_MS))
  if (living && !adopted && isLiving(living)) await endSwitch(living)
  let mark = living && adopted ? living : await launch()
  if (adopted) await askSwitch(eventSocket, 'reloadxml', ASK_MS)
  log.info({ switchPid: mark.pid, adopted }, 'embedded switch runs')

  let state: 'running' | 'restarting' = 'running'
  let closed = false
  let deaths = 0
  let restarts = 0
  let bornAt = performance.now()
  let timer: NodeJS.Timeout

  const look = () => {
    if (isLiving(mark)) {
      timer = setTimeout(look, LOOK_EVERY_MS)
      return
    }
    state = 'restarting'
    deaths = performance.now() - bornAt > STEADY_MS ? 0 : deaths
    const waitMs = RESTART_MS[Math.min(deaths++, RESTART_MS.length - 1)] ?? 0
    log.error({ waitMs }, 'embedded switch died')
    timer = setTimeout(() => void restart(), waitMs)
  }
  const restart = async () => {
    if (closed) return
    try {
      mark = await launch()
      restarts++
      state = 'running'
      bornAt = performance.now()
      log.warn({ switchPid: mark.pid }, 'embedded switch restarted')
    } catch (error) {
      log.error({ err: error }, 'embedded switch could not be restarted')
    }
    if (!closed) look()
  }
  look()

  return {
    url: `esl://:${encodeURIComponent(door.password)}@127.0.0.1:${door.eventSocketPort}`,
    eventSocket,
    webSocketPort: door.webSocketPort,
    adopted,
    state: () => state,
    restarts: () => restarts,
    async apply(contents) {
      write(contents)
      // A switch that restarts reads the new file anyway.
      if (state === 'running') await askSwitch(eventSocket, 'reloadxml', ASK_MS)
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

/**
 * A switch that was here before can come up with what it was told then, while the stores are opened; it is adopted and told
 * anew afterwards. Does nothing where one lives, or never was.
 */
export function startEarly(config: Config): void {
  const folder = switchFolder(config.dataDir)
  if (config.switches.length > 0 || !existsSync(join(folder, 'switch.json'))) return
  if (!readMark(join(folder, 'switch.pid'))) spawnSwitch(folder, PROGRAM)
}

/** In a group of its own, so that what ends us does not end it. */
function spawnSwitch(folder: string, program: readonly string[]): ChildProcess {
  const out = openSync(join(folder, 'switch.log'), 'a', 0o640)
  const child = spawn(process.execPath, [...program, join(folder, 'switch.json')], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    detached: true,
    stdio: ['ignore', out, out],
  })
  closeSync(out)
  child.unref()
  // Told in full where it is waited for.
  child.on('error', () => undefined)
  const mark = child.pid === undefined ? undefined : markOf(child.pid)
  if (mark) writeFileSync(join(folder, 'switch.pid'), writeMark(mark))
  return child
}

/** What it said last; the reason, as a rule. */
function lastLineOf(file: string): string {
  const line = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  return line === '' ? 'it said nothing' : line.slice(0, 300)
}

async function answersWithin(
  eventSocket: EventSocketAddress,
  timeoutMs: number,
  given?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline && !given?.aborted) {
    if (await switchAnswers(eventSocket, ASK_MS)) return true
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return false
}
