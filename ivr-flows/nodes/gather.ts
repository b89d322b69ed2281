import type { FlowAction, FlowInput, NodeOf } from '../node.ts'
import { ignore, quiet, stay, type NodeStep, type Standing } from '../standing.ts'
import { isSilent, isSpoken, onSilence, onWrongInput, startWaiting } from './asking.ts'
import { speak } from './speech.ts'

type Gather = NodeOf<'gather'>

/** Collects digits until the terminator, the last possible digit, or a pause after enough of them. */
export function stepGather(node: Gather, standing: Standing, input: FlowInput): NodeStep {
  if (input.type === 'entered') return speak(standing, ...node.prompt)
  if (isSpoken(standing, input)) return startWaiting(standing, node.firstDigitMs)
  if (isSilent(standing, input)) return onPause(node, standing)
  return input.type === 'digit' ? onDigit(node, standing, input.digit) : ignore
}

function onDigit(node: Gather, standing: Standing, digit: string): NodeStep {
  if (digit === node.terminator) {
    return standing.digits.length >= node.minDigits
      ? collected(node, standing.digits, quiet(standing))
      : onWrongInput(node, standing, heard(node, standing.digits))
  }
  const digits = standing.digits + digit
  if (digits.length >= node.maxDigits) return collected(node, digits, quiet(standing))
  const hush: FlowAction[] = standing.speaking ? [{ type: 'stop-speaking' }] : []
  return stay({ ...standing, digits, speaking: false }, ...hush, {
    type: 'start-timer',
    afterMs: node.betweenDigitsMs,
  })
}

function onPause(node: Gather, standing: Standing): NodeStep {
  if (standing.digits === '') return onSilence(node, standing)
  return standing.digits.length >= node.minDigits
    ? collected(node, standing.digits)
    : onWrongInput(node, standing, heard(node, standing.digits))
}

function collected(node: Gather, digits: string, ...before: FlowAction[]): NodeStep {
  const data = { variable: node.variable, ...heard(node, digits) }
  return {
    type: 'leave',
    next: node.next,
    actions: [...before, { type: 'note', fact: 'digits-collected', data }],
    variables: { [node.variable]: digits },
  }
}

const heard = (node: Gather, digits: string): Record<string, string> =>
  node.confidential ? { count: String(digits.length) } : { digits, count: String(digits.length) }
