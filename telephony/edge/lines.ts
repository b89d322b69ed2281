// How many lines are in use: what passed through here, and what the servers count at the switches. Pure.

export interface EdgeCall {
  readonly callId: string
  readonly direction: 'inward' | 'outward'
  readonly state: 'trying' | 'up'
  /** When it came, epoch ms. */
  readonly at: number
  readonly node?: string
  readonly trunk?: string
}

export type EdgeCalls = ReadonlyMap<string, EdgeCall>

/** Callers' lines at each switch, told by whichever server steers it. */
export type Load = ReadonlyMap<string, { readonly at: number; readonly lines: number }>

/** Servers tell every second; what is older than this is no news. */
export const LOAD_FRESH_MS = 4_000
/** A call this old is known to its server. */
const KNOWN_AFTER_MS = 10_000
/** RFC 3261 §16.6 timer C: an INVITE without a final answer has ended by then. */
const LONGEST_TRYING_MS = 200_000

const told = (load: Load, node: string, at: number): number | undefined => {
  const one = load.get(node)
  return one !== undefined && at - one.at < LOAD_FRESH_MS ? one.lines : undefined
}

const inwardOf = (calls: EdgeCalls, node: string) =>
  [...calls.values()].filter(call => call.direction === 'inward' && call.node === node)

/**
 * The larger of both: right after a start of the edge only the servers know the calls from before; a call of the last second only
 * the edge knows.
 */
export const linesOfNode = (calls: EdgeCalls, load: Load, node: string, at: number): number =>
  Math.max(inwardOf(calls, node).length, told(load, node, at) ?? 0)

export function linesInUse(calls: EdgeCalls, load: Load, at: number): number {
  const nodes = new Set([...calls.values()].flatMap(call => call.node ?? []))
  for (const node of load.keys()) nodes.add(node)
  return [...nodes].reduce((sum, node) => sum + linesOfNode(calls, load, node, at), 0)
}

export const linesOfTrunk = (calls: EdgeCalls, trunk: string): number =>
  [...calls.values()].filter(call => call.trunk === trunk).length

/** Forgets calls whose end was not seen here (the edge was away, a switch died): the servers know better what lives. */
export function settle(calls: EdgeCalls, load: Load, at: number): EdgeCalls {
  const gone = new Set<string>()
  for (const call of calls.values())
    if (call.state === 'trying' && at - call.at > LONGEST_TRYING_MS) gone.add(call.callId)
  for (const node of load.keys()) {
    const lines = told(load, node, at)
    if (lines === undefined) continue
    const known = inwardOf(calls, node).filter(call => at - call.at > KNOWN_AFTER_MS)
    for (const call of known.slice(0, Math.max(0, known.length - lines))) gone.add(call.callId)
  }
  if (gone.size === 0) return calls
  return new Map([...calls].filter(([callId]) => !gone.has(callId)))
}
