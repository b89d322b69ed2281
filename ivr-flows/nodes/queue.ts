import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, leave, stay, type NodeStep, type Standing } from '../standing.ts'

type Queue = NodeOf<'queue'>
type Outcome = Extract<FlowInput, { type: 'queue-left' }>['outcome']

const WAY_OUT: Record<Outcome, (node: Queue) => string | undefined> = {
  full: node => node.full,
  'timed-out': node => node.timedOut,
  'no-agents': node => node.noAgents,
  'asked-for-message': node => node.askedForMessage,
  'asked-for-callback': node => node.askedForCallback,
  failed: () => undefined,
}

/** Waits for an agent, through the talk, until the caller is given back. */
export function stepQueue(node: Queue, standing: Standing, input: FlowInput): NodeStep {
  switch (input.type) {
    case 'entered': {
      const { queue, priority } = node
      return stay(standing, { type: 'enqueue', queue, priority })
    }
    case 'queue-left':
      return leave(WAY_OUT[input.outcome](node) ?? node.otherwise)
    case 'talk-ended':
      return onTalkEnded(standing, node.afterTalk)
    default:
      return ignore
  }
}

/** The agent has left: on to the rating, else the call is over. Said once. */
export function onTalkEnded(standing: Standing, afterTalk?: string): NodeStep {
  if (afterTalk !== undefined) return leave(afterTalk)
  if (standing.attempt > 1) return ignore
  return stay({ ...standing, attempt: 2 }, { type: 'hang-up', result: 'answered' })
}
