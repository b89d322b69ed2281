// `npm start` on a warm data folder, everything else down: until /health/ready says 200, and until a caller who dials at that
// moment is answered.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readMark } from '../../server/process/living.ts'
import { percentiles, table } from './figures.ts'
import { ack, bye, invite, openSipEnd, type SipMessage } from './load/sip-ends.ts'

const RUNS = 5
const PORTS = { http: 25_400, sip: 25_410, eventSocket: 25_420, caller: 25_430, sound: 25_490 }
const NUMBER = '12393'
/** The first start fills the folder: database, prompts, the desktop where it is not built. */
const COLD_MS = 300_000
const WARM_MS = 60_000
const ANSWER_MS = 10_000
const STOP_MS = 40_000
const LOOK_EVERY_MS = 10

const root = fileURLToPath(new URL('../../', import.meta.url))

/** `[runs]` */
export async function run(rest: string[]): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-start-'))
  const endNow = () => {
    killAll(folder)
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', endNow)
  try {
    const cold = await startOnce(folder, 0, COLD_MS)
    const rows: Started[] = []
    for (let n = 1; n <= Number(rest[0] ?? RUNS); n++)
      rows.push(await startOnce(folder, n, WARM_MS))
    const of = (name: 'readyMs' | 'answeredMs' | 'totalMs') =>
      percentiles(rows.map(row => row[name]))
    const [ready, answered, total] = [of('readyMs'), of('answeredMs'), of('totalMs')]
    const shown = [cold, ...rows].map(({ stages, ...times }, n) => ({
      run: n === 0 ? 'first' : n,
      ...times,
      stages: Object.entries(stages)
        .map(([what, ms]) => `${what} ${ms}`)
        .join(' '),
    }))
    console.log(table(shown))
    console.log(
      table([
        { of: 'p50', readyMs: ready.p50, answeredMs: answered.p50, totalMs: total.p50 },
        { of: 'max', readyMs: ready.max, answeredMs: answered.max, totalMs: total.max },
      ]),
    )
    return {
      cold,
      rows,
      p50: { readyMs: ready.p50, answeredMs: answered.p50, totalMs: total.p50 },
      max: { readyMs: ready.max, answeredMs: answered.max, totalMs: total.max },
    }
  } finally {
    process.off('exit', endNow)
    endNow()
  }
}

/** Those that did not end when told. */
function killAll(folder: string): void {
  for (const place of ['server.pid', 'switch/switch.pid', 'redis/redis.pid']) {
    const mark = readMark(join(folder, place))
    if (mark) process.kill(mark.pid, 'SIGKILL')
  }
}

interface Started {
  readonly readyMs: number
  /** From INVITE to 200, at once after ready. */
  readonly answeredMs: number
  readonly totalMs: number
  /** What the server says while it starts, and when, ms. */
  readonly stages: Readonly<Record<string, number>>
}

async function startOnce(folder: string, n: number, limitMs: number): Promise<Started> {
  const environment = {
    ...process.env,
    HOTLINE_DATA_DIR: folder,
    HOTLINE_HTTP_PORT: String(PORTS.http),
    HOTLINE_SIP_PORT: String(PORTS.sip),
    HOTLINE_ESL_PORT: String(PORTS.eventSocket),
    HOTLINE_RTP_PORTS: '50000-50999',
    HOTLINE_DRAIN_SECONDS: '5',
    HOTLINE_LOG_LEVEL: 'warn',
  }
  const npm = (...words: string[]) =>
    spawn('npm', ['--silent', ...words], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  const beganAt = performance.now()
  const server = npm('start', '--', '--demo')
  // npm, its shell and the server; what the server has started has pid files.
  const killGroup = () => {
    if (server.pid && server.exitCode === null) process.kill(-server.pid, 'SIGKILL')
  }
  process.once('exit', killGroup)
  try {
    const stages = await ready(server, limitMs, beganAt)
    const readyAt = performance.now()
    const answeredMs = await callOnce(n)
    const round = (ms: number) => Math.round(ms)
    return {
      readyMs: round(readyAt - beganAt),
      answeredMs: round(answeredMs),
      totalMs: round(readyAt + answeredMs - beganAt),
      stages,
    }
  } finally {
    const stop = npm('run', 'stop')
    const said = collect(stop)
    await endedWithin(stop, STOP_MS)
    if (!(await endedWithin(server, 1_000))) {
      console.error(`the server did not end: ${said.text}`)
      killGroup()
      await endedWithin(server, 1_000)
    }
    process.off('exit', killGroup)
  }
}

/** @throws when it ends or is not ready within the limit. */
async function ready(
  server: ChildProcess,
  limitMs: number,
  beganAt: number,
): Promise<Started['stages']> {
  const said = collect(server)
  const stages: Record<string, number> = {}
  if (server.stdout)
    createInterface({ input: server.stdout }).on('line', line => {
      if (line.endsWith('…')) stages[line] = Math.round(performance.now() - beganAt)
    })
  const until = performance.now() + limitMs
  while (performance.now() < until) {
    if (server.exitCode !== null) throw new Error(`npm start ended: ${said.text}`)
    if ((await statusOf(`http://127.0.0.1:${PORTS.http}/health/ready`)) === 200) return stages
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`not ready within ${limitMs} ms: ${said.text}`)
}

const statusOf = (url: string) =>
  new Promise<number | undefined>(resolve => {
    const request = get(url, { timeout: 1_000, agent: false }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })

/** Dials, waits for the 200, hangs up. Returns ms from INVITE to 200. */
async function callOnce(n: number): Promise<number> {
  let onMessage: (message: SipMessage) => void = () => undefined
  const end = await openSipEnd(PORTS.caller, message => onMessage(message))
  const shape = {
    callId: `start-${process.pid}-${n}`,
    caller: String(13_900_000_000 + n),
    number: NUMBER,
    fromPort: end.port,
    toPort: PORTS.sip,
    soundPort: PORTS.sound,
  }
  const final = (cseq: string) =>
    new Promise<SipMessage>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no answer to ${cseq}`)), ANSWER_MS)
      onMessage = message => {
        if (!/^[2-6]\d\d$/.test(message.start) || message.header('CSeq') !== cseq) return
        clearTimeout(limit)
        resolve(message)
      }
    })
  try {
    const beganAt = performance.now()
    const answered = final('1 INVITE')
    end.send(invite(shape), shape.toPort)
    const answer = await answered
    const answeredMs = performance.now() - beganAt
    end.send(ack(shape, answer), shape.toPort)
    if (answer.start !== '200') throw new Error(`${NUMBER} was answered with ${answer.start}`)
    const over = final('2 BYE')
    end.send(bye(shape, answer), shape.toPort)
    await over
    return answeredMs
  } finally {
    end.close()
  }
}

/** What a process says, for when it fails. */
function collect(child: ChildProcess): { text: string } {
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => (said.text = (said.text + String(chunk)).slice(-4000)))
  return said
}

async function endedWithin(child: ChildProcess, limitMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  let limit: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    limit = setTimeout(() => resolve(false), limitMs)
  })
  const ended = await Promise.race([once(child, 'exit').then(() => true), late])
  clearTimeout(limit)
  return ended
}
