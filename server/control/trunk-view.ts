// Trunks as people see them. Pure.
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import type { TrunkView } from '../desktop/protocol.ts'
import { linesOnTrunk } from './trunk.ts'
import type { TrunkAtNode } from './trunk-book.ts'
import type { Sight } from './view.ts'

export function trunkView(sight: Sight, trunk: Trunk, nodes: readonly TrunkAtNode[]): TrunkView {
  const state = trunk.enabled ? stateOf(nodes) : 'off'
  const since = nodes.map(({ health }) => health.since)
  const down = nodes.map(({ health }) => health).find(health => health.state === 'down')
  const failed = nodes.map(({ health }) => health).find(health => health.state === 'suspect')
  const registration = nodes.find(node => node.registration !== undefined)?.registration
  const trips = nodes.flatMap(({ roundTripMs }) => (roundTripMs === undefined ? [] : [roundTripMs]))
  return {
    id: trunk.id,
    name: trunk.name,
    priority: trunk.priority,
    state,
    ...(state === 'off' || since.length === 0 ? {} : { since: Math.max(...since) }),
    ...(down?.state === 'down' ? { reason: down.reason } : {}),
    ...(failed?.state === 'suspect' && failed.status !== undefined
      ? { status: failed.status }
      : {}),
    ...(trunk.access.type === 'registration' && registration !== undefined ? { registration } : {}),
    ...(trips.length === 0 ? {} : { roundTripMs: Math.max(...trips) }),
    used: linesOnTrunk(sight.calls.values(), trunk.id),
    limit: trunk.lineLimit,
    nodes: nodes.map(({ node, health }) => ({ node, state: health.state, since: health.since })),
    today: sight.today.trunks.view(trunk.id),
  }
}

/** The same at every switch, or `partly`. */
function stateOf(nodes: readonly TrunkAtNode[]): TrunkView['state'] {
  const states = new Set(nodes.map(({ health }) => health.state))
  const [only] = states
  if (only === undefined) return 'unknown'
  return states.size === 1 ? only : 'partly'
}
