// Asks routing for decisions and applies them, until none is left.
import { queueId } from '../../telephony/call/id.ts'
import { decide, nextDecisionAt } from '../routing/decide.ts'
import type { RoutingAgent, RoutingFloor, RoutingQueue, Waiter } from '../routing/floor.ts'
import { applyDecision } from './offer.ts'
import { DIRECT, waiterOf } from './queue.ts'
import type { SettingsIndex, Turn } from './turn.ts'

/** A caller leaving one group may join the next; a flow that sends callers round in circles is cut here. */
const MOST_ROUNDS = 10
const DIRECT_WAIT_MS = 30_000

/** Applies every decision the floor asks for; gives the instant at which time alone asks for the next. */
export function route(turn: Turn): number | undefined {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const waiters = waitersNow(turn)
    if (waiters.length === 0) return undefined
    const queues = routingQueues(turn.settings)
    const decisions = decide({ waiters, queues, agents: agentsFor(turn, waiters) }, turn.at)
    if (decisions.length === 0) return nextDecisionAt({ waiters, queues }, turn.at)
    for (const decision of decisions) applyDecision(turn, decision)
  }
  return undefined
}

function waitersNow(turn: Turn): Waiter[] {
  const waiters: Waiter[] = []
  for (const call of turn.calls())
    if (call.stage.state === 'queued') waiters.push(waiterOf(call, call.stage))
  return waiters
}

function* agentsFor(turn: Turn, waiters: readonly Waiter[]): Iterable<RoutingAgent> {
  const direct = waiters.some(waiter => waiter.direct !== undefined)
  for (const agent of turn.agents()) {
    const skills = turn.settings.agentById.get(agent.id)?.queues ?? {}
    yield {
      id: agent.id,
      state: agent.state,
      reachable: agent.phone === 'registered',
      idleSince: agent.idleSince,
      skills: direct ? { ...skills, [DIRECT]: 1 } : skills,
    }
  }
}

const cache = new WeakMap<SettingsIndex, RoutingFloor['queues']>()

function routingQueues(settings: SettingsIndex): RoutingFloor['queues'] {
  const known = cache.get(settings)
  if (known) return known
  const queues = new Map<string, RoutingQueue>(
    settings.queues.map(({ id, maxWaitMs, overflowTo, overflowAfterMs, whenNoAgents }) => [
      id,
      {
        id: queueId(id),
        maxWaitMs,
        overflowAfterMs,
        whenNoAgents,
        ...(overflowTo === undefined ? {} : { overflowTo: queueId(overflowTo) }),
      },
    ]),
  )
  queues.set(DIRECT, {
    id: queueId(DIRECT),
    maxWaitMs: DIRECT_WAIT_MS,
    overflowAfterMs: 0,
    whenNoAgents: 'wait',
  })
  cache.set(settings, queues)
  return queues
}
