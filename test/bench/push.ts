// From a change of the floor in the server to its arrival at 1,000 desktops: the real web door with its hub and /ws in this
// process, the desktops (package ws) in another.
import type { AgentView, LinesView, QueueView } from '../../server/desktop/protocol.ts'
import { openTestSite } from '../fixtures/site/site.ts'
import { table } from './figures.ts'
import { startHelper } from './load/child.ts'
import type { Heard } from './load/desktops.ts'
import { watchProcessor } from './load/processor.ts'

const DESKTOPS = 1_000
const RATES_PER_SECOND = [10, 50, 100]
const MEASURE_MS = 8_000
/** What is under way at the end may still arrive. */
const LATE_MS = 1_000
const OPEN_MS = 60_000
const AGENTS = 100
/** As server/control/publish.ts: sums over the floor follow at most this often. */
const SUMS_EVERY_MS = 50

/** CLOCK_MONOTONIC, the same in every process. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6

/** `[desktops] [changes/s,changes/s…]` */
export async function run(rest: string[]): Promise<object> {
  const desktops = Number(rest[0] ?? DESKTOPS)
  const rates = rest[1]?.split(',').map(Number) ?? RATES_PER_SECOND
  const site = await openTestSite()
  const load = startHelper('./desktops.ts')
  try {
    const url = (await site.app.listen({ host: '127.0.0.1', port: 0 })).replace('http', 'ws')
    const token = await site.tokenOf('admin')
    const publish = (set: Record<string, unknown>) => site.hub.publish('floor', set)
    for (let n = 0; n < AGENTS; n++) publish(agentChange(n, 0))
    publish(sums(0))
    await load.ask('open', { url: `${url}/ws`, token, count: desktops }, OPEN_MS)

    const rows: Record<string, unknown>[] = []
    for (const perSecond of rates) {
      await load.ask('begin')
      const ofServer = watchProcessor(process.pid)
      const ofLoad = watchProcessor(load.pid)
      const changes = await publishAt(perSecond, publish)
      const [server, desk] = [ofServer(), ofLoad()]
      await new Promise(resolve => setTimeout(resolve, LATE_MS))
      const heard = await load.ask<Heard>('end')
      rows.push({
        changesPerSecond: perSecond,
        changes,
        delayP50Ms: heard.delayP50Ms,
        delayP99Ms: heard.delayP99Ms,
        delayMaxMs: heard.delayMaxMs,
        messagesPerSecond: Math.round((heard.messages / MEASURE_MS) * 1000),
        megabytesPerSecond: +(heard.bytes / 1e3 / MEASURE_MS).toFixed(2),
        arrivedPercent: +((heard.arrivals / (changes * desktops)) * 100).toFixed(2),
        snapshots: heard.snapshots,
        desktopsLost: heard.gone,
        serverCpuPercent: server.cpuPercent,
        serverWaitedPercent: server.busiestThreadWaitedPercent,
        loadCpuPercent: desk.cpuPercent,
      })
    }
    console.log(table(rows))
    return { desktops, measuredMs: MEASURE_MS, rows }
  } finally {
    await load.end()
    await site.close()
  }
}

/**
 * Publishes on a clock that catches up. A change is stamped with the time at which it was due: what waits because the server
 * is busy sending is delay like any other.
 */
function publishAt(perSecond: number, publish: (set: Record<string, unknown>) => void) {
  const beganAt = nowMs()
  const total = Math.round((perSecond * MEASURE_MS) / 1000)
  let published = 0
  let sumsAt = 0
  return new Promise<number>(resolve => {
    const beat = () => {
      const now = nowMs()
      let due = beganAt + (published * 1000) / perSecond
      while (due <= now && published < total) {
        publish(agentChange(published, due))
        if (sumsAt === 0) sumsAt = now + SUMS_EVERY_MS
        published++
        due = beganAt + (published * 1000) / perSecond
      }
      if (sumsAt > 0 && now >= sumsAt) {
        publish(sums(published))
        sumsAt = 0
      }
      if (now - beganAt >= MEASURE_MS) resolve(published)
      else setTimeout(beat, 1)
    }
    beat()
  })
}

const QUEUES = ['consult', 'complaint', 'handling']

function agentChange(n: number, benchAt: number): Record<string, unknown> {
  const id = String(1001 + (n % AGENTS))
  const view: AgentView & { benchAt: number } = {
    id,
    name: `坐席${id}`,
    state: n % 2 === 0 ? 'talking' : 'wrap-up',
    since: Date.now(),
    queues: QUEUES,
    phone: 'registered',
    autoAnswer: false,
    callId: `5f8c3c1e-7f0e-4c46-8b0c-${String(n).padStart(12, '0')}`,
    withNumber: '138****1111',
    today: { answered: n, missed: 1, talkMs: n * 1000, satisfied: 4.6, rated: 12 },
    benchAt,
  }
  return { [`agent/${id}`]: view }
}

function sums(n: number): Record<string, unknown> {
  const queue = (id: string): QueueView => ({
    id,
    name: id,
    waiting: n % 7,
    oldestJoinedAt: Date.now(),
    waiters: [],
    estimate: { lowS: 30, highS: 90 },
    agents: {
      'signed-out': 10,
      idle: n % 20,
      reserved: 0,
      ringing: 2,
      talking: 60,
      'on-hold': 3,
      'wrap-up': 4,
      busy: 1,
    },
    today: {
      joined: n,
      answered: n,
      answeredIn15s: n,
      abandoned: 3,
      waitMs: n * 900,
    },
    levels: [0.9, 0.95, 0.9, null, 1, 1, 0.8, 0.9, 0.9, 1, 1, 1],
  })
  const lines: LinesView = {
    used: n % 30,
    limit: 30,
    inFlow: 0,
    flowLimit: 20,
    recording: n % 20,
    recordingLimit: 20,
    waiting: 7,
    talking: n % 20,
    lines: [],
  }
  return { lines, ...Object.fromEntries(QUEUES.map(id => [`queue/${id}`, queue(id)])) }
}
