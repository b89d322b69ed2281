// Is a process we once started still the one that runs? Pid files outlive processes, and pids are used again.
import { readFileSync } from 'node:fs'

export interface ProcessMark {
  readonly pid: number
  /** Clock ticks after boot; with the pid it names one process for ever (proc(5), stat field 22). */
  readonly startTicks: string
}

/** Undefined when it has ended, or is a zombie that nobody reaps. */
export function markOf(pid: number): ProcessMark | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold blanks and brackets itself, so fields count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const startTicks = fields[19]
    return fields[0] === 'Z' || fields[0] === 'X' || !startTicks ? undefined : { pid, startTicks }
  } catch {
    // No such process is the answer, not a fault.
    return undefined
  }
}

export const isLiving = (mark: ProcessMark): boolean =>
  markOf(mark.pid)?.startTicks === mark.startTicks

export const writeMark = (mark: ProcessMark): string => `${mark.pid} ${mark.startTicks}\n`

/** The process a pid file names, when it still lives. */
export function readMark(file: string): ProcessMark | undefined {
  try {
    const [pid, startTicks] = readFileSync(file, 'utf8').trim().split(' ')
    const mark = { pid: Number(pid), startTicks: startTicks ?? '' }
    return Number.isInteger(mark.pid) && mark.pid > 1 && isLiving(mark) ? mark : undefined
  } catch {
    // No pid file, no process of ours.
    return undefined
  }
}

/** True when it has ended within the limit. */
export async function waitForEnd(mark: ProcessMark, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (isLiving(mark)) {
    if (performance.now() > deadline) return false
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return true
}
