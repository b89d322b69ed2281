// Where the edge and the servers meet in Redis. Each key follows the site's prefix.
import { z } from 'zod'

/** The newest settings as JSON; the same text is published on the channel of this name. */
export const SETTINGS_KEY = 'edge/settings'
/** Hash: name of a switch → {@link loadSchema}, written every second by the server that steers it. */
export const LOAD_KEY = 'edge/load'
/** Hash: name of an edge → {@link edgeStateSchema}, written every second by the edge. */
export const STATE_KEY = 'edge/states'
/** Stream of blocked calls, each {@link blockedSchema} as JSON in the field `call`; read by servers as one group. */
export const BLOCKED_KEY = 'edge/blocked'
export const BLOCKED_GROUP = 'servers'
/** Channel: an address that an administrator has forgiven. */
export const UNBAN_KEY = 'edge/unban'
/** With an address of drachtio after it: name of the one edge that serves it. Two would part one call's attempts between them. */
export const HOLDER_KEY = 'edge/holder/'
/** What is written every second counts as alive this long. */
export const FRESH_MS = 5_000

export const loadSchema = z.object({ at: z.number(), lines: z.number().int().nonnegative() })

export const blockedSchema = z.object({
  id: z.string(),
  caller: z.string(),
  number: z.string(),
  reason: z.enum(['all-lines-busy', 'trunk-busy', 'flood', 'blacklist', 'unknown-number']),
  counted: z.boolean(),
  trunk: z.string().optional(),
  address: z.string(),
  sipCallId: z.string(),
  at: z.number().int(),
})
export type BlockedCall = z.infer<typeof blockedSchema>

export const edgeStateSchema = z.object({
  name: z.string(),
  at: z.number().int(),
  /** drachtio-server answers. */
  isConnected: z.boolean(),
  /** `publishedAt` of the settings in force. */
  settingsOf: z.number().int(),
  lines: z.number().int(),
  announcing: z.number().int(),
  hasAnnouncer: z.boolean(),
  nodes: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['up', 'paused', 'down']),
      since: z.number(),
      draining: z.boolean(),
      lines: z.number().int(),
    }),
  ),
  trunks: z.array(
    z.object({
      id: z.string(),
      access: z.enum(['ip-trust', 'registration']),
      state: z.enum(['unknown', 'up', 'suspect', 'down']),
      since: z.number(),
      lines: z.number().int(),
    }),
  ),
  bans: z.array(z.object({ source: z.string(), until: z.number(), failures: z.number() })),
})
export type EdgeState = z.infer<typeof edgeStateSchema>
