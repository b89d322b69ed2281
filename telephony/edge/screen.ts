// Who sends this request, and may such a one send it at all? Pure; admission of a caller's INVITE comes after it.
import type { Incoming, Source } from './incoming.ts'
import type { EdgeNode } from './settings.ts'

export type RefusalReason =
  /** Headers by which only our own machines speak to each other. */
  | 'forged-header'
  /** RFC 3891, RFC 3911: taking over or joining somebody's call. */
  | 'takes-over'
  | 'no-such-dialog'
  | 'no-such-method'
  | 'no-registrar'

export type Screened =
  | { readonly type: 'refused'; readonly sipStatus: number; readonly reason: RefusalReason }
  /** Our own request, back from the way to a target that failed. */
  | { readonly type: 'again' }
  | { readonly type: 'caller' }
  | { readonly type: 'switch'; readonly node: EdgeNode }
  /** OPTIONS: somebody asks whether we live. */
  | { readonly type: 'ping' }

const refused = (sipStatus: number, reason: RefusalReason): Screened => ({
  type: 'refused',
  sipStatus,
  reason,
})

const isFrom = (source: Source, node: EdgeNode) =>
  source.address === node.host && source.port === node.port

export function screen(
  incoming: Incoming,
  {
    nodes,
    isOwn,
    isKnown,
  }: {
    readonly nodes: readonly EdgeNode[]
    /** One of the edge's own addresses. */
    readonly isOwn: (source: Source) => boolean
    /** A call on its way through here. */
    readonly isKnown: (callId: string) => boolean
  },
): Screened {
  const { method, headerNames } = incoming
  if (method === 'OPTIONS') return { type: 'ping' }
  if (method === 'REGISTER') return refused(403, 'no-registrar')
  if (method !== 'INVITE') return refused(405, 'no-such-method')
  // Within a dialog the proxy passes requests on by their Route and asks nobody; what is asked about has none.
  if (incoming.hasToTag) return refused(481, 'no-such-dialog')
  if (isOwn(incoming.source) && isKnown(incoming.callId)) return { type: 'again' }
  const node = nodes.find(one => isFrom(incoming.source, one))
  if (node) return { type: 'switch', node }
  // A proxy adds headers and cannot take any away: who brings such a one is refused.
  if (headerNames.some(name => name.startsWith('x-hotline-'))) return refused(403, 'forged-header')
  if (headerNames.includes('replaces') || headerNames.includes('join'))
    return refused(403, 'takes-over')
  return { type: 'caller' }
}
