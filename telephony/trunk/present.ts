// How a call out shows itself: the dialled number in the network's form, our number in From and P-Asserted-Identity, privacy.
import { toDialled } from './number.ts'
import type { Trunk } from './trunk.ts'

export interface Presented {
  /** User part of the request URI. */
  readonly dialled: string
  /** The number of ours that is shown, as records write it. */
  readonly shown: string
  /** From, without tag. */
  readonly fromUri: string
  readonly fromName?: string
  /** P-Asserted-Identity. */
  readonly assertedUri?: string
  /** Privacy: id. */
  readonly hidden: boolean
}

// RFC 3323 §4.1.1.3.
const ANONYMOUS_URI = 'sip:anonymous@anonymous.invalid'

export function present(trunk: Trunk, number: string, siteNumber: string): Presented {
  const { presentation, numberForm, inbound } = trunk
  const shown = shownNumber(trunk, number, siteNumber)
  const user = toDialled(shown, numberForm, inbound.areaCode)
  const uri = `sip:${user}@${domainOf(trunk)}`
  const hidden = presentation.privacy === 'id'
  return {
    dialled: toDialled(number, numberForm, inbound.areaCode),
    shown,
    fromUri: hidden ? ANONYMOUS_URI : uri,
    ...(hidden ? { fromName: 'Anonymous' } : {}),
    // A number that is hidden from the called one must still be told to the network.
    ...(presentation.asserted || hidden ? { assertedUri: uri } : {}),
    hidden,
  }
}

/** The domain our numbers are in: the network's realm where it has one. */
function domainOf({ address, access }: Trunk): string {
  const domain = access.type === 'registration' ? (access.realm ?? address.host) : address.host
  return domain.includes(':') && !domain.startsWith('[') ? `[${domain}]` : domain
}

function shownNumber({ presentation }: Trunk, number: string, siteNumber: string): string {
  const { shown } = presentation
  switch (shown.type) {
    case 'site':
      return siteNumber
    case 'fixed':
      return shown.number
    case 'pool':
      return shown.numbers[hash(number) % shown.numbers.length] ?? siteNumber
  }
}

/** The same called number sees the same number of ours, so that who calls back is known to have seen it. FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const c of text) value = Math.imul(value ^ (c.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return value
}
