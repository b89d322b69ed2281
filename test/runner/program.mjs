// Runs one program to its end and keeps what it says. Ends with everything the program started, whatever process group it is in.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const STRAGGLERS_MS = 8000
/** For a file that sets no limit of its own; tap's 30 s are few on a busy machine. */
const TEST_LIMIT_S = '120'
const MARK = 'HOTLINE_TEST_MARK'
let last = 0
const running = new Set()

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const mark of running) endAll(markedWith(mark))
    process.exit(130)
  })
}

/**
 * @param {readonly string[]} args of node
 * @param {{ cwd: string, limitMs: number }} options
 * @returns what it wrote, its exit code (null: ended by a signal), whether it was too slow, what it left behind
 */
export async function runProgram(args, { cwd, limitMs }) {
  const mark = `${process.pid}-${++last}`
  running.add(mark)
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, {
    cwd,
    env: { TAP_TIMEOUT: TEST_LIMIT_S, ...process.env, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => output.push(piece))
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    endAll([child.pid, ...markedWith(mark)])
  }, limitMs)
  // `exit`, not `close`: a process left behind may hold the pipes open for ever.
  const code = await new Promise(resolve => child.once('exit', resolve))
  clearTimeout(timer)
  const tookMs = performance.now() - startedMs
  const left = isLate ? [] : await stragglersOf(mark)
  endAll(markedWith(mark))
  running.delete(mark)
  return { code, isLate, left, tookMs, output: Buffer.concat(output).toString() }
}

/** Names of programs that are still there when they have had time to go. */
async function stragglersOf(mark) {
  for (const until = performance.now() + STRAGGLERS_MS; ;) {
    const pids = markedWith(mark)
    if (pids.length === 0) return []
    if (performance.now() > until) return pids.map(pid => `${pid} ${commandOf(pid)}`)
    await pause(50)
  }
}

function markedWith(mark) {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    const environment = readOf(`/proc/${name}/environ`)
    return environment.split('\0').includes(`${MARK}=${mark}`) ? [Number(name)] : []
  })
}

const commandOf = pid => readOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 120)

/** Empty when the process has gone or belongs to somebody else. */
function readOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code)) return ''
    throw error
  }
}

function endAll(pids) {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
}
