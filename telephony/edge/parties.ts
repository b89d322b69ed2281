// Who calls whom, as the trunk's network writes it. The same rules as at the switches (telephony/trunk). Pure.
import { toCaller } from '../trunk/identity.ts'
import { toOwnNumber } from '../trunk/number.ts'
import { originOf } from '../trunk/origin.ts'
import type { Trunk } from '../trunk/trunk.ts'
import type { Incoming } from './incoming.ts'

export interface Parties {
  readonly trunk?: Trunk
  /** Empty when withheld. */
  readonly caller: string
  readonly number: string
}

export function partiesOf(
  incoming: Incoming,
  { trunks, publishedNumbers }: { trunks: readonly Trunk[]; publishedNumbers: readonly string[] },
): Parties {
  const trunk = originOf(trunks, { address: incoming.source.address })
  const caller = toCaller(
    {
      from: incoming.from,
      ...(incoming.assertedIdentity && { asserted: incoming.assertedIdentity }),
      ...(incoming.privacy && { privacy: incoming.privacy }),
    },
    trunk !== undefined,
  )
  const number = toOwnNumber(
    calledOf(incoming, trunk),
    one => publishedNumbers.includes(one),
    trunk?.inbound.areaCode,
  )
  return { ...(trunk && { trunk }), caller, number }
}

function calledOf(incoming: Incoming, trunk: Trunk | undefined): string {
  switch (trunk?.inbound.calledFrom) {
    case 'to':
      return incoming.to
    case 'p-called-party-id':
      return incoming.calledParty ?? incoming.requestUri
    case 'request-uri':
    case undefined:
      return incoming.requestUri
  }
}
