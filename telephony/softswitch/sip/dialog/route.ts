// Where a request inside a dialog goes: RFC 3261 §12.2.1.1, with the cares of NAT.
import { parseNameAddr } from '../message/name-addr.ts'
import { isIpLiteral, parseSipUri } from '../message/uri.ts'
import type { Flow } from '../transport/flow.ts'

export interface RoutedRequest {
  readonly uri: string
  readonly routes: readonly string[]
  /** URI of the next hop. */
  readonly nextHop: string
}

/** Loose routing, and strict routing for a first route without `lr`. */
export function routeRequest(remoteTarget: string, routeSet: readonly string[]): RoutedRequest {
  const [first, ...rest] = routeSet
  if (first === undefined) return { uri: remoteTarget, routes: [], nextHop: remoteTarget }
  const firstUri = parseNameAddr(first)?.uri ?? remoteTarget
  if (parseSipUri(firstUri)?.params.has('lr') === true) {
    return { uri: remoteTarget, routes: routeSet, nextHop: firstUri }
  }
  return { uri: firstUri, routes: [...rest, `<${remoteTarget}>`], nextHop: firstUri }
}

/**
 * The address of the next hop, where it can be believed: an IP literal that is not hidden behind a NAT. Otherwise the flow over
 * which the far end was last heard is the way (browsers write `*.invalid`, phones behind NAT private addresses).
 */
export function nextFlow(
  nextHop: string,
  flow: Flow,
  behindNat: boolean,
  reach: (transport: 'udp' | 'tcp', address: string, port: number) => Flow,
): Flow {
  const { transport, address } = flow.source
  if (transport === 'ws' || (transport === 'tcp' && flow.isOpen())) return flow
  const uri = parseSipUri(nextHop)
  if (uri === undefined || !isIpLiteral(uri.host)) return flow
  const host = uri.host.replace(/^\[|\]$/g, '')
  if (host !== address && (behindNat || (isPrivate(host) && !isPrivate(address)))) return flow
  const asked = uri.params.get('transport')?.toLowerCase() ?? transport
  return reach(asked === 'tcp' ? 'tcp' : 'udp', host, uri.port ?? 5060)
}

/** RFC 1918, RFC 6598, loopback and link-local. */
function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|127\.|169\.254\.|f[cd]|fe80|::1$)/i.test(
    address,
  )
}
