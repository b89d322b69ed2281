// Nodes that hear speech beside keys: what an author may set.
import { z } from 'zod'
import { digit, next, prompts, variable } from './field.ts'

/** Ways to say one thing, in Chinese characters; numbers as they are spoken. */
const phrases = z
  .array(z.string().regex(/^\p{Script=Han}{1,30}$/u, 'Chinese characters'))
  .min(1)
  .max(20)

const hearing = {
  prompt: prompts,
  /** Said in place of `prompt` where nobody listens: what the keys do. */
  keysPrompt: prompts.optional(),
  /** In place of `noInputMs` and `attempts` where nobody listens. */
  keysWaitMs: z.number().int().min(1000).max(30_000).optional(),
  keysAttempts: z.number().int().min(1).max(5).optional(),
  /** The caller may speak into the prompt, which then ends; a key always ends it. */
  bargeIn: z.boolean().default(true),
  /** Silence after the prompt. */
  noInputMs: z.number().int().min(1000).max(30_000).default(6000),
  /** How often the caller is asked in all. */
  attempts: z.number().int().min(1).max(5).default(2),
  /** Said in place of `prompt` when the caller is asked again. */
  noInput: prompts.optional(),
  noMatch: prompts.optional(),
  /** So much silence ends what the caller says. */
  endSilenceMs: z.number().int().min(200).max(3000).default(700),
  maxSpeechMs: z.number().int().min(1000).max(60_000).default(10_000),
  /** Surer than this, where the engine says how sure it is. */
  minConfidence: z.number().min(0).max(1).default(0),
  /** Where to go when nobody listens; absent: the node goes on by keys. */
  failed: next.optional(),
  otherwise: next,
}

/** The caller says what they want, or presses a key. */
export const intentSchema = z.strictObject({
  kind: z.literal('intent'),
  ...hearing,
  intents: z
    .array(z.strictObject({ id: z.string().regex(/^[a-z0-9-]{1,40}$/), phrases, next }))
    .min(1)
    .max(250),
  choices: z.record(digit, next).default({}),
})

/** The caller says something that is kept in a variable: digits, `yes` or `no`, the id of a phrase, or their words. */
export const listenSchema = z.strictObject({
  kind: z.literal('listen'),
  ...hearing,
  variable,
  what: z.enum(['digits', 'yes-no', 'phrases', 'free']),
  minDigits: z.number().int().min(1).default(1),
  maxDigits: z.number().int().min(1).max(32).default(32),
  terminator: digit.default('#'),
  betweenDigitsMs: z.number().int().min(500).max(30_000).default(4000),
  phrases: z
    .array(z.strictObject({ id: z.string().regex(/^[\w-]{1,40}$/), phrases }))
    .max(250)
    .default([]),
  /** Key → value; for `yes-no` 1 and 2 unless said otherwise. Digits take every key. */
  choices: z.record(digit, z.string().min(1).max(40)).default({}),
  /** Says it back (`{{heard}}`) and asks whether it is right: yes or no, key 1 or 2. */
  confirm: z.strictObject({ prompt: prompts }).optional(),
  /** Never written to the ledger or the log. */
  confidential: z.boolean().default(false),
  next,
})

/** Who has trouble with the machine goes to a person at once. */
export const fastLaneSchema = z.strictObject({
  next,
  /** So many times silence, a wrong key or words that were not understood, at any node. */
  failures: z.number().int().min(1).max(9).default(2),
  /** Longer pauses between two keys of one number are slow; two of them suffice. */
  slowDigitsMs: z.number().int().min(500).max(30_000).default(2500),
  /** Numbers on the operator's list go there at the first question. */
  elders: z.boolean().default(true),
})
export type FastLane = z.infer<typeof fastLaneSchema>
