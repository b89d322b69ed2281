// What the edge tells the servers of itself, every second.
import type { Announcer } from './announcer.ts'
import type { Edge } from './edge.ts'
import type { EdgeState } from './keys.ts'

export function toState(name: string, edge: Edge, announcer: Announcer, at: number): EdgeState {
  const { guard } = edge
  const { publishedAt, nodes, trunks } = guard.settings()
  return {
    name,
    at,
    isConnected: edge.isConnected(),
    settingsOf: publishedAt,
    lines: guard.lines(at),
    announcing: guard.announcing(),
    hasAnnouncer: announcer.isReady(),
    nodes: nodes.map(node => {
      const { state, changedAt } = guard.health.node(node.name)
      const lines = guard.linesOf('node', node.name, at)
      return { name: node.name, state, since: changedAt, draining: node.draining, lines }
    }),
    trunks: trunks.map(({ id, access }) => {
      const { state, since } = guard.health.trunk(id)
      return { id, access: access.type, state, since, lines: guard.linesOf('trunk', id, at) }
    }),
    bans: [...guard.admission.bans(at)],
  }
}
