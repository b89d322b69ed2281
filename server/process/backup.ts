// The maintenance commands for backups.
import { readFileSync } from 'node:fs'
import { makeBackup } from '../backup/backup.ts'
import { readKeyFile } from '../backup/cipher.ts'
import { findBackup, restoreBackup } from '../backup/restore.ts'
import { readConfig, type Config } from '../config.ts'
import { loadDatabase, prepareTables, refuseFull } from '../store/dump.ts'
import { createDump } from '../store/dump-door.ts'
import { connectForMaintenance, migrateForward, refuseWhileServed } from '../store/maintenance.ts'
import { runCommand } from './command.ts'
import { databaseOf } from './migrate.ts'

type Say = (line: string) => void
const NOT_SET =
  'Where backups go is not set: HOTLINE_BACKUP_DIR names the folder, HOTLINE_BACKUP_KEY_FILE the file with their key.'

/** Gives the exit code. */
export const backupCommand = (words: readonly string[], say: Say) =>
  runCommand(say, async () => {
    const config = readConfig()
    const { backup } = config.operations
    if (!backup || words.length > 0) {
      say(backup ? 'Usage: npm run backup' : NOT_SET)
      return 2
    }
    const began = performance.now()
    const secret = await readKeyFile(backup.keyFile)
    const connection = await connectForMaintenance(databaseOf(config)).catch(whileServed)
    try {
      const made = await makeBackup(
        sourceOf(config, createDump(connection)),
        { dir: backup.dir, secret, keep: backup.keep },
        Date.now(),
      )
      const rows = Object.values(made.manifest.tables).reduce((total, count) => total + count, 0)
      say(
        `${made.path}: ${rows} rows, ${made.manifest.media.count} recordings and prompts, ${made.bytes} bytes new, ${secondsSince(began)} s.`,
      )
      return 0
    } finally {
      await connection.close()
    }
  })

/** Gives the exit code. */
export const restoreCommand = (words: readonly string[], say: Say) =>
  runCommand(say, async () => {
    const config = readConfig()
    const { backup } = config.operations
    const [which, ...rest] = words
    if (!backup || which === undefined || rest.length > 0) {
      say(backup ? 'Usage: npm run restore -- latest | npm run restore -- <folder>' : NOT_SET)
      return 2
    }
    const began = performance.now()
    const secret = await readKeyFile(backup.keyFile)
    const from = await findBackup(backup.dir, which)
    const connection = await connectForMaintenance(databaseOf(config))
    try {
      await refuseWhileServed(connection.query)
      await refuseFull(connection.query)
      const restored = await restoreBackup(from, secret, {
        prepare: steps => prepareTables(connection.query, steps),
        load: lines => loadDatabase(connection.query, lines),
        forward: async () => void (await migrateForward(connection.query)),
        dataDir: config.dataDir,
        mediaDir: config.mediaDir,
      })
      const { rows, recordings, keys, missing } = restored
      say(
        `Restored ${from}: ${rows} rows, ${recordings} recordings and prompts, ${keys.length} keys, ${secondsSince(began)} s.`,
      )
      for (const path of missing) say(`Missing or changed in the backup: ${path}`)
      return missing.length > 0 ? 1 : 0
    } finally {
      await connection.close()
    }
  })

export function sourceOf(config: Config, database: ReturnType<typeof createDump>) {
  const own = config.web.certificate
  return {
    database,
    mediaDir: config.mediaDir,
    dataDir: config.dataDir,
    keyFiles: own ? [own.certFile, own.keyFile] : [],
    version: versionOf(),
  }
}

export function versionOf(): string {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}

/** The embedded database belongs to one process at a time. */
function whileServed(err: unknown): never {
  if (err instanceof Error && err.message.includes('is in use by process'))
    throw new Error(
      `${err.message}: ask the running server for a backup (POST /api/backups, or the page 告警), or stop it first`,
    )
  throw err
}

const secondsSince = (began: number) => ((performance.now() - began) / 1000).toFixed(1)
