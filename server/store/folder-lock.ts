// One process a folder: PGlite opened twice diverges silently.
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'

export interface FolderLock {
  release(): Promise<void>
}

const ATTEMPTS = 5

/** @throws one sentence when a living process has the folder. A lock left by a dead one is taken over. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'lock')
  const own = join(folder, `lock.${process.pid}.${randomUUID()}`)
  const text = `${process.pid} ${(await startOf(process.pid)) ?? ''}\n`
  await writeFile(own, text, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // A link is made whole or not at all, and never over another.
      if (await link(own, path).then(() => true, ignore('EEXIST'))) {
        return { release: () => rm(path, { force: true }) }
      }
      await dropStale(path, folder)
    }
  } finally {
    await rm(own, { force: true })
  }
  throw new Error(`the folder ${folder} could not be locked`)
}

async function dropStale(path: string, folder: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(ignore('ENOENT'))
  if (typeof text !== 'string') return
  const [pid = '', start = ''] = text.trim().split(' ')
  const running = await startOf(Number(pid))
  // Process ids are used again; the time of start tells the two apart.
  if (running !== undefined && (start === '' || running === start)) {
    throw new Error(`the folder ${folder} is in use by process ${pid}`)
  }
  // Set aside first: of two that find the same stale lock only one may drop it.
  const aside = `${path}.stale.${randomUUID()}`
  if ((await rename(path, aside).then(() => true, ignore('ENOENT'))) !== true) return
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, path).catch(ignore('EEXIST'))
  await rm(aside, { force: true })
}

/** Start time of a living process in clock ticks since boot (proc(5), field 22); undefined when there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(ignore('ENOENT', 'ESRCH'))
  if (typeof stat !== 'string') return undefined
  // The name in parentheses may hold spaces; what follows its last parenthesis does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}

/** Turns the expected failures into false and passes on the rest. */
const ignore =
  (...codes: string[]) =>
  (err: NodeJS.ErrnoException): false => {
    if (codes.includes(err.code ?? '')) return false
    throw err
  }
