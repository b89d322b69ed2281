// Where figures come from: this process, its machine, the floor.
import { readFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Control } from '../control/port.ts'
import type { Figures } from './figure.ts'
import type { Gauge } from './observer.ts'

/** Delay of the event loop, processor and memory of this process. */
export function processGauge(): { read: Gauge; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  let usage = process.cpuUsage()
  let at = performance.now()
  return {
    read() {
      const used = process.cpuUsage(usage)
      const elapsedMs = Math.max(1, performance.now() - at)
      usage = process.cpuUsage()
      at = performance.now()
      const eventLoopMs = Math.max(0, delay.percentile(99) / 1e6 - 20)
      delay.reset()
      return {
        eventLoopMs,
        cpuShare: (used.user + used.system) / 1000 / elapsedMs,
        memoryShare: process.memoryUsage.rss() / totalmem(),
      }
    },
    close: () => delay.disable(),
  }
}

/** Lines, queues, phones, as they are now. */
export const floorGauge =
  (control: Pick<Control, 'lines' | 'queues' | 'agents'>, clock: () => number): Gauge =>
  (): Figures => {
    const lines = control.lines()
    const oldest = Math.min(
      ...control.queues().map(({ oldestJoinedAt }) => oldestJoinedAt ?? Infinity),
    )
    const present = control.agents().filter(({ state }) => state !== 'signed-out')
    const lost = present.filter(({ phone }) => phone === 'unregistered').length
    return {
      lineShare: lines.limit > 0 ? lines.used / lines.limit : 0,
      waiting: lines.waiting,
      oldestWaitS: oldest === Infinity ? 0 : Math.max(0, (clock() - oldest) / 1000),
      // One phone of two is a matter of one person, not of the site.
      ...(present.length >= 5 && { phonesLostShare: lost / present.length }),
    }
  }

export interface NetworkCount {
  readonly inBytes: number
  readonly outBytes: number
}
const NETWORK_FILE = '/proc/net/dev'

/** Bytes of all interfaces but the loopback (proc(5)). Pure. */
export function networkCountOf(text: string): NetworkCount {
  const rows = text
    .split('\n')
    .map(line => /^\s*([^:\s]+):\s*(.*)$/.exec(line))
    .flatMap(match =>
      match?.[1] && match[1] !== 'lo' ? [(match[2] ?? '').trim().split(/\s+/)] : [],
    )
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column] ?? 0), 0)
  return { inBytes: sum(0), outBytes: sum(8) }
}
export const readNetworkCount = async (): Promise<NetworkCount> =>
  networkCountOf(await readFile(NETWORK_FILE, 'utf8'))

/** The busier direction of this machine's network. */
export function bandwidthGauge(clock: () => number, read = readNetworkCount): Gauge {
  let last: (NetworkCount & { readonly at: number }) | undefined
  return async () => {
    const now = { ...(await read()), at: clock() }
    const before = last
    last = now
    if (!before || now.at <= before.at) return {}
    const bytes = Math.max(now.inBytes - before.inBytes, now.outBytes - before.outBytes)
    return { bandwidthMbps: (bytes * 8) / 1000 / (now.at - before.at) }
  }
}

/** What happened since the last look is figured over ten minutes. */
export function restartGauge(count: () => number, clock: () => number): Gauge {
  const WINDOW_MS = 600_000
  let last = count()
  let seen: number[] = []
  return () => {
    const now = clock()
    const fresh = Math.max(0, count() - last)
    last = count()
    seen = [...seen.filter(at => at > now - WINDOW_MS), ...Array.from({ length: fresh }, () => now)]
    return { switchRestarts: seen.length }
  }
}
