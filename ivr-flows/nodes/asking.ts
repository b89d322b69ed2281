// What menu, gather and rate have in common: ask, wait, ask again, give up.
import type { FlowAction, FlowInput, Prompt } from '../node.ts'
import { leave, type NodeStep, quiet, type Standing, stay } from '../standing.ts'
import { isSpoken } from './speech.ts'

interface Question {
  readonly prompt: readonly Prompt[]
  readonly attempts: number
  readonly otherwise: string
}

/** The prompt is over: the caller has this long to press the first digit. */
export const startWaiting = (standing: Standing, afterMs: number): NodeStep =>
  stay({ ...standing, speaking: false }, { type: 'start-timer', afterMs })

/** True when the time to answer is over. A timer that fires while the node speaks belongs to the past. */
export const isSilent = (standing: Standing, input: FlowInput): boolean =>
  input.type === 'timed-out' && !standing.speaking

export { isSpoken }

/** Nothing was pressed in time. */
export const onSilence = (question: Question, standing: Standing): NodeStep =>
  askAgain(question, standing, [
    { type: 'note', fact: 'no-input', data: { attempt: String(standing.attempt) } },
  ])

/** Something was pressed that means nothing here. `heard` is left out of the ledger when confidential. */
export function onWrongInput(
  question: Question,
  standing: Standing,
  heard: Readonly<Record<string, string>>,
  apology: readonly Prompt[] = [],
): NodeStep {
  const data = { attempt: String(standing.attempt), ...heard }
  return askAgain(
    question,
    standing,
    [quiet(standing), { type: 'note', fact: 'wrong-input', data }],
    apology,
  )
}

function askAgain(
  question: Question,
  standing: Standing,
  actions: readonly FlowAction[],
  apology: readonly Prompt[] = [],
): NodeStep {
  if (standing.attempt >= question.attempts) return leave(question.otherwise, ...actions)
  const prompts = [...apology, ...question.prompt]
  return stay({ attempt: standing.attempt + 1, digits: '', speaking: true }, ...actions, {
    type: 'speak',
    prompts,
  })
}
