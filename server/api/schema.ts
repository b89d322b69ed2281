// Shapes of the REST API; zod is the single source of types, validation and OpenAPI.
import { z } from 'zod'
import { RESULTS } from '../ledger/fact.ts'

export const roleSchema = z.enum(['administrator', 'supervisor', 'agent', 'auditor'])
export const isoTime = z.iso.datetime({ offset: true })
/** Digits, `+`, `*` and `#` only: nothing that a dial string could misread. */
export const dialNumber = z.string().regex(/^\+?[0-9*#]{1,20}$/)

export const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
})

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  roles: z.array(roleSchema),
  agentId: z.string().optional(),
})
export const loginSchema = z.strictObject({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(200),
})
export const loginReplySchema = z.object({ token: z.string(), user: userSchema })

/** What the browser's phone needs; the password is the phone's own, never the user's. */
export const phoneSchema = z.object({
  user: z.string(),
  password: z.string(),
  realm: z.string(),
  webSocketUrl: z.string(),
  /** One a switch; a browser registers at each. */
  webSocketUrls: z.array(z.string()),
  iceServers: z.array(
    z.object({
      urls: z.string(),
      username: z.string().optional(),
      credential: z.string().optional(),
    }),
  ),
  displayName: z.string(),
})

export const callSchema = z.object({
  id: z.string(),
  direction: z.enum(['inbound', 'outbound', 'internal']),
  caller: z.string(),
  callee: z.string(),
  /** The trunk it came or went by. */
  trunk: z.string().nullable(),
  /** The number called first, where a network diverted the call to us. */
  divertedFrom: z.string().nullable(),
  area: z.string().nullable(),
  callerName: z.string().nullable(),
  queue: z.string().nullable(),
  agent: z.string().nullable(),
  startedAt: isoTime,
  answeredAt: isoTime.nullable(),
  endedAt: isoTime.nullable(),
  /** From INVITE to the end of the caller's leg. */
  durationMs: z.number().int().nullable(),
  talkMs: z.number().int(),
  waitMs: z.number().int(),
  holdMs: z.number().int(),
  result: z.enum(RESULTS).nullable(),
  endedBy: z.enum(['caller', 'agent', 'system', 'network']).nullable(),
  /** 1–5. */
  satisfaction: z.number().int().nullable(),
  recordingId: z.string().nullable(),
  recordingFault: z.string().nullable(),
  contactReason: z.string().nullable(),
  notes: z.string().nullable(),
  workOrderIds: z.array(z.string()),
})
export type CallRecord = z.infer<typeof callSchema>
export const callQuerySchema = z.object({
  from: isoTime.optional(),
  to: isoTime.optional(),
  /** A call's id, or the SIP Call-ID of one of its legs. */
  id: z.string().max(255).optional(),
  /** Part of the number outside; the whole number for those who see numbers masked. */
  caller: z.string().max(20).optional(),
  agent: z.string().max(20).optional(),
  queue: z.string().max(40).optional(),
  result: z.enum(RESULTS).optional(),
  direction: z.enum(['inbound', 'outbound', 'internal']).optional(),
  /** In one of its sentences; of the last 31 days unless `from` says otherwise. */
  said: z.string().trim().min(1).max(40).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
})
export const callPageSchema = z.object({
  items: z.array(callSchema),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
})
export const describeSchema = z.strictObject({
  contactReason: z.string().max(80).optional(),
  notes: z.string().max(4000).optional(),
  callerName: z.string().max(80).optional(),
  area: z.string().max(80).optional(),
})
/** Peaks −1…1 per bucket, left caller, right agent. */
export const waveformSchema = z.object({
  durationMs: z.number(),
  bucketMs: z.number(),
  caller: z.array(z.number()),
  agent: z.array(z.number()),
})

