// What a process takes of the processor, from the counters of the kernel (proc(5)).
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ; 100 on every Linux of our kind. */
const TICKS_PER_SECOND = 100

interface Reading {
  readonly atMs: number
  readonly all: number
  readonly threads: ReadonlyMap<string, number>
}

/** % of one core, all threads together and the busiest one alone. */
export interface Share {
  readonly cpuPercent: number
  readonly busiestThreadPercent: number
}

/** Begins to watch; the function returned tells the share since then. */
export function watchProcessor(pid: number): () => Share {
  const before = read(pid)
  return () => {
    const after = read(pid)
    const seconds = (after.atMs - before.atMs) / 1000
    const percent = (ticks: number) => +((ticks / TICKS_PER_SECOND / seconds) * 100).toFixed(1)
    const ofThreads = [...after.threads].map(([id, ticks]) => ticks - (before.threads.get(id) ?? 0))
    return {
      cpuPercent: percent(after.all - before.all),
      busiestThreadPercent: percent(Math.max(0, ...ofThreads)),
    }
  }
}

function read(pid: number): Reading {
  const threads = new Map(
    readdirSync(`/proc/${pid}/task`).map(id => [id, ticksOf(`/proc/${pid}/task/${id}/stat`)]),
  )
  return { atMs: performance.now(), all: ticksOf(`/proc/${pid}/stat`), threads }
}

/** utime and stime, fields 14 and 15; the name in field 2 may hold spaces. */
function ticksOf(path: string): number {
  const text = readFileSync(path, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
