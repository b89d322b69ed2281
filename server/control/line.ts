// Lines (W-CAP-1): each leg to or from the outside takes one. Agents' phones take none.
import type { LiveCall } from './state.ts'

export function linesOf(call: LiveCall): number {
  if (call.stage.state === 'ended') return 0
  return Object.values(call.legs).filter(
    leg =>
      (leg.role === 'caller' || leg.role === 'number' || leg.role === 'consult') &&
      leg.agent === undefined,
  ).length
}

export function linesInUse(calls: Iterable<LiveCall>): number {
  let used = 0
  for (const call of calls) used += linesOf(call)
  return used
}
