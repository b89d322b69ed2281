import type { FlowContext, NodeOf } from '../node.ts'
import { leave, type NodeStep } from '../standing.ts'

/** Never waits: the calendar says where to go. */
export function passHours(node: NodeOf<'hours'>, context: FlowContext): NodeStep {
  const { state, rule } = context.openingOf(node.calendar, context.at)
  const next = state === 'holiday' ? (node.holiday ?? node.closed) : node[state]
  return leave(next, {
    type: 'note',
    fact: 'hours-checked',
    data: { calendar: node.calendar, state, rule },
  })
}
