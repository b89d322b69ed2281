// A repair is a fact like any other: of its call, of its agent, or of its own.
import type { AgentId, CallId } from '../../../telephony/call/id.ts'
import type { Turn } from '../turn.ts'
import type { Cause } from './cause.ts'

export interface Repair {
  readonly cause: Cause
  readonly callId?: CallId
  readonly agentId?: AgentId
  readonly detail?: string
}

export function noteRepair(turn: Turn, { cause, callId, agentId, detail }: Repair): void {
  const data = { cause, ...(detail === undefined ? {} : { detail }) }
  if (callId !== undefined && turn.call(callId)) return turn.fact(callId, 'state-repaired', data)
  if (agentId !== undefined && turn.agent(agentId)) {
    const agent = turn.changeAgent(agentId, { seq: (turn.agent(agentId)?.seq ?? 0) + 1 })
    turn.facts.push({
      subject: `agent:${agentId}`,
      seq: agent.seq,
      at: turn.at,
      type: 'state-repaired',
      data,
    })
    return
  }
  turn.loneFact(`repair:${turn.newId()}`, 'state-repaired', data)
}
