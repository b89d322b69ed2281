// An agent's states (design part 3) and the moves between them. Intent (`next`) is kept apart from fact (`state`).
import type { AgentId, CallId } from '../../telephony/call/id.ts'
import { refuse } from '../errors.ts'
import type { LiveAgent } from './state.ts'
import type { Turn } from './turn.ts'

/** Extending a wrap-up adds this much. */
const WRAP_UP_EXTENSION_MS = 30_000
const DEFAULT_WRAP_UP_MS = 30_000

export const isOnCall = (agent: LiveAgent): boolean =>
  agent.state === 'reserved' ||
  agent.state === 'ringing' ||
  agent.state === 'talking' ||
  agent.state === 'on-hold'

const enter = (
  turn: Turn,
  id: AgentId,
  state: LiveAgent['state'],
  by: string,
  reason?: string,
): void => {
  const idle = state === 'idle' ? { idleSince: turn.at } : {}
  turn.changeAgent(
    id,
    { state, since: turn.at, ...idle, ...(reason === undefined ? {} : { reason }) },
    'reason',
  )
  turn.agentFact(id, { agent: id, state, by, ...(reason === undefined ? {} : { reason }) })
}

/** The agent belongs to this call now: reserved, then ringing, talking, on hold. */
export function occupy(
  turn: Turn,
  id: AgentId,
  callId: CallId,
  state: 'reserved' | 'ringing' | 'talking' | 'on-hold',
): void {
  const agent = turn.agent(id)
  if (!agent || (agent.state === state && agent.callId === callId)) return
  turn.changeAgent(id, { callId }, 'wrapUpUntil')
  enter(turn, id, state, 'system')
}

/** An offer came to nothing through no fault of the agent: as before, and still idle as long. */
export function release(turn: Turn, id: AgentId): void {
  const agent = turn.agent(id)
  if (!agent || !isOnCall(agent)) return
  const { idleSince } = agent
  settle(turn, id, 'system')
  if (turn.agent(id)?.state === 'idle') turn.changeAgent(id, { idleSince })
}

/** Takes the state asked for, else idle. */
export function settle(turn: Turn, id: AgentId, by: string): void {
  const agent = turn.agent(id)
  if (!agent) return
  turn.changeAgent(id, {}, 'callId', 'wrapUpUntil', 'next')
  enter(turn, id, agent.next?.state ?? 'idle', by, agent.next?.reason)
}

/** The agent is not to be asked again until they say so; a reason tells why. */
export function setAside(
  turn: Turn,
  id: AgentId,
  reason: 'no-answer' | 'declined' | 'phone-lost',
): void {
  const agent = turn.agent(id)
  if (!agent) return
  // Who asked to sign out meanwhile is signed out.
  if (agent.next?.state === 'signed-out') return settle(turn, id, 'system')
  turn.changeAgent(id, {}, 'callId', 'wrapUpUntil', 'next')
  enter(turn, id, 'busy', 'system', reason)
}

/** After a talk: wrap-up for as long as the group gives, then settle. Said again (each leg's end may say it) it changes nothing. */
export function wrapUp(
  turn: Turn,
  id: AgentId,
  callId: CallId,
  queue: string | undefined = undefined,
): void {
  const agent = turn.agent(id)
  if (!agent || agent.callId !== callId || !isOnCall(agent)) return
  const lengthMs =
    queue === undefined
      ? DEFAULT_WRAP_UP_MS
      : (turn.settings.queueById.get(queue)?.wrapUpMs ?? DEFAULT_WRAP_UP_MS)
  if (lengthMs === 0) return settle(turn, id, 'system')
  turn.changeAgent(id, { wrapUpUntil: turn.at + lengthMs })
  enter(turn, id, 'wrap-up', 'system')
}

export function askState(
  turn: Turn,
  id: AgentId,
  state: 'idle' | 'busy' | 'signed-out',
  reason: string | undefined,
  by: string,
): LiveAgent {
  const agent = known(turn, id)
  const next = { state, ...(reason === undefined ? {} : { reason }) }
  if (isOnCall(agent)) {
    if (state === 'idle') turn.changeAgent(id, {}, 'next')
    else turn.changeAgent(id, { next })
  } else if (agent.state !== state || agent.reason !== reason) {
    turn.changeAgent(id, {}, 'callId', 'wrapUpUntil', 'next')
    enter(turn, id, state, by, reason)
  }
  return known(turn, id)
}

export function askWrapUp(
  turn: Turn,
  id: AgentId,
  action: 'complete' | 'extend',
  by: string,
): LiveAgent {
  const agent = known(turn, id)
  if (agent.state !== 'wrap-up' || agent.wrapUpUntil === undefined)
    throw refuse('AGENT_NOT_IN_WRAP_UP')
  if (action === 'complete') settle(turn, id, by)
  else turn.changeAgent(id, { wrapUpUntil: agent.wrapUpUntil + WRAP_UP_EXTENSION_MS })
  return known(turn, id)
}

export function onWrapUpOver(turn: Turn, id: AgentId): void {
  const agent = turn.agent(id)
  if (agent?.state === 'wrap-up' && (agent.wrapUpUntil ?? 0) <= turn.at) settle(turn, id, 'system')
}

export function known(turn: Turn, id: AgentId): LiveAgent {
  const agent = turn.agent(id)
  if (!agent) throw refuse('UNKNOWN_AGENT', `there is no agent ${id}`)
  return agent
}
