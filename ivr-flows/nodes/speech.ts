import type { FlowInput, NodeOf, Prompt } from '../node.ts'
import { ignore, leave, stay, type NodeStep, type Standing } from '../standing.ts'

/** Begins a prompt. */
export const speak = (standing: Standing, ...prompts: readonly Prompt[]): NodeStep =>
  stay({ ...standing, speaking: true }, { type: 'speak', prompts })

/** True when the node's own prompt is over and nobody has interrupted it. */
export const isSpoken = (standing: Standing, input: FlowInput): boolean =>
  standing.speaking && input.type === 'prompt-ended' && input.outcome !== 'stopped'

/** `say` and `play`: speaks to the end, or to the first digit where that is allowed. */
export function stepSpeech(
  node: NodeOf<'say' | 'play'>,
  standing: Standing,
  input: FlowInput,
): NodeStep {
  if (input.type === 'entered') return speak(standing, ...node.prompt)
  if (isSpoken(standing, input)) return leave(node.next)
  if (input.type === 'digit' && node.interruptible)
    return leave(node.next, { type: 'stop-speaking' })
  return ignore
}
