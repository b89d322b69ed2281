// Things to do later, by id or by group (sched_api, sched_transfer, sched_hangup, sched_del). A channel's group is its uuid.

export interface Schedule {
  /** Runs the task once, `afterMs` from now. */
  add(group: string, afterMs: number, task: () => void): number
  /** Removes by numeric id or by group; returns how many were removed. */
  remove(idOrGroup: string): number
  readonly size: number
  close(): void
}

/** setTimeout's own limit; FreeSWITCH's scheduler counts in seconds since 1970. */
const LONGEST_MS = 2 ** 31 - 1

export function createSchedule(): Schedule {
  const tasks = new Map<number, { group: string; timer: NodeJS.Timeout }>()
  let lastId = 0

  const drop = (id: number) => {
    const task = tasks.get(id)
    if (task === undefined) return 0
    clearTimeout(task.timer)
    tasks.delete(id)
    return 1
  }

  return {
    add(group, afterMs, task) {
      const id = ++lastId
      const run = () => {
        tasks.delete(id)
        task()
      }
      tasks.set(id, { group, timer: setTimeout(run, Math.min(Math.max(0, afterMs), LONGEST_MS)) })
      return id
    },
    remove(idOrGroup) {
      if (/^\d+$/.test(idOrGroup)) return drop(Number(idOrGroup))
      const ids = [...tasks].filter(([, task]) => task.group === idOrGroup).map(([id]) => id)
      return ids.reduce((count, id) => count + drop(id), 0)
    },
    get size() {
      return tasks.size
    },
    close() {
      for (const id of [...tasks.keys()]) drop(id)
    },
  }
}
