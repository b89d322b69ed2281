// Who calls: what the network asserts (RFC 3325) outweighs what the phone wrote into From, where the network is trusted.
import { toAddresses } from './header.ts'
import { toNumber } from './number.ts'

export interface IdentityHeaders {
  /** User part or URI of From. */
  readonly from: string
  /** P-Asserted-Identity, one or two addresses, or a bare user part as FreeSWITCH gives it. */
  readonly asserted?: string
  /** Privacy (RFC 3323), values separated by semicolons. */
  readonly privacy?: string
}

/** The caller's number, normalised; empty when withheld. `trusted`: the INVITE came by a trunk. */
export function toCaller(headers: IdentityHeaders, trusted: boolean): string {
  const { from, asserted = '', privacy = '' } = headers
  // Anybody can write a P-Asserted-Identity; only the network behind a trunk is believed (RFC 3325 §2.3).
  if (!trusted) return toNumber(from)
  if (asksPrivacy(privacy)) return ''
  return numberOf(asserted) || toNumber(from)
}

/** RFC 3323 §4.2: `id` and `user` ask that nobody at our end sees the number. */
const asksPrivacy = (privacy: string): boolean =>
  privacy.split(/[;,]/).some(value => /^\s*(id|user)\s*$/i.test(value))

/** RFC 3325 §9.1: up to two, one sip: and one tel:; a number is in either. */
function numberOf(asserted: string): string {
  const addresses = toAddresses(asserted).map(({ uri }) => uri)
  const values = addresses.length > 0 ? addresses : [asserted]
  return values.map(toNumber).find(number => /^\+?\d+$/.test(number)) ?? ''
}
