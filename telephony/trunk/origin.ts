// By which trunk an INVITE came: the edge says it, else the gateway we registered, else the address it was sent from.
import type { Trunk } from './trunk.ts'

export interface Origin {
  /** Where the INVITE came from. */
  readonly address: string
  /** The gateway whose contact was called (FreeSWITCH: variable_sip_gateway). */
  readonly gateway?: string
  /** X-Hotline-Trunk; believed from the edge only. */
  readonly said?: string
}

/** Header with which the SIP edge names the trunk; names in lower case as our readers give them. */
export const TRUNK_HEADER = 'X-Hotline-Trunk'

/** `edges`: addresses of SIP edges of ours, whose word counts. Undefined for a stranger. */
export function originOf(
  trunks: readonly Trunk[],
  { address, gateway, said }: Origin,
  edges: readonly string[] = [],
): Trunk | undefined {
  const enabled = trunks.filter(trunk => trunk.enabled)
  const isFrom = (trunk: Trunk) => networksOf(trunk).some(network => contains(network, address))
  if (said !== undefined && edges.some(edge => contains(edge, address)))
    return enabled.find(({ id }) => id === said)
  // A gateway's contact can be guessed: the call must come from its trunk's address all the same.
  const registered = enabled.find(({ id }) => id === gateway)
  if (registered && (isFrom(registered) || isName(registered.address.host))) return registered
  return enabled.find(isFrom)
}

/** Addresses that count as the trunk. */
export const networksOf = ({ address, access }: Trunk): string[] => [
  address.host,
  ...(access.type === 'ip-trust' ? access.addresses : []),
]

const isName = (host: string): boolean => toBits(host) === undefined

/** Is the address the host, or inside the network? Host names match by name only: they are resolved by the switch. */
export function contains(network: string, address: string): boolean {
  const [base = '', length] = network.split('/')
  const inside = toBits(plain(address))
  const outer = toBits(base)
  if (inside === undefined || outer === undefined)
    return base.toLowerCase() === address.toLowerCase()
  if (inside.length !== outer.length) return false
  const bits = length === undefined ? outer.length : Math.min(Number(length), outer.length)
  return inside.slice(0, bits) === outer.slice(0, bits)
}

/** An IPv4 address written as IPv6 (RFC 4291 §2.5.5.2). */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

/** An address as a string of 0 and 1; undefined for a name. */
function toBits(address: string): string | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    const parts = address.split('.').map(Number)
    return parts.every(part => part <= 255) ? parts.map(part => bits(part, 8)).join('') : undefined
  }
  if (!/^[\da-f:]*:[\da-f:]*$/i.test(address)) return undefined
  const [head = '', tail] = address.split('::')
  const words = (text: string) => (text === '' ? [] : text.split(':'))
  const before = words(head)
  const after = tail === undefined ? [] : words(tail)
  const missing = 8 - before.length - after.length
  if (missing < 0 || (tail === undefined && missing > 0)) return undefined
  const all = [...before, ...Array<string>(missing).fill('0'), ...after]
  return all.map(word => bits(Number.parseInt(word, 16), 16)).join('')
}

const bits = (value: number, length: number): string => value.toString(2).padStart(length, '0')
