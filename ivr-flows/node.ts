// The alphabet of flows: what a node may be, what it hears, what it asks for. Flows are data; these schemas are their only gate.
import { z } from 'zod'
import { digit, next, nodeName, type Prompt, prompts, promptSchema, variable } from './field.ts'
import { fastLaneSchema, intentSchema, listenSchema } from './spoken-node.ts'

export { promptSchema, type Prompt }
export const nodeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), next }),
  /** Speaks; a digit interrupts when `interruptible`. */
  z.strictObject({
    kind: z.literal('say'),
    prompt: prompts,
    interruptible: z.boolean().default(true),
    next,
  }),
  z.strictObject({
    kind: z.literal('play'),
    prompt: prompts,
    interruptible: z.boolean().default(false),
    next,
  }),
  z.strictObject({
    kind: z.literal('menu'),
    prompt: prompts,
    choices: z.record(digit, next),
    timeoutMs: z.number().int().min(1000).max(30_000).default(6000),
    /** How often the caller is asked in all; silence or a wrong digit at the last one leads to `otherwise`. */
    attempts: z.number().int().min(1).max(5).default(2),
    wrong: prompts.optional(),
    otherwise: next,
  }),
  /** Collects digits into a variable. */
  z.strictObject({
    kind: z.literal('gather'),
    prompt: prompts,
    variable,
    minDigits: z.number().int().min(1).default(1),
    maxDigits: z.number().int().min(1).max(32),
    terminator: digit.default('#'),
    firstDigitMs: z.number().int().default(8000),
    betweenDigitsMs: z.number().int().default(4000),
    attempts: z.number().int().min(1).max(5).default(2),
    next,
    otherwise: next,
    /** Never written to the ledger or the log as digits. */
    confidential: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('hours'),
    calendar: z.string(),
    open: next,
    closed: next,
    holiday: next.optional(),
  }),
  z.strictObject({
    kind: z.literal('branch'),
    variable: z.string(),
    cases: z
      .array(
        z.strictObject({ equals: z.string().optional(), matches: z.string().optional(), next }),
      )
      .min(1),
    otherwise: next,
  }),
  /** Waits for an agent of the group. The way out when nobody answers is a node for each outcome, else `otherwise`. */
  z.strictObject({
    kind: z.literal('queue'),
    queue: z.string(),
    priority: z.number().int().min(0).max(9).default(5),
    full: next.optional(),
    timedOut: next.optional(),
    noAgents: next.optional(),
    askedForMessage: next.optional(),
    askedForCallback: next.optional(),
    /** Entered by the caller's leg when the agent has hung up first: the rating. */
    afterTalk: next.optional(),
    otherwise: next,
  }),
  /** A message shorter than `minMs` is asked for once more, then `otherwise` (or `next`) follows. */
  z.strictObject({
    kind: z.literal('voicemail'),
    prompt: prompts,
    maxMs: z.number().int().default(120_000),
    minMs: z.number().int().default(1000),
    next,
    otherwise: next.optional(),
  }),
  z.strictObject({ kind: z.literal('callback'), prompt: prompts, next }),
  /** To an agent number, a group, or (never for a caller without authentication, unless the flow's author wrote the number here) a number outside. */
  z.strictObject({
    kind: z.literal('transfer'),
    to: z.union([
      z.strictObject({ agent: z.string() }),
      z.strictObject({ queue: z.string() }),
      z.strictObject({ number: z.string() }),
    ]),
    otherwise: next,
  }),
  z.strictObject({
    kind: z.literal('rate'),
    prompt: prompts,
    thanks: prompts.optional(),
    scores: z.record(digit, z.number().int().min(1).max(5)),
    timeoutMs: z.number().int().default(8000),
    attempts: z.number().int().default(2),
    next,
  }),
  intentSchema,
  listenSchema,
  z.strictObject({
    kind: z.literal('hangup'),
    result: z
      .enum(['self-service', 'voicemail', 'callback', 'answered', 'rejected', 'abandoned-ivr'])
      .optional(),
  }),
])
export type Node = z.infer<typeof nodeSchema>
export type NodeKind = Node['kind']
export type NodeOf<Kind extends NodeKind> = Extract<Node, { readonly kind: Kind }>

export const flowSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: z.string().min(1).max(80),
  start: nodeName,
  fastLane: fastLaneSchema.optional(),
  nodes: z.record(nodeName, nodeSchema),
})
export type Flow = z.infer<typeof flowSchema>

