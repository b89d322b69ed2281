// What a process takes of the processor, from the counters of the kernel (proc(5)).
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** USER_HZ; 100 on every Linux of our kind. */
const TICKS_PER_SECOND = 100

interface Reading {
  readonly atMs: number
  readonly all: number
  readonly threads: ReadonlyMap<string, Thread>
}
interface Thread {
  readonly ticks: number
  readonly waitedNs: number
}

/** % of one core, all threads together and the busiest one alone. */
export interface Share {
  readonly cpuPercent: number
  readonly busiestThreadPercent: number
  /** % of the time in which the busiest thread could have run and got no core: the machine's fault, not the program's. */
  readonly busiestThreadWaitedPercent: number
}

/** What a process and all it has started have used until now, those that have ended included. */
export function treeUse(pid: number): { readonly cpuMs: number; readonly memoryMiB: number } {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(id =>
    readFileSync(`/proc/${pid}/task/${id}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  const kiB = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  return children.map(treeUse).reduce(
    (sum, use) => ({
      cpuMs: sum.cpuMs + use.cpuMs,
      memoryMiB: sum.memoryMiB + use.memoryMiB,
    }),
    { cpuMs: ownUseMs(pid), memoryMiB: kiB / 1024 },
  )
}

/** What a process has used until now, and those it has started that have ended; for one whose children come and go. */
export function ownUseMs(pid: number): number {
  const [, , , , , , , , , , , user, system, userOfEnded, systemOfEnded] = statOf(
    `/proc/${pid}/stat`,
  ).map(Number)
  const ticks = (user ?? 0) + (system ?? 0) + (userOfEnded ?? 0) + (systemOfEnded ?? 0)
  return (ticks / TICKS_PER_SECOND) * 1000
}

/** Of one thread. */
export const threadUseMs = (pid: number, threadId: number): number =>
  (ticksOf(`/proc/${pid}/task/${threadId}/stat`) / TICKS_PER_SECOND) * 1000

/** Begins to watch; the function returned tells the share since then. */
export function watchProcessor(pid: number): () => Share {
  const before = read(pid)
  return () => {
    const after = read(pid)
    const seconds = (after.atMs - before.atMs) / 1000
    const percent = (ticks: number) => +((ticks / TICKS_PER_SECOND / seconds) * 100).toFixed(1)
    const busiest = [...after.threads]
      .map(([id, { ticks, waitedNs }]) => {
        const earlier = before.threads.get(id)
        return {
          ticks: ticks - (earlier?.ticks ?? 0),
          waitedNs: waitedNs - (earlier?.waitedNs ?? 0),
        }
      })
      .reduce((most, thread) => (thread.ticks > most.ticks ? thread : most))
    return {
      cpuPercent: percent(after.all - before.all),
      busiestThreadPercent: percent(busiest.ticks),
      busiestThreadWaitedPercent: +((busiest.waitedNs / 1e9 / seconds) * 100).toFixed(1),
    }
  }
}

function read(pid: number): Reading {
  const folder = `/proc/${pid}/task`
  const threads = new Map(
    readdirSync(folder).map(id => [
      id,
      { ticks: ticksOf(`${folder}/${id}/stat`), waitedNs: waitedNs(`${folder}/${id}/schedstat`) },
    ]),
  )
  return { atMs: performance.now(), all: ticksOf(`/proc/${pid}/stat`), threads }
}

/** The fields from the third on; the name in field 2 may hold spaces. */
function statOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** utime and stime, fields 14 and 15. */
function ticksOf(path: string): number {
  const fields = statOf(path)
  return Number(fields[11]) + Number(fields[12])
}

/** Time on a run queue, the second number (Documentation/scheduler/sched-stats.rst); 0 where the kernel does not count it. */
function waitedNs(path: string): number {
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[1] ?? 0) : 0
}
