// Who gets which call. Pure and total: the same floor and instant give the same decisions, each with its reason.
import type { AgentId, CallId, QueueId } from '../../telephony/call/id.ts'
import type { OfferReason } from '../ledger/fact.ts'
import type { RoutingAgent, RoutingFloor, RoutingQueue, Waiter } from './floor.ts'

export type Decision =
  | {
      readonly type: 'offer-to-agent'
      readonly callId: CallId
      readonly agentId: AgentId
      readonly queue: QueueId
      readonly reason: OfferReason
    }
  | {
      readonly type: 'leave-queue'
      readonly callId: CallId
      readonly queue: QueueId
      readonly outcome: 'timed-out' | 'no-agents'
    }

const MOST_NAMED = 5

/** The order in which callers are served: priority, then the longest wait, then the id so that order is total. */
export const servedBefore = (a: Waiter, b: Waiter): number =>
  b.priority - a.priority || a.joinedAt - b.joinedAt || (a.callId < b.callId ? -1 : 1)

interface Candidate {
  readonly agent: RoutingAgent
  readonly level: number
}
/** Better skill first, then longest idle, then the lower number. */
const chosenBefore = (a: Candidate, b: Candidate): number =>
  a.level - b.level || a.agent.idleSince - b.agent.idleSince || (a.agent.id < b.agent.id ? -1 : 1)

interface Group {
  /** Idle and reachable, best first; built once a decision. */
  readonly free: Candidate[]
  readonly excluded: Record<string, number>
  signedIn: number
}

const groupsOf = (agents: Iterable<RoutingAgent>): Map<string, Group> => {
  const groups = new Map<string, Group>()
  for (const agent of agents) {
    for (const queue in agent.skills) {
      let group = groups.get(queue)
      if (!group) groups.set(queue, (group = { free: [], excluded: {}, signedIn: 0 }))
      if (agent.state !== 'signed-out') group.signedIn++
      if (agent.state === 'idle' && agent.reachable)
        group.free.push({ agent, level: agent.skills[queue] ?? 9 })
      else {
        const why = agent.state === 'idle' ? 'no-phone' : agent.state
        group.excluded[why] = (group.excluded[why] ?? 0) + 1
      }
    }
  }
  for (const group of groups.values()) group.free.sort(chosenBefore)
  return groups
}

/** The groups whose agents may take this caller now: the own one, and the overflow once its time has come. */
const groupsFor = (
  waiter: Waiter,
  queue: RoutingQueue | undefined,
  now: number,
): readonly string[] =>
  queue?.overflowTo !== undefined && now - waiter.joinedAt >= queue.overflowAfterMs
    ? [waiter.queue, queue.overflowTo]
    : [waiter.queue]

/** All decisions that this floor asks for at this instant. Each agent and each caller appears at most once. */
export function decide(floor: RoutingFloor, now: number): readonly Decision[] {
  const open = floor.waiters.filter(waiter => !waiter.offered).sort(servedBefore)
  if (open.length === 0) return []
  const groups = groupsOf(floor.agents)
  const offers: { waiter: Waiter; choice: Choice }[] = []
  const leaves: Decision[] = []
  const taken = new Set<AgentId>()
  const passedOver: Waiter[] = []

  for (const waiter of open) {
    const queue = floor.queues.get(waiter.queue)
    const choice = choose(waiter, groupsFor(waiter, queue, now), groups, taken, now)
    if (choice) {
      taken.add(choice.agent.id)
      offers.push({ waiter, choice })
      continue
    }
    passedOver.push(waiter)
    if (queue && now - waiter.joinedAt >= queue.maxWaitMs) {
      leaves.push({
        type: 'leave-queue',
        callId: waiter.callId,
        queue: waiter.queue,
        outcome: 'timed-out',
      })
    } else if (queue?.whenNoAgents === 'leave' && nobodyServes(waiter, queue, groups)) {
      leaves.push({
        type: 'leave-queue',
        callId: waiter.callId,
        queue: waiter.queue,
        outcome: 'no-agents',
      })
    }
  }
  passedOver.sort((a, b) => a.joinedAt - b.joinedAt)
  return [
    ...offers.map(({ waiter, choice }): Decision => ({
      type: 'offer-to-agent',
      callId: waiter.callId,
      agentId: choice.agent.id,
      queue: waiter.queue,
      reason: reasonOf(waiter, choice, passedOver, now),
    })),
    ...leaves,
  ]
}

