// A backup back into an empty site. What does not have the hash it should have is not used.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { backupsIn, mediaLines, readManifestText } from './backup.ts'
import { writeKeys } from './keys.ts'
import { decryptedLines } from './lines.ts'
import { DATABASE, KEYS, type Manifest, manifestSchema, MEDIA, POOL } from './manifest.ts'
import { copyFile, sha256Of } from './media.ts'

export interface RestoreTarget {
  /** Makes the tables as they were. */
  prepare(steps: Manifest['steps']): Promise<void>
  /** All or nothing; gives the rows by table. */
  load(lines: AsyncIterable<string>): Promise<Readonly<Record<string, number>>>
  /** Brings the tables to this program's release. */
  forward(): Promise<void>
  readonly dataDir: string
  readonly mediaDir: string
}
export interface Restored {
  readonly manifest: Manifest
  readonly rows: number
  readonly recordings: number
  readonly keys: readonly string[]
  /** Files the pool lacks or that were changed; everything else is there. */
  readonly missing: readonly string[]
}

/** `latest` or the path of one backup. @throws one sentence when there is none. */
export async function findBackup(dir: string, which: string): Promise<string> {
  if (which !== 'latest') {
    if (!existsSync(join(which, 'manifest.json')))
      throw new Error(`${which} is no whole backup: it has no manifest.json`)
    return which
  }
  const last = (await backupsIn(dir)).at(-1)
  if (last === undefined) throw new Error(`there is no whole backup in ${dir}`)
  return join(dir, last)
}

/** @throws one sentence when the backup was changed or the key is not its own; nothing is in the database then. */
export async function restoreBackup(
  backup: string,
  secret: Buffer,
  target: RestoreTarget,
): Promise<Restored> {
  const manifest = manifestSchema.parse(JSON.parse(await readManifestText(backup)))
  for (const [name, { sha256 }] of [
    [DATABASE, manifest.database],
    [KEYS, manifest.keys],
    [MEDIA, manifest.media],
  ] as const) {
    if ((await sha256Of(join(backup, name))) !== sha256)
      throw new Error(`${name} of the backup is not what the manifest says`)
  }
  const keysText = await textOf(join(backup, KEYS), secret)
  await target.prepare(manifest.steps)
  const counts = await target.load(decryptedLines(join(backup, DATABASE), secret))
  for (const [table, wanted] of Object.entries(manifest.tables))
    if ((counts[table] ?? 0) !== wanted)
      throw new Error(`${table} has ${counts[table] ?? 0} rows, the backup says ${wanted}`)
  await target.forward()
  const keys = await writeKeys(target.dataDir, keysText)
  const { count, missing } = await restoreMedia(backup, target.mediaDir)
  return {
    manifest,
    rows: Object.values(counts).reduce((total, rows) => total + rows, 0),
    recordings: count,
    keys,
    missing,
  }
}

async function restoreMedia(backup: string, mediaDir: string) {
  const pool = join(backup, '..', POOL)
  const missing: string[] = []
  let count = 0
  for await (const { path, sha256 } of mediaLines(backup)) {
    if (path.split('/').includes('..'))
      throw new Error('the backup names a file outside of the pool')
    const from = join(pool, path)
    const isWhole = existsSync(from) && (await copyFile(from, join(mediaDir, path))) === sha256
    if (isWhole) count += 1
    else missing.push(path)
  }
  return { count, missing }
}

async function textOf(path: string, secret: Buffer): Promise<string> {
  const lines: string[] = []
  for await (const line of decryptedLines(path, secret)) lines.push(line)
  return lines.join('\n')
}
