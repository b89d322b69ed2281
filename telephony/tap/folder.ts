// Where recordings that are only listened to lie while they grow: below the media folder, nobody's recordings, and soon gone.
import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LegId } from '../call/id.ts'
import { safeId } from '../esl/safe.ts'

const FOLDER = 'taps'
/** One that grows is written to fifty times a second. */
const LEFT_BEHIND_MS = 60_000

export interface TapFolder {
  /** As we see the media folder, and as the switch sees it. */
  readonly ours: string
  readonly theirs: string
}

/** Each has a name of its own, which begins with the leg's. @throws {UnsafeValue} */
export const newTapName = (legId: LegId) => `${safeId(legId)}_${randomBytes(4).toString('hex')}.wav`

/** Names of the leg's recordings that are there: an earlier server may have left one that still grows. */
export const tapNamesOf = async (mediaFolder: string, legId: LegId): Promise<string[]> =>
  (await readdir(join(mediaFolder, FOLDER)).catch(() => [])).filter(name =>
    name.startsWith(`${legId}_`),
  )

export const tapFile = (mediaFolder: string, name: string) => join(mediaFolder, FOLDER, name)

/** Is it a recording of that kind, whoever's? */
export const isTapFile = (path: string) => /\/taps\/[^/]+\.wav$/.test(path)

/** Removes what nobody writes to any more. */
export async function sweepTaps(mediaFolder: string, now: number): Promise<void> {
  const folder = join(mediaFolder, FOLDER)
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const path = join(folder, name)
    // Another server may have been quicker.
    const found = await stat(path).catch(() => undefined)
    if (found && now - found.mtimeMs > LEFT_BEHIND_MS) await rm(path, { force: true })
  }
}