interface Choice {
  readonly agent: RoutingAgent
  readonly level: number
  readonly rule: OfferReason['rule']
  readonly others: readonly Candidate[]
  readonly excluded: Record<string, number>
}

function choose(
  waiter: Waiter,
  names: readonly string[],
  groups: ReadonlyMap<string, Group>,
  taken: ReadonlySet<AgentId>,
  now: number,
): Choice | undefined {
  const others: Candidate[] = []
  const excluded: Record<string, number> = {}
  const exclude = (why: string, count = 1) => (excluded[why] = (excluded[why] ?? 0) + count)
  let best: Candidate | undefined
  for (const name of names) {
    const group = groups.get(name)
    if (!group) continue
    for (const why in group.excluded) exclude(why, group.excluded[why])
    for (const candidate of group.free) {
      if (taken.has(candidate.agent.id)) exclude('taken-by-another')
      else if (waiter.direct !== undefined && waiter.direct !== candidate.agent.id)
        exclude('not-the-one-asked-for')
      else if ((waiter.tried[candidate.agent.id] ?? 0) > now) exclude('did-not-answer')
      else if (!best) best = candidate
      else if (others.length < MOST_NAMED) others.push(candidate)
      else break
    }
  }
  if (!best) return undefined
  // Over two groups the first group's agents stay ahead: overflow helps, it does not replace.
  const rule =
    waiter.direct !== undefined
      ? 'direct'
      : others.length === 0
        ? 'only-one'
        : others[0]?.level === best.level
          ? 'longest-idle'
          : 'skill-then-longest-idle'
  return { agent: best.agent, level: best.level, rule, others, excluded }
}

const reasonOf = (
  waiter: Waiter,
  choice: Choice,
  passedOver: readonly Waiter[],
  now: number,
): OfferReason => ({
  rule: choice.rule,
  idleMs: now - choice.agent.idleSince,
  skillLevel: choice.level,
  runnersUp: choice.others.map(({ agent, level }) => ({
    agent: agent.id,
    idleMs: now - agent.idleSince,
    skillLevel: level,
  })),
  excluded: choice.excluded,
  overtaken: overtakenBy(waiter, passedOver),
})

/** Callers who wait longer and got nobody in this round, each with the rule that let this one go first. */
function overtakenBy(waiter: Waiter, passedOver: readonly Waiter[]): OfferReason['overtaken'] {
  const overtaken: { call: string; rule: string }[] = []
  for (const other of passedOver) {
    if (overtaken.length === MOST_NAMED || other.joinedAt >= waiter.joinedAt) break
    overtaken.push({ call: other.callId, rule: overtakingRule(waiter, other) })
  }
  return overtaken
}

const overtakingRule = (waiter: Waiter, other: Waiter): string => {
  if (waiter.priority > other.priority) return 'priority'
  if (other.direct !== undefined) return 'waits-for-one-agent'
  return waiter.queue === other.queue ? 'agents-already-tried' : 'no-agent-of-that-group'
}

const nobodyServes = (
  waiter: Waiter,
  queue: RoutingQueue,
  groups: ReadonlyMap<string, Group>,
): boolean =>
  (groups.get(waiter.queue)?.signedIn ?? 0) === 0 &&
  (queue.overflowTo === undefined || (groups.get(queue.overflowTo)?.signedIn ?? 0) === 0)

/** The next instant at which time alone changes a decision; undefined when there is none. */
export function nextDecisionAt(
  floor: Pick<RoutingFloor, 'waiters' | 'queues'>,
  now: number,
): number | undefined {
  let next: number | undefined
  const consider = (at: number) => {
    if (at > now && (next === undefined || at < next)) next = at
  }
  for (const waiter of floor.waiters) {
    if (waiter.offered) continue
    const queue = floor.queues.get(waiter.queue)
    for (const agent in waiter.tried) consider(waiter.tried[agent] ?? 0)
    if (!queue) continue
    consider(waiter.joinedAt + queue.maxWaitMs)
    if (queue.overflowTo !== undefined) consider(waiter.joinedAt + queue.overflowAfterMs)
  }
  return next
}
