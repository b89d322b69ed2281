// Agents against the calls they belong to, their phones and their desktops. Pure.
import type { AgentId } from '../../../telephony/call/id.ts'
import { isOnCall } from '../agent.ts'
import type { LiveAgent, LiveCall } from '../state.ts'
import type { Floor } from '../turn.ts'
import type { Cause } from './cause.ts'
import type { Finding, Remedy } from './finding.ts'

/** A reload, a lost network, a walk to the printer: shorter absences change nothing (design decision 6). */
const UNREACHABLE_MS = 120_000
/** A timer of Node's may be this late on a busy machine. */
const LATE_MS = 2000

export interface Presence {
  /** Union over all switches; absent while one of them does not say. */
  readonly phones?: ReadonlySet<AgentId>
  /** Since when an agent has had neither desktop nor phone; absent when this server can't know. */
  goneSince?(agent: AgentId): number | undefined
}

export function diagnoseAgents(floor: Floor, presence: Presence, at: number): Finding[] {
  return [
    ...[...floor.agents.values()].flatMap(agent => diagnoseAgent(floor, agent, presence, at)),
    ...[...floor.calls.values()].flatMap(call => diagnoseOwner(floor, call)),
  ]
}

const found = (
  cause: Cause,
  agent: LiveAgent,
  remedy: Remedy,
  more: Partial<Finding> = {},
): Finding[] => [
  {
    cause,
    agentId: agent.id,
    mark: `${agent.state} ${agent.since} ${agent.callId ?? ''}`,
    remedy,
    ...more,
  },
]

function diagnoseAgent(floor: Floor, agent: LiveAgent, presence: Presence, at: number): Finding[] {
  const phone = diagnosePhone(agent, presence, at)
  if (phone.length > 0) return phone
  if (isOnCall(agent)) {
    const call = agent.callId === undefined ? undefined : floor.calls.get(agent.callId)
    if (!call || call.stage.state === 'ended')
      return found('agent-stranded', agent, { type: 'free-agent' })
    return belongs(call, agent.id)
      ? []
      : found('agent-without-leg', agent, { type: 'free-agent' }, { callId: call.id })
  }
  if (agent.state === 'wrap-up' && (agent.wrapUpUntil ?? 0) < at - LATE_MS)
    return found('wrap-up-overdue', agent, { type: 'end-wrap-up' })
  if (agent.state === 'idle' && agent.phone === 'unregistered') {
    const since = presence.goneSince?.(agent.id)
    if (since !== undefined && at - since > UNREACHABLE_MS && at - agent.since > UNREACHABLE_MS)
      return found('agent-unreachable', agent, { type: 'set-agent-aside' })
  }
  return []
}

function diagnosePhone(agent: LiveAgent, { phones }: Presence, at: number): Finding[] {
  if (!phones) return []
  const has = phones.has(agent.id)
  if (agent.phone === 'registered' && !has)
    return found('phone-gone-missed', agent, {
      type: 'tell',
      event: { type: 'phone-unregistered', at, agentId: agent.id },
    })
  // A phone that did not ring is known not to work until it registers again, or its agent says so.
  const isDoubted = agent.state === 'busy' && agent.reason === 'phone-lost'
  if (agent.phone === 'unregistered' && has && !isDoubted)
    return found('phone-missed', agent, {
      type: 'tell',
      event: { type: 'phone-registered', at, agentId: agent.id, transport: 'unknown' },
    })
  return []
}

/** Something in the call is this agent's: a leg, an offer, or a talk that is kept for them. */
function belongs({ legs, stage }: LiveCall, id: AgentId): boolean {
  if (Object.values(legs).some(leg => leg.agent === id && leg.role !== 'supervisor')) return true
  if (stage.state === 'queued') return stage.offer?.agent === id
  return stage.state === 'talking' && stage.agent === id && stage.lostUntil !== undefined
}

/** The agent whom a call names must know of it. */
function diagnoseOwner(floor: Floor, call: LiveCall): Finding[] {
  const { stage } = call
  const about = { callId: call.id, mark: `${call.seq}` }
  if (stage.state === 'queued' && stage.offer) {
    const agent = floor.agents.get(stage.offer.agent)
    if (!agent || (isOnCall(agent) && agent.callId === call.id)) return []
    return found('offer-astray', agent, { type: 'withdraw-offer' }, about)
  }
  if (stage.state !== 'talking' || stage.lostUntil !== undefined) return []
  const agent = floor.agents.get(stage.agent)
  const leg = call.legs[stage.legId]
  if (!agent || !leg || leg.ending) return []
  if (isOnCall(agent) && agent.callId === call.id) return []
  const other = agent.callId === undefined ? undefined : floor.calls.get(agent.callId)
  if (!isOnCall(agent) || !other || !belongs(other, agent.id))
    return found('agent-unaware', agent, { type: 'occupy-agent' }, about)
  return leg.bridgedTo === undefined
    ? found('agent-in-two-calls', agent, { type: 'hang-up-leg', legId: leg.id }, about)
    : found('agent-in-two-calls', agent, { type: 'note' }, about)
}
