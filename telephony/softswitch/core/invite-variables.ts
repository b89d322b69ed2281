// What an INVITE says, as channel variables: mod_sofia 1.11's names and habits (sofia_handle_sip_i_invite).
import type { CalledHeaders } from '../../trunk/called.ts'
import { toAddresses } from '../../trunk/header.ts'
import type { IdentityHeaders } from '../../trunk/identity.ts'
import type { IncomingCall } from '../sip/stack.ts'

const lines = (call: IncomingCall, wanted: string): string[] =>
  call.headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)

/** User part of a sip: or tel: URI. */
const userOf = (uri: string): string => uri.replace(/^(sips?|tel):/i, '').replace(/[@;?].*$/s, '')

/** The user that a P-Asserted-Identity names, as it stands. */
export function assertedUser(call: IncomingCall): string | undefined {
  const uri = toAddresses(lines(call, 'p-asserted-identity').join(','))[0]?.uri
  const user = uri === undefined ? '' : userOf(uri)
  return user === '' ? undefined : user
}

/** Gateway whose contact was called: `gw+<name>` as user, or `;gw=<name>` among the parameters. */
export function calledGateway(call: IncomingCall): string | undefined {
  const user = /^gw\+([\w.-]+)$/.exec(call.toUser)?.[1]
  return user ?? /;gw=([\w.-]+)(?:;|$)/i.exec(call.requestUri)?.[1]
}

export function inviteVariables(call: IncomingCall): (readonly [string, string | undefined])[] {
  const { source } = call
  const asserted = assertedUser(call)
  const history = lines(call, 'history-info')
  return [
    ['sip_from_user', call.fromUser],
    ['sip_from_display', call.fromName],
    ['sip_from_uri', call.fromUri.replace(/^sips?:/i, '')],
    ['sip_to_user', userOf(call.toUri)],
    ['sip_req_user', call.toUser],
    ['sip_req_uri', call.requestUri.replace(/^sips?:/i, '')],
    ['sip_call_id', call.sipCallId],
    ['sip_network_ip', source.address],
    ['sip_network_port', String(source.port)],
    ['sip_received_ip', source.address],
    ['sip_received_port', String(source.port)],
    ['sip_via_protocol', source.transport],
    ['sip_user_agent', lines(call, 'user-agent')[0]],
    ['sip_P-Asserted-Identity', asserted],
    ['sip_cid_type', asserted === undefined ? undefined : 'pid'],
    ['sip_Privacy', lines(call, 'privacy')[0]],
    // Of several lines the last one stays: the same name is set again.
    ['sip_h_Diversion', lines(call, 'diversion').at(-1)],
    ['sip_history_info', history.length === 0 ? undefined : history.join(', ')],
    ...extraHeaders(call),
  ]
}

/** X- and P- headers, the second of a name with `-1` and so on. */
function extraHeaders(call: IncomingCall): (readonly [string, string])[] {
  const seen = new Map<string, number>()
  return call.headers.flatMap(([name, value]) => {
    const isKnown = /^p-(asserted|preferred)-identity$/i.test(name)
    if (!/^(x-|p-)/i.test(name) || isKnown) return []
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    return [[`sip_h_${name}${count === 0 ? '' : `-${count}`}`, value] as const]
  })
}

/** The same for the rules about numbers. */
export function saidBy(call: IncomingCall): IdentityHeaders & CalledHeaders {
  const asserted = lines(call, 'p-asserted-identity').join(',')
  const privacy = lines(call, 'privacy').join(';')
  const calledParty = lines(call, 'p-called-party-id')[0]
  return {
    from: call.fromUri,
    to: userOf(call.toUri),
    requestUser: userOf(call.requestUri),
    ...(asserted === '' ? {} : { asserted }),
    ...(privacy === '' ? {} : { privacy }),
    ...(calledParty === undefined ? {} : { calledParty }),
  }
}
