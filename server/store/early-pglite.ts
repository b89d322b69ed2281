// PGlite takes a second to wake up, in a thread of its own: it may begin while the rest of the program is still being loaded.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { type PGliteThread, startPGlite } from './pglite.ts'

/** Failures are told where they are waited for. */
export interface EarlyPGlite {
  readonly lock: Promise<FolderLock>
  readonly thread: Promise<PGliteThread>
}

export const databaseFolder = (dataDir: string): string => join(dataDir, 'database')

/** Undefined where there is none yet: the first start makes its folders in order. */
export function beginPGlite(dataDir: string): EarlyPGlite | undefined {
  const folder = databaseFolder(dataDir)
  if (!existsSync(join(folder, 'pglite'))) return undefined
  const lock = lockPGlite(folder)
  const thread = lock.then(() => startPGliteIn(folder))
  // Without a listener a failure before that would end the process.
  for (const early of [lock, thread]) early.catch(() => undefined)
  return { lock, thread }
}

export async function lockPGlite(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return lockFolder(folder)
}

/** In memory where the folder is null. */
export const startPGliteIn = (folder: string | null): Promise<PGliteThread> =>
  startPGlite(folder === null ? null : join(folder, 'pglite'))
