// Directions of a media stream: RFC 3264 §5.1, §6.1, §8.4.
import type { Direction, MediaLine } from './sdp.ts'

const SENDS: readonly Direction[] = ['sendrecv', 'sendonly']
const RECEIVES: readonly Direction[] = ['sendrecv', 'recvonly']

function direction(sends: boolean, receives: boolean): Direction {
  if (sends) return receives ? 'sendrecv' : 'sendonly'
  return receives ? 'recvonly' : 'inactive'
}

/** What we may do, given what the far end says it does and what we want to do. */
export function ourDirection(theirs: Direction, wanted: Direction): Direction {
  return direction(
    RECEIVES.includes(theirs) && SENDS.includes(wanted),
    SENDS.includes(theirs) && RECEIVES.includes(wanted),
  )
}

/** The far end's direction, with the old way to hold (address 0.0.0.0, RFC 3264 §8.4): it takes no media. */
export function theirDirection(line: MediaLine): Direction {
  const receives = RECEIVES.includes(line.direction) && !isNoAddress(line.address)
  return direction(SENDS.includes(line.direction), receives)
}

export function isNoAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
