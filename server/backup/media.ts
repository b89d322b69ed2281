// Recordings and prompts, copied once each into the pool beside the backups, known by their hash.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { MediaLine } from './manifest.ts'

const KEPT = ['recordings', 'messages', 'prompts/custom']
/** What changed within this time may still be written to: it is for the next backup. */
const SETTLED_MS = 60_000

/** Paths below the media folder, with `/`. */
export async function* mediaFiles(mediaDir: string): AsyncIterable<string> {
  for (const top of KEPT) {
    const folder = join(mediaDir, top)
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (err: NodeJS.ErrnoException) => {
        if (err.code === 'ENOENT') return []
        throw err
      },
    )
    for (const entry of entries)
      if (entry.isFile())
        yield relative(mediaDir, join(entry.parentPath, entry.name)).split(sep).join('/')
  }
}

/** Copies what the pool does not have; what is there unchanged is believed by size and time. Undefined: not settled yet. */
export async function keepFile(deps: {
  readonly mediaDir: string
  readonly pool: string
  readonly path: string
  readonly known: MediaLine | undefined
  readonly now: number
}): Promise<MediaLine | undefined> {
  const { mediaDir, pool, path, known, now } = deps
  const from = join(mediaDir, path)
  const found = await stat(from).catch(() => undefined)
  // Removed since it was listed: its time was over.
  if (!found || now - found.mtimeMs < SETTLED_MS) return undefined
  const to = join(pool, path)
  const there = await stat(to).catch(() => undefined)
  const same = known?.bytes === found.size && known.changedAt === found.mtimeMs
  if (same && there?.size === found.size) return known
  const sha256 = await copyFile(from, to)
  await utimes(to, found.atime, found.mtime)
  return { path, bytes: found.size, changedAt: found.mtimeMs, sha256 }
}

/** Whole or not at all. Gives the hash of what was written. */
export async function copyFile(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true, mode: 0o750 })
  const part = `${to}.part`
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece)
      done(null, piece)
    },
  })
  try {
    await pipeline(
      createReadStream(from),
      hashing,
      createWriteStream(part, { mode: 0o640, flush: true }),
    )
    await rename(part, to)
  } catch (err) {
    await rm(part, { force: true })
    throw err
  }
  return hash.digest('hex')
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
