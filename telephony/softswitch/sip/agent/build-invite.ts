// The INVITE that begins a call of ours: RFC 3261 §8.1.1, §13.2.1.
import type { HeaderList, InviteOptions } from '../stack.ts'
import { allowHeaders, capabilityHeaders } from '../dialog/capability.ts'
import type { Agent } from '../dialog/core.ts'
import type { SipRequest } from '../message/message.ts'
import { quote } from '../message/scan.ts'
import { bodyHeaders, textBody } from '../message/serialise.ts'
import { escapeUser } from '../message/uri.ts'
import type { Flow } from '../transport/flow.ts'

export interface InviteParts {
  readonly callId: string
  readonly localTag: string
  readonly cseq: number
  /** Credentials and what else a second try adds. */
  readonly more: HeaderList
  readonly sessionExpiresS: number
  readonly minSe: number
}

/** RFC 4028 §4. */
export const MIN_SE_S = 90

export function buildInvite(
  agent: Agent,
  flow: Flow,
  options: InviteOptions,
  parts: InviteParts,
): SipRequest {
  const { target, fromUser, fromName, toUser, sdp } = options
  const { advertisedAddress, realm, userAgent } = agent.options
  const host = 'binding' in target ? realm : bracketed(target.address)
  const name = fromName === '' ? '' : `${quote(fromName)} `
  const from = options.fromUri ?? `sip:${escapeUser(fromUser)}@${bracketed(advertisedAddress)}`
  return {
    type: 'request',
    method: 'INVITE',
    uri: 'binding' in target ? target.binding.contact : target.uri,
    version: '2.0',
    encoding: 'utf8',
    body: textBody(sdp),
    headers: [
      ['Max-Forwards', '70'],
      ['From', `${name}<${from}>;tag=${parts.localTag}`],
      ['To', `<sip:${escapeUser(toUser)}@${host}>`],
      ['Call-ID', parts.callId],
      ['CSeq', `${parts.cseq} INVITE`],
      ['Contact', options.contact ?? agent.contact(fromUser, flow)],
      ['User-Agent', userAgent],
      ...supportHeaders(options),
      ...sessionHeaders(parts),
      ...(options.headers ?? []),
      ...parts.more,
      ...bodyHeaders('application/sdp', sdp),
    ],
  }
}

function supportHeaders({ reliability = 'off' }: InviteOptions): HeaderList {
  if (reliability === 'off') return capabilityHeaders
  return [
    ...allowHeaders,
    ['Supported', 'timer, 100rel'],
    ...(reliability === 'required' ? [['Require', '100rel'] as const] : []),
  ]
}

/** RFC 4028 §7.1. We refresh: the networks' media gateways need not. */
function sessionHeaders({ sessionExpiresS, minSe }: InviteParts): HeaderList {
  if (sessionExpiresS === 0) return []
  const headers: HeaderList = [['Session-Expires', `${Math.max(sessionExpiresS, minSe)}`]]
  return minSe > MIN_SE_S ? [...headers, ['Min-SE', String(minSe)]] : headers
}

export function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
