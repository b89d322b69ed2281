// Shapes every resource shares.
import { z } from 'zod'
import { errorSchema } from './schema.ts'

/** What may come instead of the answer; the same for every route. */
export const failures = { '4xx': errorSchema, '5xx': errorSchema }
export const idParams = z.object({ id: z.string().min(1).max(80) })
export const done = z.object({ ok: z.literal(true) })
export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })
export const list = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })
