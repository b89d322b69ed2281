import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, leave, quiet, stay, type NodeStep, type Standing } from '../standing.ts'
import { isSilent, isSpoken, onSilence, onWrongInput, startWaiting } from './asking.ts'
import { speak } from './speech.ts'

type Rate = NodeOf<'rate'>

/** One digit is a score; the digit stays in the standing while the caller is thanked. */
export function stepRate(node: Rate, standing: Standing, input: FlowInput): NodeStep {
  if (input.type === 'entered') return speak(standing, ...node.prompt)
  if (standing.digits !== '') return isSpoken(standing, input) ? leave(node.next) : ignore
  const question = { prompt: node.prompt, attempts: node.attempts, otherwise: node.next }
  if (isSpoken(standing, input)) return startWaiting(standing, node.timeoutMs)
  if (isSilent(standing, input)) return onSilence(question, standing)
  if (input.type !== 'digit') return ignore
  const score = node.scores[input.digit]
  if (score === undefined) return onWrongInput(question, standing, { digit: input.digit })
  return onScore(node, standing, input.digit, score)
}

function onScore(node: Rate, standing: Standing, digit: string, score: number): NodeStep {
  const rating = { type: 'save-rating', score } as const
  if (node.thanks === undefined) return leave(node.next, quiet(standing), rating)
  const thanking = { ...standing, digits: digit, speaking: true }
  return stay(thanking, quiet(standing), rating, { type: 'speak', prompts: node.thanks })
}
