// The text of `originate`: variables in braces, the far end, and what happens on answer.
import type { CallCommand, Destination, ShownOutside } from '../call/command.ts'
import {
  safeAddress,
  safeAgent,
  safeCallerNumber,
  safeId,
  safeNumber,
  safeTrunk,
  safeUri,
  shownName,
} from './safe.ts'

type OriginateLeg = Extract<CallCommand, { type: 'originate-leg' }>

const LEAST_TIMEOUT_S = 1

/** FreeSWITCH hangs up the partner of a leg that ends while it holds, unless this says where to go; parked partners stay. */
export const HELD_PARTNER_STAYS = [['hold_hangup_xfer_exten', 'park:inline']] as const

/** @throws {UnsafeValue} */
export function originate(command: OriginateLeg): string {
  const name = shownName(command.callerName ?? '')
  const number = safeCallerNumber(command.callerNumber)
  const variables: (readonly [name: string, value: string])[] = [
    ['origination_uuid', safeId(command.legId)],
    ['hotline_call', safeId(command.callId)],
    ['originate_timeout', String(Math.max(LEAST_TIMEOUT_S, Math.ceil(command.timeoutMs / 1000)))],
    ['ignore_early_media', 'true'],
    ['hangup_after_bridge', 'false'],
    ['park_after_bridge', 'true'],
    ...HELD_PARTNER_STAYS,
    // RFC 3261 §8.1.3.4: what a phone's redirection names is nobody we chose to ring.
    ['outbound_redirect_fatal', 'true'],
    ...(number === '' ? [] : [['origination_caller_id_number', number] as const]),
    ...(name === '' ? [] : [['origination_caller_id_name', name] as const]),
    ...headersFor(command),
    ...outsideOf(command.to),
  ]

  return `originate {${variables.map(pair => pair.join('=')).join(',')}}${endpoint(command.to)} &park()`
}

/** Only our own phones learn the call's id and are told to answer by themselves. */
const headersFor = ({
  to,
  callId,
  autoAnswer,
  resumes,
}: OriginateLeg): (readonly [string, string])[] => {
  if (to.kind !== 'agent') return []
  const known = [
    ['sip_h_X-Hotline-Call', callId] as const,
    ...(resumes ? [['sip_h_X-Hotline-Resume', '1'] as const] : []),
  ]

  // RFC 3261 §20.9 and common practice: phones and our desktop take answer-after=0 as "pick up now".
  return autoAnswer ? [...known, ['sip_h_Call-Info', "'<sip:hotline>;answer-after=0'"]] : known
}

/** What the network beyond a trunk is told. */
export const outsideOf = (to: Destination): (readonly [string, string])[] => {
  if (to.kind !== 'number') return []
  const timer = to.sessionExpiresS ?? 0

  return [
    // The headers are written by ourselves: mod_sofia's own would name the switch's address.
    ['sip_cid_type', 'none'],
    ...(to.shown === undefined ? [] : shownOf(to.shown)),
    ...(timer > 0 ? [['sofia_session_timeout', String(Math.floor(timer))] as const] : []),
  ]
}

const shownOf = ({
  fromUri,
  fromName,
  assertedUri,
  hidden,
}: ShownOutside): (readonly [string, string])[] => [
  ['sip_invite_from_uri', `<${safeUri(fromUri)}>`],
  ...(fromName === undefined ? [] : [['sip_from_display', shownName(fromName)] as const]),
  ...(assertedUri === undefined
    ? []
    : [['sip_h_P-Asserted-Identity', `<${safeUri(assertedUri)}>`] as const]),
  ...(hidden ? [['sip_h_Privacy', 'id'] as const] : []),
]

const endpoint = (to: Destination) => {
  switch (to.kind) {
    case 'agent':
      return `user/${safeAgent(to.agentId)}`
    case 'number':
      return `sofia/gateway/${safeTrunk(to.trunk)}/${safeNumber(to.number)}`
    case 'address':
      return `sofia/external/${safeNumber(to.number)}@${safeAddress(to.address)}`
  }
}
