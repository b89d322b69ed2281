import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, leave, quiet, type NodeStep, type Standing } from '../standing.ts'
import { isSilent, isSpoken, onSilence, onWrongInput, startWaiting } from './asking.ts'
import { speak } from './speech.ts'

/** One digit chooses; it may come while the prompt is still spoken. */
export function stepMenu(node: NodeOf<'menu'>, standing: Standing, input: FlowInput): NodeStep {
  if (input.type === 'entered') return speak(standing, ...node.prompt)
  if (isSpoken(standing, input)) return startWaiting(standing, node.timeoutMs)
  if (isSilent(standing, input)) return onSilence(node, standing)
  return input.type === 'digit' ? onDigit(node, standing, input.digit) : ignore
}

function onDigit(node: NodeOf<'menu'>, standing: Standing, digit: string): NodeStep {
  const next = node.choices[digit]
  if (next === undefined) return onWrongInput(node, standing, { digit }, node.wrong)
  return leave(next, quiet(standing), { type: 'note', fact: 'choice-made', data: { digit, next } })
}
