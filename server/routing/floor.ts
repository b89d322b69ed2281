// What routing looks at: a value with nothing in it that routing does not need. Pure; built by the control loop for each decision.
import type { AgentId, CallId, QueueId } from '../../telephony/call/id.ts'

export interface RoutingAgent {
  readonly id: AgentId
  /** Only `idle` agents with a phone are offered calls. */
  readonly state: string
  readonly reachable: boolean
  /** Epoch ms. */
  readonly idleSince: number
  /** Skill level 1 (best) to 9 by group. */
  readonly skills: Readonly<Record<string, number>>
}

export interface Waiter {
  readonly callId: CallId
  readonly queue: QueueId
  readonly joinedAt: number
  /** 0–9; a higher one is served first, within one the longest wait. */
  readonly priority: number
  /** The one agent this caller waits for (transfer to a person). */
  readonly direct?: AgentId
  /** Rings at an agent now; keeps the place, is not offered twice. */
  readonly offered: boolean
  /** Agents who did not answer this caller, until when they are not asked again (epoch ms). */
  readonly tried: Readonly<Record<string, number>>
}

export interface RoutingQueue {
  readonly id: QueueId
  readonly maxWaitMs: number
  readonly overflowTo?: QueueId
  readonly overflowAfterMs: number
  readonly whenNoAgents: 'leave' | 'wait'
}

export interface RoutingFloor {
  readonly agents: Iterable<RoutingAgent>
  readonly waiters: readonly Waiter[]
  readonly queues: ReadonlyMap<string, RoutingQueue>
}
