// What the edge is told by the server: through Redis, kept on disk, in force at once. Nothing here needs a restart.
import { z } from 'zod'
import { trunkSchema } from '../trunk/trunk.ts'

/** A switch behind the edge. */
export const edgeNodeSchema = z.strictObject({
  name: z.string().min(1),
  /** Where its trunk profile listens. */
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535),
  /** A node of weight 2 gets twice the calls of one of weight 1. */
  weight: z.number().positive().max(100).default(1),
  /** Gets no new calls and keeps those it has. */
  draining: z.boolean().default(false),
})
export type EdgeNode = z.infer<typeof edgeNodeSchema>

export const edgeSettingsSchema = z.object({
  /** When it was published, epoch ms; an older one never replaces a newer one. */
  publishedAt: z.number().int(),
  publishedNumbers: z.array(z.string()),
  blacklist: z.array(z.string()).default([]),
  lines: z.object({
    limit: z.number().int().positive(),
    reserve: z.number().int().nonnegative(),
  }),
  /** As the media node sees it; absent: callers beyond the limit get 486 at once. */
  busyPrompt: z.string().optional(),
  rates: z.object({
    invitesPerSecondPerAddress: z.number().positive(),
    invitesPerSecondPerTrunk: z.number().positive().default(200),
    registersPerSecondPerAddress: z.number().positive(),
    callsPerMinutePerCaller: z.number().positive(),
  }),
  nodes: z.array(edgeNodeSchema),
  trunks: z.array(trunkSchema).default([]),
})
export type EdgeSettings = z.infer<typeof edgeSettingsSchema>

/** Before anything was ever told: nobody rings in, which is what a published list without numbers means. */
export const NO_SETTINGS: EdgeSettings = {
  publishedAt: 0,
  publishedNumbers: [],
  blacklist: [],
  lines: { limit: 1, reserve: 0 },
  rates: {
    invitesPerSecondPerAddress: 50,
    invitesPerSecondPerTrunk: 200,
    registersPerSecondPerAddress: 50,
    callsPerMinutePerCaller: 60,
  },
  nodes: [],
  trunks: [],
}

/** Undefined for text that is not settings: what is in force stays. */
export function readEdgeSettings(text: string): EdgeSettings | undefined {
  try {
    const result = edgeSettingsSchema.safeParse(JSON.parse(text))
    return result.success ? result.data : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Copies arrive from Redis, from disk and by a message; the newest counts, whatever the order. */
export const newerOf = (known: EdgeSettings, told: EdgeSettings | undefined): EdgeSettings =>
  told !== undefined && told.publishedAt >= known.publishedAt ? told : known
