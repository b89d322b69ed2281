// The data folder: ours alone, one server at a time; the media folder: shared with the switch, proven writable.
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from './cannot-start.ts'
import { markOf, readMark, writeMark } from './living.ts'

/** Subfolders of the media folder. */
export const MEDIA_FOLDERS = [
  'prompts',
  'prompts/custom',
  'recordings',
  'messages',
  'taps',
] as const
/** Of these, where the switch writes. */
const SWITCH_WRITES = ['recordings', 'messages', 'taps']
/** What a group may do, and that what is made inside belongs to the same group (chmod(2): S_ISGID). */
const GROUP_BITS = 0o2070

export interface FolderLock {
  release(): void
}

/** @throws {CannotStart} when the folder can't be used or another server uses it. */
export function lockDataFolder(dataDir: string): FolderLock {
  makeFolder(dataDir, 'HOTLINE_DATA_DIR')
  const file = join(dataDir, 'server.pid')
  const mark = markOf(process.pid)
  const own = mark ? writeMark(mark) : `${process.pid} 0\n`
  // A link is made whole or not at all, so of two servers that start together one is refused.
  const draft = join(dataDir, `server.pid.${randomUUID()}`)
  writeFileSync(draft, own, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (linked(draft, file)) return { release: () => releaseLock(file, own) }
      const holder = readMark(file)
      if (holder) {
        throw new CannotStart(
          `Another server (pid ${holder.pid}) uses the data folder ${dataDir}: stop it, or set HOTLINE_DATA_DIR to another folder.`,
        )
      }
      rmSync(file, { force: true })
    }
  } finally {
    unlinkSync(draft)
  }
  throw new CannotStart(
    `The data folder ${dataDir} could not be locked: another server starts at the same time.`,
  )
}

/** Made once for each data folder and kept with it: two machines may have the same name and the same paths. */
export function dataFolderId(dataDir: string): string {
  const file = join(dataDir, 'server-id')
  try {
    writeFileSync(file, `${randomUUID()}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(file, 'utf8').trim()
}

/** @throws {CannotStart} when nothing can be written there. */
export function prepareMediaFolder(mediaDir: string): void {
  for (const name of MEDIA_FOLDERS) makeFolder(join(mediaDir, name), 'HOTLINE_MEDIA_DIR')
  for (const name of SWITCH_WRITES) shareAs(mediaDir, join(mediaDir, name))
  const probe = join(mediaDir, 'recordings', `.write-test-${process.pid}`)
  try {
    writeFileSync(probe, 'x')
    unlinkSync(probe)
  } catch (error) {
    throw new CannotStart(`HOTLINE_MEDIA_DIR ${mediaDir} can't be written: ${reasonOf(error)}.`, {
      cause: error,
    })
  }
}

function makeFolder(path: string, variable: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw new CannotStart(`${variable} ${path} can't be used: ${reasonOf(error)}.`, {
      cause: error,
    })
  }
}

/** What the media folder grants its group, a folder in it grants too, whatever our umask: a FreeSWITCH is another user. */
function shareAs(mediaDir: string, path: string): void {
  const granted = statSync(mediaDir).mode & GROUP_BITS
  const { mode, uid } = statSync(path)
  // Who made it has the say; another server has done this already.
  if ((mode & granted) === granted || uid !== process.getuid?.()) return
  chmodSync(path, (mode & 0o7777) | granted)
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function releaseLock(file: string, own: string): void {
  try {
    if (readFileSync(file, 'utf8') === own) unlinkSync(file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
