// Looks after what nobody tells us: the disk and the database. Shown as alarms while it lasts.
import { statfs } from 'node:fs/promises'
import type { Control } from '../control/port.ts'
import type { Log } from '../log.ts'

const LOOK_EVERY_MS = 5000
const MEBIBYTE = 1_048_576
/** An hour of twenty stereo recordings is 2.3 GB; below this somebody must act now. */
const DISK_CRITICAL_MIB = 500
const DISK_WARNING_MIB = 5000

export type DiskState = 'well' | 'warning' | 'critical'
export const diskStateOf = (freeMib: number): DiskState =>
  freeMib < DISK_CRITICAL_MIB ? 'critical' : freeMib < DISK_WARNING_MIB ? 'warning' : 'well'

export function watch(deps: {
  control: Control
  mediaDir: string
  isDatabaseUp: () => Promise<boolean>
  log: Log
}): { close(): void } {
  const { control, mediaDir, isDatabaseUp, log } = deps

  const look = async () => {
    const { bavail, bsize } = await statfs(mediaDir)
    const freeMib = Math.floor((bavail * bsize) / MEBIBYTE)
    const disk = diskStateOf(freeMib)
    if (disk === 'well') control.clearAlarm('disk')
    else control.raiseAlarm('disk', disk, 'disk-full', `${freeMib} MiB`)
    if (await isDatabaseUp()) control.clearAlarm('database')
    else control.raiseAlarm('database', 'warning', 'database-away')
  }
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.warn({ err: error }, 'watch failed'))
  }, LOOK_EVERY_MS)
  return { close: () => clearInterval(timer) }
}
