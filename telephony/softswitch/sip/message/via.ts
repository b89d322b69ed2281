// The Via header: RFC 3261 §20.42, §18.2.1, and the rport parameter of RFC 3581.
import type { Source } from '../stack.ts'
import { parseParams, type Params } from './scan.ts'

export interface Via {
  readonly transport: string
  readonly host: string
  readonly port?: number
  readonly params: Params
}

const VIA =
  /^([^\s/]+)\s*\/\s*([^\s/]+)\s*\/\s*([^\s/;]+)\s+(\[[0-9A-Fa-f:.]+\]|[^\s:;,[\]]+)\s*(?::\s*(\d{1,5}))?\s*(?:;(.*))?$/s

/** Longer ones are no route but an attack on the pattern above, whose adjoining gaps take quadratic time. */
const VIA_LIMIT = 1024

/** Undefined when malformed. */
export function parseVia(text: string): Via | undefined {
  if (text.length > VIA_LIMIT) return undefined
  const match = VIA.exec(text.trim())
  if (match === null) return undefined
  const [, protocol, , transport = '', host = '', portText, tail] = match
  if (protocol?.toUpperCase() !== 'SIP') return undefined
  const params = tail === undefined ? new Map<string, string>() : parseParams(tail)
  if (params === undefined) return undefined
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && port > 65535) return undefined
  return {
    transport: transport.toUpperCase(),
    host,
    params,
    ...(port === undefined ? {} : { port }),
  }
}

/** Top Via with where it really came from: §18.2.1 (received) and RFC 3581 §4 (rport). */
export function markVia(text: string, via: Via, source: Source): string {
  const withPort = via.params.has('rport')
    ? text.replace(/;\s*rport(\s*=\s*\d*)?(?=\s*(;|$))/i, `;rport=${source.port}`)
    : text
  const clean = withPort.replace(/;\s*received\s*=[^;]*/i, '')
  const mustSay = via.params.has('rport') || bareHost(via.host) !== source.address
  return mustSay ? `${clean};received=${source.address}` : clean
}

/**
 * UDP port an answer goes to. RFC 3581 §4 when rport is there. Without it §18.2.2 says the port of sent-by; but where the
 * address in sent-by is not the one it came from (NAT), its port means nothing either, so the source port is used.
 */
export function answerPort(via: Via, source: Source): number {
  if (via.params.has('rport') || bareHost(via.host) !== source.address) return source.port
  return via.port ?? 5060
}

function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}
