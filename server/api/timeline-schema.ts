// The shape of one call on one axis of time.
import { z } from 'zod'
import { isoTime } from './schema.ts'

export const timelineSchema = z.object({
  items: z.array(
    z.object({
      seq: z.number().int(),
      at: isoTime,
      type: z.string(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  legs: z.array(
    z.object({
      legId: z.string(),
      role: z.string(),
      number: z.string(),
      beganAt: isoTime,
      endedAt: isoTime.nullable(),
      sipCallIds: z.array(z.string()),
    }),
  ),
  /** Everything in one order of time; a fact is named by its seq in `items`. */
  entries: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('fact'), at: isoTime, seq: z.number().int() }),
      z.object({
        kind: z.literal('message'),
        at: isoTime,
        legId: z.string(),
        /** Seen from the switch. */
        direction: z.enum(['in', 'out']),
        transport: z.enum(['udp', 'tcp', 'tls', 'sctp']),
        sender: z.string(),
        receiver: z.string(),
        /** Of the request, or of the request that is answered. */
        method: z.string(),
        status: z.number().int().optional(),
        reason: z.string().optional(),
        text: z.string(),
      }),
      z.object({
        kind: z.literal('quality'),
        at: isoTime,
        legId: z.string(),
        forMs: z.number(),
        packets: z.number().int(),
        lost: z.number().int(),
        jitterMs: z.number(),
        roundTripMs: z.number().optional(),
        /** 1–4.5; absent when nothing arrived. */
        mos: z.number().optional(),
      }),
    ]),
  ),
})
export type Timeline = z.infer<typeof timelineSchema>
