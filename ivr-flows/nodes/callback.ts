import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, leave, stay, type NodeStep, type Standing } from '../standing.ts'
import { isSpoken } from './speech.ts'

/** Books the callback before a word is said, so that a caller who hangs up at once has it too. */
export function stepCallback(
  node: NodeOf<'callback'>,
  standing: Standing,
  input: FlowInput,
): NodeStep {
  if (input.type === 'entered') {
    const speaking = { ...standing, speaking: true }
    return stay(speaking, { type: 'request-callback' }, { type: 'speak', prompts: node.prompt })
  }
  if (isSpoken(standing, input)) return leave(node.next)
  return input.type === 'digit' ? leave(node.next, { type: 'stop-speaking' }) : ignore
}
