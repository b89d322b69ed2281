// Makes backups one at a time, writes down what became of each, and raises an alarm when one fails.
import type { Control } from '../control/port.ts'
import type { Log } from '../log.ts'
import type { Backups } from '../store/index.ts'
import { type BackupSource, makeBackup } from './backup.ts'
import { readKeyFile } from './cipher.ts'

export interface BackupKeeper {
  /** Its id; undefined while another is being made. It is made in the background. */
  begin(by: string): Promise<string | undefined>
  /** Resolves when what was begun has ended. */
  idle(): Promise<void>
}

export function createBackupKeeper(deps: {
  readonly to: { readonly dir: string; readonly keyFile: string; readonly keep: number }
  readonly source: BackupSource
  readonly backups: Backups
  /** What is on its way to the database goes in first. */
  readonly flush: () => Promise<void>
  readonly control: () => Pick<Control, 'raiseAlarm' | 'clearAlarm'> | undefined
  readonly clock: () => number
  readonly log: Log
}): BackupKeeper {
  const { to, backups, clock, log } = deps
  let running: Promise<void> | undefined

  const make = async (id: string) => {
    const nothing = { bytes: null, rows: null, recordings: null }
    try {
      await deps.flush()
      const secret = await readKeyFile(to.keyFile)
      const { manifest, bytes } = await makeBackup(
        deps.source,
        { dir: to.dir, secret, keep: to.keep },
        clock(),
      )
      const rows = Object.values(manifest.tables).reduce((total, count) => total + count, 0)
      const recordings = manifest.media.count
      await backups.end(id, {
        endedAt: clock(),
        outcome: 'done',
        bytes,
        rows,
        recordings,
        detail: null,
      })
      deps.control()?.clearAlarm('backup')
      log.info({ rows, recordings, bytes }, 'backup made')
    } catch (err) {
      log.error({ err }, 'backup failed')
      const detail = err instanceof Error ? err.message.slice(0, 300) : 'unknown'
      deps.control()?.raiseAlarm('backup', 'critical', 'backup-failed', detail)
      await backups.end(id, { endedAt: clock(), outcome: 'failed', ...nothing, detail })
    }
  }

  return {
    async begin(by) {
      if (running) return undefined
      let started: () => void = () => undefined
      running = new Promise(resolve => (started = resolve))
      try {
        const id = await backups.begin({ beganAt: clock(), by, path: to.dir })
        running = make(id)
          .catch((err: unknown) => log.error({ err }, 'backup could not be written down'))
          .finally(() => {
            running = undefined
          })
        return id
      } catch (err) {
        running = undefined
        throw err
      } finally {
        started()
      }
    },
    idle: async () => running,
  }
}