export const agentStateSchema = z.strictObject({
  state: z.enum(['idle', 'busy', 'signed-out']),
  reason: z.string().max(40).optional(),
})
export const dialSchema = z.strictObject({ agent: z.string().max(20), to: dialNumber })
export const wrapUpSchema = z.strictObject({ action: z.enum(['complete', 'extend']) })
export const CALL_VERBS = [
  'hold',
  'retrieve',
  'transfer',
  'consult',
  'complete',
  'conference',
  'mute',
  'hangup',
  'resume',
  'monitor',
  'whisper',
  'barge',
  'recording',
  'digits',
  'rate',
] as const
/** Body of a call verb; which field is needed depends on the verb. `complete` after consult: `to: 'transfer'|'return'`. */
export const callVerbSchema = z
  .strictObject({
    to: z
      .union([
        z.strictObject({ agent: z.string() }),
        z.strictObject({ queue: z.string() }),
        z.strictObject({ number: dialNumber }),
      ])
      .optional(),
    outcome: z.enum(['transfer', 'return']).optional(),
    muted: z.boolean().optional(),
    recording: z.enum(['start', 'stop', 'mask', 'unmask']).optional(),
    digits: z
      .string()
      .regex(/^[0-9*#]{1,32}$/)
      .optional(),
  })
  .default({})

export const missedSchema = z.object({
  id: z.string(),
  callId: z.string(),
  kind: z.enum(['abandoned', 'no-answer', 'voicemail', 'callback', 'blocked']),
  number: z.string(),
  at: isoTime,
  waitMs: z.number().int(),
  recordingId: z.string().nullable(),
  state: z.enum(['open', 'done']),
  doneBy: z.string().nullable(),
  doneAt: isoTime.nullable(),
  note: z.string().nullable(),
})

/** One alarm, from when to when, and who saw to it. */
export const alarmSchema = z.object({
  id: z.string(),
  /** What is watched, e.g. `disk`; one alarm of it stands at a time. */
  alarm: z.string(),
  level: z.enum(['info', 'warning', 'critical']),
  cause: z.string(),
  detail: z.string().nullable(),
  server: z.string(),
  raisedAt: isoTime,
  clearedAt: isoTime.nullable(),
  seenBy: z.string().nullable(),
  seenAt: isoTime.nullable(),
  note: z.string().nullable(),
})

export const backupSchema = z.object({
  id: z.string(),
  beganAt: isoTime,
  by: z.string(),
  endedAt: isoTime.nullable(),
  outcome: z.enum(['running', 'done', 'failed']),
  path: z.string(),
  bytes: z.number().int().nullable(),
  rows: z.number().int().nullable(),
  recordings: z.number().int().nullable(),
  detail: z.string().nullable(),
})
/** One trial call (拨测): out over a trunk to a number that ought to answer. */
export const trialCallSchema = z.object({
  id: z.string(),
  trunk: z.string(),
  number: z.string(),
  beganAt: isoTime,
  by: z.string(),
  outcome: z.enum(['passed', 'no-answer', 'silent', 'refused', 'failed']),
  setUpMs: z.number().int().nullable(),
  /** Loudness of what was heard, RMS of 16-bit samples. */
  heardRms: z.number().int().nullable(),
  recording: z.string().nullable(),
  detail: z.string().nullable(),
})

export const queueConfigSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: z.string().min(1).max(40),
  capacity: z.number().int().min(0).max(1000).default(30),
  maxWaitMs: z.number().int().min(5000).default(300_000),
  ringMs: z.number().int().min(5000).max(120_000).default(20_000),
  wrapUpMs: z.number().int().min(0).max(3_600_000).default(30_000),
  /** After this wait callers may also go to the group named. */
  overflowTo: z.string().optional(),
  overflowAfterMs: z.number().int().default(60_000),
  announceEveryMs: z.number().int().min(10_000).default(30_000),
  /** No agent signed in: leave at once, or wait. */
  whenNoAgents: z.enum(['leave', 'wait']).default('leave'),
})
export type QueueConfig = z.infer<typeof queueConfigSchema>
export const agentConfigSchema = z.object({
  id: z.string().regex(/^[0-9]{3,8}$/),
  name: z.string().min(1).max(40),
  autoAnswer: z.boolean().default(false),
  /** Skill level 1 (best) to 9 by group. */
  queues: z.record(z.string(), z.number().int().min(1).max(9)),
})
export type AgentConfig = z.infer<typeof agentConfigSchema>
export const numberSchema = z.object({ number: dialNumber, flow: z.string(), name: z.string() })
export type PublishedNumber = z.infer<typeof numberSchema>
export const contactReasonSchema = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  name: z.string(),
  sort: z.number().int(),
})
export const calendarRuleSchema = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string(),
  /** 1 Monday … 7 Sunday → shifts `["09:00","12:00"]`. */
  week: z.record(
    z.enum(['1', '2', '3', '4', '5', '6', '7']),
    z.array(z.tuple([z.string(), z.string()])),
  ),
  /** Date → name of holiday; date → weekday whose hours apply (调休). */
  holidays: z.record(z.iso.date(), z.string()),
  makeUpDays: z.record(z.iso.date(), z.enum(['1', '2', '3', '4', '5', '6', '7'])),
})
