// What the trunk page reads: trunks, switches behind the edge, calls that were refused.
import { z } from 'zod'
import { shownTrunkSchema } from '../../telephony/trunk/trunk.ts'
import type { TrunkView } from '../desktop/protocol.ts'
import { isoTime } from './schema.ts'

/** Described in desktop/protocol.ts, where the desktop reads the same from the channel `floor`. */
const liveSchema = z.custom<TrunkView>()
export const trunkReplySchema = z.object({ trunk: shownTrunkSchema, live: liveSchema.nullable() })

export const switchSchema = z.object({
  node: z.string(),
  address: z.string(),
  /** Its share of new calls behind an edge; null without one. */
  weight: z.number().nullable(),
  /** Gets no new calls and keeps those it has. */
  draining: z.boolean(),
  /** An edge stands in front and can send new calls elsewhere. */
  mayDrain: z.boolean(),
  /** The event socket of this server to it is open. */
  connected: z.boolean(),
  /** As the edge sees it by OPTIONS; null while no edge tells. */
  state: z.enum(['up', 'paused', 'down']).nullable(),
  since: isoTime.nullable(),
  /** Calls that hold a line there now. */
  lines: z.number().int(),
})

/** A call that was refused before it became one. */
export const blockedCallSchema = z.object({
  id: z.string(),
  at: isoTime,
  caller: z.string(),
  callee: z.string(),
  /** Null: from somebody who is no trunk of ours. */
  trunk: z.string().nullable(),
  reason: z.string(),
})
