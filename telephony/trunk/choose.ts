// Which trunk takes a call out. Pure.
import type { Health } from './health.ts'
import type { Trunk, TrunkId } from './trunk.ts'

export interface TrunkLoad {
  readonly trunk: Trunk
  readonly state: Health['state']
  /** Calls on it now, both ways. */
  readonly used: number
}

export type TrunkChoice =
  | { readonly type: 'chosen'; readonly trunk: Trunk }
  /** No trunk is set up; none answers; all are full. */
  | { readonly type: 'none'; readonly reason: 'no-trunk' | 'trunks-down' | 'lines-busy' }

/** Those that are well first, then suspects; by priority; between equals the one with the most room. `tried` ones are left out. */
export function chooseTrunk(
  loads: readonly TrunkLoad[],
  tried: readonly TrunkId[] = [],
): TrunkChoice {
  const enabled = loads.filter(({ trunk }) => trunk.enabled)
  if (enabled.length === 0) return { type: 'none', reason: 'no-trunk' }
  const usable = enabled.filter(({ trunk, state }) => state !== 'down' && !tried.includes(trunk.id))
  if (usable.length === 0) return { type: 'none', reason: 'trunks-down' }
  const free = usable.filter(({ trunk, used }) => used < trunk.lineLimit)
  const [best] = free.sort(
    (a, b) =>
      Number(a.state === 'suspect') - Number(b.state === 'suspect') ||
      a.trunk.priority - b.trunk.priority ||
      a.used / a.trunk.lineLimit - b.used / b.trunk.lineLimit ||
      (a.trunk.id < b.trunk.id ? -1 : 1),
  )
  return best ? { type: 'chosen', trunk: best.trunk } : { type: 'none', reason: 'lines-busy' }
}