/** Where a call stands in its flow. JSON-safe: it is stored with the call, so that another process can go on from here. */
export interface FlowPosition {
  readonly flow: string
  readonly node: string
  /** How often the node has asked, from 1. */
  readonly attempt: number
  /** What the node has heard so far. */
  readonly digits: string
  /** True while this node's prompt plays. */
  readonly speaking: boolean
  /** Somebody listens to the caller, hears speech, or can't be had at this node. */
  readonly ears?: 'listening' | 'speech' | 'gone'
  /** What was understood and is being said back. */
  readonly candidate?: string
  /** Signs of trouble so far; `over` when the caller was sent to a person or waits for one. */
  readonly lane?: LaneSigns | 'over'
  readonly variables: Readonly<Record<string, string>>
}

export interface LaneSigns {
  readonly failures: number
  /** Slow pauses between two keys. */
  readonly slowPauses: number
  /** When the last key of a number was pressed. */
  readonly keyAt?: number
}

export type FlowInput =
  | { readonly type: 'entered' }
  | { readonly type: 'leg-answered' }
  /** Of the latest `speak` only. `stopped` is the echo of our own `stop-speaking` and means nothing; a prompt ended by anything else is `failed`. */
  | { readonly type: 'prompt-ended'; readonly outcome: 'finished' | 'stopped' | 'failed' }
  | { readonly type: 'digit'; readonly digit: string }
  | { readonly type: 'timed-out' }
  | {
      readonly type: 'queue-left'
      readonly outcome:
        'full' | 'timed-out' | 'no-agents' | 'asked-for-message' | 'asked-for-callback' | 'failed'
    }
  | { readonly type: 'talk-ended' }
  | { readonly type: 'message-recorded'; readonly durationMs: number }
  | { readonly type: 'transfer-failed' }
  | { readonly type: 'speech-began' }
  /** `phrase` where a grammar was given and one of its phrases was said. Ends the listening, as do the next two. */
  | {
      readonly type: 'understood'
      readonly text: string
      readonly phrase?: string
      readonly confidence?: number
      readonly engine?: string
    }
  | { readonly type: 'not-understood'; readonly engine?: string }
  /** Nobody listens (any more). */
  | { readonly type: 'ears-failed'; readonly cause: string; readonly engine?: string }

export type FlowAction =
  | { readonly type: 'answer' }
  | { readonly type: 'speak'; readonly prompts: readonly Prompt[] }
  | { readonly type: 'stop-speaking' }
  /** One timer a call; starting it again replaces it. */
  | { readonly type: 'start-timer'; readonly afterMs: number }
  | { readonly type: 'stop-timer' }
  | {
      readonly type: 'enqueue'
      readonly queue: string
      readonly priority: number
    }
  /** Makes the beep first. Ends with one `message-recorded`, also when nothing could be recorded (0 ms). */
  | { readonly type: 'record-message'; readonly maxMs: number }
  | { readonly type: 'stop-message' }
  | { readonly type: 'request-callback' }
  | {
      readonly type: 'transfer'
      readonly to: { agent: string } | { queue: string } | { number: string }
    }
  | { readonly type: 'save-rating'; readonly score: number }
  | { readonly type: 'hang-up'; readonly result?: string }
  /** One listening a call; starting it again replaces it. Without phrases and digits anything may be said. */
  | {
      readonly type: 'start-listening'
      readonly phrases?: readonly SpokenPhrase[]
      readonly digits?: { readonly min: number; readonly max: number }
      readonly endSilenceMs: number
      readonly maxSpeechMs: number
    }
  | { readonly type: 'stop-listening' }
  /** For the ledger: what happened in the flow. Confidential digits are not in here. */
  | {
      readonly type: 'note'
      readonly fact:
        | 'node-entered'
        | 'digits-collected'
        | 'choice-made'
        | 'no-input'
        | 'wrong-input'
        | 'hours-checked'
        | 'speech-heard'
        | 'fast-lane-taken'
      readonly data: Readonly<Record<string, string | number>>
    }

export interface SpokenPhrase {
  /** Given back when it was said. */
  readonly id: string
  readonly texts: readonly string[]
}

export interface FlowContext {
  /** Epoch ms. */
  readonly at: number
  /** Whether a calendar is open, and the rule that says so. */
  openingOf(
    calendar: string,
    at: number,
  ): { readonly state: 'open' | 'closed' | 'holiday'; readonly rule: string }
  /** Whether speech can be understood at all; where not, nodes go on by keys. */
  readonly hears?: boolean
  /** The caller's number is on the operator's list of elders. */
  readonly isElder?: boolean
}

/** What a step gives back. Nodes that need no waiting (branch, hours) are passed through at once. */
export interface FlowStep {
  readonly position: FlowPosition
  readonly actions: readonly FlowAction[]
}
