import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, leave, stay, type NodeStep, type Standing } from '../standing.ts'
import { onTalkEnded } from './queue.ts'

/** Hands the caller over; comes back only when nobody took the call. */
export function stepTransfer(
  node: NodeOf<'transfer'>,
  standing: Standing,
  input: FlowInput,
): NodeStep {
  switch (input.type) {
    case 'entered':
      return stay(standing, { type: 'transfer', to: node.to })
    case 'transfer-failed':
    case 'queue-left':
      return leave(node.otherwise)
    case 'talk-ended':
      return onTalkEnded(standing)
    default:
      return ignore
  }
}
