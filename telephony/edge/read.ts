// A request of drachtio's into plain values.
import { TRUNK_HEADER } from '../trunk/origin.ts'
import type { SipMessage } from './drachtio.ts'
import type { Incoming } from './incoming.ts'

export function toIncoming(request: SipMessage): Incoming {
  const [to, asserted, privacy, called, wanted] = [
    'To',
    'P-Asserted-Identity',
    'Privacy',
    'P-Called-Party-ID',
    TRUNK_HEADER,
  ].map(name => request.get(name))
  return {
    method: request.method ?? '',
    callId: request.get('Call-ID') ?? '',
    source: { address: request.source_address, port: Number(request.source_port) },
    requestUri: request.uri,
    from: request.get('From') ?? '',
    to: to ?? '',
    ...(asserted && { assertedIdentity: asserted }),
    ...(privacy && { privacy }),
    ...(called && { calledParty: called }),
    hasToTag: /;\s*tag=/i.test(to ?? ''),
    headerNames: Object.keys(request.headers).map(name => name.toLowerCase()),
    ...(wanted && { wantedTrunk: wanted }),
  }
}
