// One backup: database and keys encrypted, recordings once each in the pool, and a manifest with every hash, written last.
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { DatabaseDump } from '../store/dump-door.ts'
import { encrypting } from './cipher.ts'
import { readKeys } from './keys.ts'
import { linesOfFile } from './lines.ts'
import {
  DATABASE,
  isBackupName,
  KEYS,
  MANIFEST,
  type Manifest,
  MEDIA,
  type MediaLine,
  mediaLineSchema,
  nameOf,
  POOL,
  toRemove,
} from './manifest.ts'
import { keepFile, mediaFiles, sha256Of } from './media.ts'

export interface BackupSource {
  readonly database: DatabaseDump
  readonly mediaDir: string
  readonly dataDir: string
  /** Files of the operator's own that belong to the keys: certificate and key. */
  readonly keyFiles: readonly string[]
  readonly version: string
}
export interface BackupMade {
  readonly path: string
  readonly manifest: Manifest
  /** Of this backup's own files and of what the pool gained. */
  readonly bytes: number
}

export async function makeBackup(
  source: BackupSource,
  to: { readonly dir: string; readonly secret: Buffer; readonly keep: number },
  now: number,
): Promise<BackupMade> {
  await mkdir(to.dir, { recursive: true, mode: 0o700 })
  const path = join(to.dir, nameOf(now))
  const part = `${path}.part`
  await rm(part, { recursive: true, force: true })
  await mkdir(part, { mode: 0o700 })
  try {
    const dumped = await writeDatabase(source.database, join(part, DATABASE), to.secret)
    await writeEncrypted(
      Readable.from([await readKeys(source.dataDir, source.keyFiles)]),
      join(part, KEYS),
      to.secret,
    )
    const pool = join(to.dir, POOL)
    const media = await writeMedia(source.mediaDir, pool, await lastMedia(to.dir), part, now)
    const manifest: Manifest = {
      format: 1,
      at: now,
      version: source.version,
      steps: dumped.steps.map(({ module, version }) => ({ module, version })),
      tables: { ...dumped.tables },
      database: await describe(join(part, DATABASE)),
      keys: await describe(join(part, KEYS)),
      media: {
        ...(await describe(join(part, MEDIA))),
        count: media.count,
        totalBytes: media.bytes,
      },
    }
    await writeFile(join(part, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o640 })
    await rename(part, path)
    await prune(to.dir, to.keep)
    const bytes =
      manifest.database.bytes + manifest.keys.bytes + manifest.media.bytes + media.gained
    return { path, manifest, bytes }
  } catch (err) {
    await rm(part, { recursive: true, force: true })
    throw err
  }
}

async function writeDatabase(database: DatabaseDump, path: string, secret: Buffer) {
  const lines = new PassThrough()
  const written = writeEncrypted(lines, path, secret)
  // Its failure is told by `written`, awaited below, or ends the dump at the next write.
  let failure: unknown
  written.catch((err: unknown) => {
    failure = err
    lines.destroy()
  })
  try {
    const dumped = await database.dump(async text => {
      if (failure) throw failure
      if (!lines.write(text)) await Promise.race([once(lines, 'drain'), written])
    })
    lines.end()
    await written
    return dumped
  } catch (err) {
    // What destroying brings about is not the cause.
    const cause = failure ?? err
    lines.destroy()
    await written.catch(() => undefined)
    throw cause
  }
}

const writeEncrypted = async (from: Readable, path: string, secret: Buffer): Promise<void> =>
  pipeline(
    from,
    createGzip({ level: 6 }),
    await encrypting(secret),
    createWriteStream(path, { mode: 0o600, flush: true }),
  )

async function writeMedia(
  mediaDir: string,
  pool: string,
  known: ReadonlyMap<string, MediaLine>,
  folder: string,
  now: number,
) {
  const total = { count: 0, bytes: 0, gained: 0 }
  const lines = async function* () {
    for await (const path of mediaFiles(mediaDir)) {
      const before = known.get(path)
      const line = await keepFile({ mediaDir, pool, path, known: before, now })
      if (!line) continue
      total.count += 1
      total.bytes += line.bytes
      if (line !== before) total.gained += line.bytes
      yield `${JSON.stringify(line)}\n`
    }
  }
  await pipeline(
    Readable.from(lines()),
    createGzip(),
    createWriteStream(join(folder, MEDIA), { mode: 0o640, flush: true }),
  )
  return total
}

const describe = async (path: string) => ({
  bytes: (await stat(path)).size,
  sha256: await sha256Of(path),
})

/** Whole backups in a folder, oldest first. */
export async function backupsIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => [] as string[])
  return names
    .filter(name => isBackupName(name) && existsSync(join(dir, name, MANIFEST)))
    .toSorted()
}

export async function* mediaLines(backup: string): AsyncIterable<MediaLine> {
  for await (const line of linesOfFile(join(backup, MEDIA)))
    yield mediaLineSchema.parse(JSON.parse(line))
}

async function lastMedia(dir: string): Promise<ReadonlyMap<string, MediaLine>> {
  const known = new Map<string, MediaLine>()
  const last = (await backupsIn(dir)).at(-1)
  if (last !== undefined)
    for await (const line of mediaLines(join(dir, last))) known.set(line.path, line)
  return known
}

/** Old backups, and recordings of which no backup tells any more. */
async function prune(dir: string, keep: number): Promise<void> {
  const old = toRemove(await backupsIn(dir), keep)
  if (old.length === 0) return
  for (const name of old) await rm(join(dir, name), { recursive: true, force: true })
  const wanted = new Set<string>()
  for (const name of await backupsIn(dir))
    for await (const { path } of mediaLines(join(dir, name))) wanted.add(path)
  const pool = join(dir, POOL)
  for await (const path of mediaFiles(pool))
    if (!wanted.has(path)) await rm(join(pool, path), { force: true })
}

export const readManifestText = (backup: string): Promise<string> =>
  readFile(join(backup, MANIFEST), 'utf8')
