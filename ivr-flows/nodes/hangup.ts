import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, stay, type NodeStep, type Standing } from '../standing.ts'

/** The end; whatever arrives later means nothing. */
export function stepHangup(node: NodeOf<'hangup'>, standing: Standing, input: FlowInput): NodeStep {
  if (input.type !== 'entered') return ignore
  const result = node.result === undefined ? {} : { result: node.result }
  return stay(standing, { type: 'hang-up', ...result })
}
