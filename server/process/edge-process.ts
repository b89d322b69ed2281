// The SIP edge as a process of its own: started, adopted after our crash, restarted after its own. It goes on without us.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '../log.ts'
import { isLiving, markOf, readMark, waitForEnd, writeMark, type ProcessMark } from './living.ts'

/** How soon its death is noticed; until then new callers get 503 from drachtio, and their network tries elsewhere. */
const LOOK_EVERY_MS = 250
/** An edge that dies at once is tried again ever more slowly. */
const RESTART_MS = [0, 500, 1000, 2000, 4000]
const STEADY_MS = 30_000
const END_MS = 5_000
const PROGRAM = [
  '--import',
  'tsx',
  fileURLToPath(new URL('../../telephony/edge/main.ts', import.meta.url)),
]

export const edgeFolder = (dataDir: string) => join(dataDir, 'edge')
const pidFileOf = (dataDir: string) => join(edgeFolder(dataDir), 'edge.pid')

export interface EdgeProcess {
  pid(): number
  restarts(): number
  /** Stops watching; the edge goes on. */
  close(): void
}

export function startEdgeProcess({
  dataDir,
  environment,
  log,
}: {
  dataDir: string
  /** What it is told: where drachtio, Redis and the media node are. */
  environment: Readonly<Record<string, string>>
  log: Log
}): EdgeProcess {
  const folder = edgeFolder(dataDir)
  const pidFile = pidFileOf(dataDir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })

  const launch = (): ProcessMark | undefined => {
    const out = openSync(join(folder, 'edge.log'), 'a', 0o640)
    const child = spawn(process.execPath, PROGRAM, {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      // In a group of its own, so that what ends us does not end it.
      detached: true,
      stdio: ['ignore', out, out],
      env: { ...environment },
    })
    closeSync(out)
    child.unref()
    child.on('error', err => log.error({ err }, 'edge could not be started'))
    const mark = child.pid === undefined ? undefined : markOf(child.pid)
    if (mark) writeFileSync(pidFile, writeMark(mark))
    return mark
  }

  let mark = readMark(pidFile)
  const adopted = mark !== undefined
  mark ??= launch()
  log.info({ edgePid: mark?.pid, adopted }, 'edge runs')
  let bornAt = performance.now()
  let deaths = 0
  let restarts = 0
  let timer: NodeJS.Timeout

  const look = () => {
    if (mark && isLiving(mark)) {
      timer = setTimeout(look, LOOK_EVERY_MS)
      return
    }
    deaths = performance.now() - bornAt > STEADY_MS ? 0 : deaths
    const waitMs = RESTART_MS[Math.min(deaths++, RESTART_MS.length - 1)] ?? 0
    log.error({ waitMs }, 'edge died')
    timer = setTimeout(() => {
      mark = launch()
      restarts++
      bornAt = performance.now()
      look()
    }, waitMs)
  }
  timer = setTimeout(look, LOOK_EVERY_MS)

  return {
    pid: () => mark?.pid ?? 0,
    restarts: () => restarts,
    close: () => clearTimeout(timer),
  }
}

/** True when there was one, and it has ended. Calls go on without it. */
export async function stopEdgeProcess(dataDir: string): Promise<boolean> {
  const mark = readMark(pidFileOf(dataDir))
  if (!mark) return false
  process.kill(mark.pid, 'SIGTERM')
  if (!(await waitForEnd(mark, END_MS))) process.kill(mark.pid, 'SIGKILL')
  rmSync(pidFileOf(dataDir), { force: true })
  return true
}
