// Which switch gets the call: the one with the fewest calls for its weight, of those that take calls. Pure.
import type { HealthState } from './health.ts'
import type { EdgeNode } from './settings.ts'

export interface NodeView {
  readonly node: EdgeNode
  readonly health: HealthState
  /** Calls through it now. */
  readonly calls: number
}

export interface NodeChoice {
  /** Best first; the rest are tried within the same INVITE. */
  readonly order: readonly EdgeNode[]
  /** Why each of the others gets nothing. */
  readonly passedOver: readonly PassedOver[]
}

export interface PassedOver {
  readonly node: string
  readonly reason: 'draining' | 'paused'
}

/** A caller does not wait through more than this many switches. */
export const MOST_NODES = 3

const RANK: Readonly<Record<HealthState, number>> = { up: 0, down: 1, paused: 2 }

export function chooseNodes(views: readonly NodeView[]): NodeChoice {
  const passedOver = views.flatMap(({ node, health }): PassedOver[] =>
    node.draining
      ? [{ node: node.name, reason: 'draining' }]
      : health === 'paused'
        ? [{ node: node.name, reason: 'paused' }]
        : [],
  )
  const order = views
    .map((view, place) => ({ ...view, place }))
    .filter(({ node, health }) => !node.draining && health !== 'paused')
    // One that seems down comes last and not never: an OPTIONS may have been lost, a caller would be.
    .sort(
      (a, b) =>
        RANK[a.health] - RANK[b.health] ||
        a.calls / a.node.weight - b.calls / b.node.weight ||
        a.place - b.place,
    )
    .map(({ node }) => node)
    .slice(0, MOST_NODES)
  return { order, passedOver }
}
