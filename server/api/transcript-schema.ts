// Shapes of transcripts, captions and the page of speech.
import { z } from 'zod'
import { isoTime } from './schema.ts'

export const sideSchema = z.enum(['caller', 'agent'])
export const transcriptStateSchema = z.enum(['on', 'waiting', 'off', 'failed'])

/** `GET /calls/:id/transcript` */
export const transcriptSchema = z.object({
  /** How it stands, or stood at the end; null: nobody listened to this call. */
  state: transcriptStateSchema.nullable(),
  /** Which understood last. */
  engine: z.string().nullable(),
  items: z.array(
    z.object({
      seq: z.number().int(),
      side: sideSchema,
      text: z.string(),
      /** When it began to be said. */
      at: isoTime,
      /** ms since the recording began. */
      startMs: z.number(),
      endMs: z.number(),
      /** Text, begin and end; empty where the engine gives none, or the text is masked. */
      words: z.array(z.tuple([z.string(), z.number(), z.number()])),
      confidence: z.number().nullable(),
      engine: z.string(),
      /** The recording its times count from; absent where nothing was recorded. */
      recordingId: z.string().optional(),
    }),
  ),
})
export type TranscriptReply = z.infer<typeof transcriptSchema>

/** `POST /calls/:id/captions` */
export const captionsSchema = z.object({
  /** Path of the page below this server's address. */
  url: z.string(),
  token: z.string(),
  /** At the latest; five minutes after the call's end if that is sooner. */
  expiresAt: isoTime,
})

const channelsSchema = z.object({
  used: z.number().int(),
  limit: z.number().int(),
  waiting: z.number().int(),
})
/** `GET /speech` */
export const speechPageSchema = z.object({
  recognition: channelsSchema,
  synthesis: channelsSchema,
  engines: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      role: z.enum(['recogniser', 'synthesiser']),
      state: z.enum(['up', 'suspect', 'down']),
      since: isoTime,
      cause: z.string().nullable(),
      inUse: z.number().int(),
    }),
  ),
  /** From the end of the caller's speech to the first sound of the reply, by engine and hour of the last 24 h; oldest first. */
  delays: z.array(
    z.object({
      engine: z.string(),
      /** Begin of the hour. */
      hour: isoTime,
      count: z.number().int(),
      p50Ms: z.number(),
      p95Ms: z.number(),
    }),
  ),
  /** What came of speaking to flows and of transcripts in the last 24 h. */
  outcomes: z.object({
    understood: z.number().int(),
    notUnderstood: z.number().int(),
    failed: z.number().int(),
    sentences: z.number().int(),
    failOvers: z.number().int(),
    fastLane: z.number().int(),
  }),
})
export type SpeechReply = z.infer<typeof speechPageSchema>
