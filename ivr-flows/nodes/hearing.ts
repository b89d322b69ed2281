// What intent and listen have in common: ask, hear speech and keys beside each other, ask again, give up, go on without ears.
import type { FlowAction, FlowInput, NodeOf, Prompt, SpokenPhrase } from '../node.ts'
import { ignore, leave, type NodeStep, quiet, type Standing, stay } from '../standing.ts'
import { isSpoken } from './speech.ts'

type Hearing = NodeOf<'intent' | 'listen'>
type Note = Extract<FlowAction, { type: 'note' }>

/** What is asked now: the node's own question, or whether it was understood rightly. */
export interface Question {
  readonly node: Hearing
  readonly prompt: readonly Prompt[]
  /** Said where nobody listens, when that is something else. */
  readonly keysPrompt?: readonly Prompt[]
  readonly phrases?: readonly SpokenPhrase[]
  readonly digits?: { readonly min: number; readonly max: number }
  /** Whether keys can answer it. */
  readonly hasKeys: boolean
}

// Ears keep their own limits; this one only guards against ears that say nothing more.
const EARS_SLACK_MS = 6000

/** Asks for the first time. Where nobody can listen at all, keys are asked for at once. */
export function enter(question: Question, standing: Standing, hears: boolean): NodeStep {
  return hears ? ask(question, standing) : withoutEars(question, standing)
}

/** Says the question, or `instead`; the caller may speak into it where that is allowed. */
export function ask(
  question: Question,
  standing: Standing,
  before: readonly FlowAction[] = [],
  instead?: readonly Prompt[],
): NodeStep {
  const { node } = question
  const { ears: _, ...rest } = standing
  const asking = { ...rest, digits: '', speaking: true }
  if (standing.ears === 'gone') {
    const prompts = question.keysPrompt ?? question.prompt
    return stay({ ...asking, ears: 'gone' }, ...before, { type: 'speak', prompts })
  }
  const speak: FlowAction = { type: 'speak', prompts: instead ?? question.prompt }
  if (!node.bargeIn) return stay(asking, ...before, speak)
  return stay({ ...asking, ears: 'listening' }, ...before, listenTo(question), speak)
}

/** Asks once more, or gives up. */
export function askAgain(
  question: Question,
  standing: Standing,
  before: readonly FlowAction[],
  instead?: readonly Prompt[],
): NodeStep {
  if (standing.attempt >= attemptsOf(question.node, standing.ears))
    return leave(question.node.otherwise, ...before)
  return ask(question, { ...standing, attempt: standing.attempt + 1 }, before, instead)
}

/** What is the same at every such node; `undefined`: the input is the node's own matter. */
export function stepHearing(
  question: Question,
  standing: Standing,
  input: FlowInput,
): NodeStep | undefined {
  const { node } = question
  if (isSpoken(standing, input)) return onSpoken(question, standing)
  switch (input.type) {
    case 'timed-out':
      if (standing.speaking) return ignore
      // Said by the guard alone: the ears heard speech and then forgot to tell what it was.
      return standing.ears === 'speech'
        ? onEarsFailed(question, standing, { type: 'ears-failed', cause: 'slow' })
        : askAgain(question, standing, [attemptNote('no-input', standing)], node.noInput)
    case 'speech-began':
      return standing.ears === 'listening' ? onSpeech(node, standing) : ignore
    case 'understood':
    case 'digit':
      return isHeard(standing) || input.type === 'digit' ? undefined : ignore
    case 'not-understood':
      return isHeard(standing) ? onNotUnderstood(question, standing, input.engine) : ignore
    case 'ears-failed':
      return isHeard(standing) ? onEarsFailed(question, standing, input) : ignore
    default:
      return ignore
  }
}

export const isHeard = ({ ears }: Standing): boolean => ears === 'listening' || ears === 'speech'

/** A key that means nothing here. */
export const onWrongKey = (
  question: Question,
  standing: Standing,
  data: Readonly<Record<string, string>>,
): NodeStep =>
  askAgain(
    question,
    standing,
    [
      quiet(standing),
      { type: 'note', fact: 'wrong-input', data: { attempt: String(standing.attempt), ...data } },
    ],
    question.node.noMatch,
  )

export function onNotUnderstood(
  question: Question,
  standing: Standing,
  engine: string | undefined,
): NodeStep {
  const note = heardNote({ outcome: 'not-understood', engine })
  return askAgain(question, standing, [quiet(standing), note], question.node.noMatch)
}

export const heardNote = (
  data: Readonly<Record<string, string | number | undefined>> & {
    readonly outcome: 'understood' | 'not-understood' | 'failed'
  },
): Note => ({
  type: 'note',
  fact: 'speech-heard',
  data: Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string | number] => {
      return entry[1] !== undefined
    }),
  ),
})

const attemptNote = (fact: 'no-input', { attempt }: Standing): Note => ({
  type: 'note',
  fact,
  data: { attempt: String(attempt) },
})

/** How often it is asked in all, with ears and without. */
export const attemptsOf = (node: Hearing, ears: Standing['ears']): number =>
  ears === 'gone' ? (node.keysAttempts ?? node.attempts) : node.attempts

const listenTo = ({ node, phrases, digits }: Question): FlowAction => ({
  type: 'start-listening',
  ...(phrases && { phrases }),
  ...(digits && { digits }),
  endSilenceMs: node.endSilenceMs,
  maxSpeechMs: node.maxSpeechMs,
})

function onSpoken(question: Question, standing: Standing): NodeStep {
  const { noInputMs, keysWaitMs = noInputMs } = question.node
  const afterMs = standing.ears === 'gone' ? keysWaitMs : noInputMs
  const wait: FlowAction = { type: 'start-timer', afterMs }
  const waiting = { ...standing, speaking: false }
  if (standing.ears !== undefined) return stay(waiting, wait)
  return stay({ ...waiting, ears: 'listening' }, listenTo(question), wait)
}

/** The prompt, or the wait for a first word, is over: now the caller has the floor. */
const onSpeech = (node: Hearing, standing: Standing): NodeStep =>
  stay({ ...standing, speaking: false, ears: 'speech' }, quiet(standing), {
    type: 'start-timer',
    afterMs: node.maxSpeechMs + node.endSilenceMs + EARS_SLACK_MS,
  })

function onEarsFailed(
  question: Question,
  standing: Standing,
  { cause, engine }: Extract<FlowInput, { type: 'ears-failed' }>,
): NodeStep {
  const note = heardNote({ outcome: 'failed', cause, engine })
  // What the caller is hearing serves them as well: they hear it to its end.
  if (canGoOn(question) && standing.speaking && question.keysPrompt === undefined)
    return stay({ ...standing, ears: 'gone' }, note)
  return withoutEars(question, standing, quiet(standing), note)
}

function withoutEars(question: Question, standing: Standing, ...before: FlowAction[]): NodeStep {
  const { failed, otherwise } = question.node
  return canGoOn(question)
    ? ask(question, { ...standing, ears: 'gone' }, before)
    : leave(failed ?? otherwise, ...before)
}

const canGoOn = ({ node, hasKeys }: Question) => node.failed === undefined && hasKeys
