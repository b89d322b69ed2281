// Which agent a supervisor should look at first.
import type { AgentState, AgentView } from './protocol.ts'

/** Time in a state after which somebody should look, ms. States without one never call for attention. */
const LIMIT_MS: Readonly<Partial<Record<AgentState, number>>> = {
  reserved: 10_000,
  ringing: 15_000, // The national standard's answer time, GB/T 33358-2016.
  talking: 8 * 60_000,
  'on-hold': 90_000,
  'wrap-up': 90_000,
  busy: 15 * 60_000,
}
/** Set aside by the server: the agent may not know. */
const FAULTS = new Set(['no-answer', 'declined', 'phone-lost'])

const ORDER: readonly AgentState[] = [
  'ringing',
  'reserved',
  'on-hold',
  'talking',
  'wrap-up',
  'busy',
  'idle',
  'signed-out',
]

/** 0 calm, 1 at the limit, rising; a fault counts as twice the limit at once. */
export function urgency(agent: AgentView, now: number): number {
  if (agent.state === 'signed-out') return 0
  const elapsed = now - agent.since
  if (agent.state === 'busy' && FAULTS.has(agent.reason ?? '')) return 2 + elapsed / 3_600_000
  if (agent.phone === 'unregistered') return 2 + elapsed / 3_600_000
  const limit = LIMIT_MS[agent.state]
  return limit === undefined ? 0 : elapsed / limit
}

export const needsAttention = (agent: AgentView, now: number): boolean => urgency(agent, now) >= 1

/** Those over their limit first, worst first; the rest by state, then by time in it, then by number. */
export const byAttention =
  (now: number) =>
  (a: AgentView, b: AgentView): number => {
    const [first, second] = [urgency(a, now), urgency(b, now)]
    if (first >= 1 || second >= 1) return second - first || a.id.localeCompare(b.id)
    return (
      ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
      a.since - b.since ||
      a.id.localeCompare(b.id)
    )
  }
