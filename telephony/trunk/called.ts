// Which of our numbers was called, read where the trunk has it (request URI, To, P-Called-Party-ID of RFC 3455).
import { toOwnNumber } from './number.ts'
import type { Trunk } from './trunk.ts'

export interface CalledHeaders {
  readonly requestUser?: string
  readonly to?: string
  readonly calledParty?: string
}

export function calledOf(
  { requestUser = '', to, calledParty }: CalledHeaders,
  trunk: Trunk | undefined,
  isOurs: (number: string) => boolean,
): string {
  const from = trunk?.inbound.calledFrom ?? 'request-uri'
  // The contact of a registered gateway is called; the number stands in To.
  const isContact = /^gw\+/.test(requestUser)
  const wanted = from === 'p-called-party-id' ? calledParty : from === 'to' ? to : undefined
  const raw = wanted ?? (isContact ? to : undefined) ?? requestUser
  return toOwnNumber(raw, isOurs, trunk?.inbound.areaCode)
}
