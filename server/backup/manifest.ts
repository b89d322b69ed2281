// What a backup says of itself. Written last: a folder without one is a backup that was not finished.
import { z } from 'zod'

const file = z.object({ bytes: z.number().int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })

export const manifestSchema = z.object({
  format: z.literal(1),
  /** Epoch ms. */
  at: z.number().int(),
  version: z.string(),
  steps: z.array(z.object({ module: z.string(), version: z.number().int() })),
  tables: z.record(z.string(), z.number().int()),
  database: file,
  keys: file,
  /** The list of recordings and prompts, one JSON line each: `media.jsonl.gz`. */
  media: file.extend({ count: z.number().int(), totalBytes: z.number().int() }),
})
export type Manifest = z.infer<typeof manifestSchema>

export const MANIFEST = 'manifest.json'
export const DATABASE = 'database.gz.enc'
export const KEYS = 'keys.gz.enc'
export const MEDIA = 'media.jsonl.gz'
/** Beside the backups: each recording once, however many backups tell of it. */
export const POOL = 'media'

export const mediaLineSchema = z.object({
  path: z.string(),
  bytes: z.number().int(),
  /** Of the file's last change, epoch ms. */
  changedAt: z.number(),
  sha256: z.string(),
})
export type MediaLine = z.infer<typeof mediaLineSchema>

const NAME = /^[0-9]{8}T[0-9]{6}Z$/

/** The folder's name: the instant in UTC, so that names sort by time. */
export const nameOf = (at: number): string =>
  new Date(at).toISOString().replace(/[-:]|\.[0-9]{3}/g, '')
export const isBackupName = (name: string): boolean => NAME.test(name)

/** Which whole backups go, so that `keep` stay. Pure. */
export function toRemove(names: readonly string[], keep: number): readonly string[] {
  return names.filter(isBackupName).toSorted().reverse().slice(keep)
}
