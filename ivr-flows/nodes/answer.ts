import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, leave, stay, type NodeStep, type Standing } from '../standing.ts'

/** Answers, and goes on once the switch says that the leg is up. */
export function stepAnswer(node: NodeOf<'answer'>, standing: Standing, input: FlowInput): NodeStep {
  if (input.type === 'entered') return stay(standing, { type: 'answer' })
  return input.type === 'leg-answered' ? leave(node.next) : ignore
}
