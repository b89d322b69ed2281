// Counting OPTIONS as mod_sofia 1.11 does (sofia_handle_sip_r_options): each answer adds one up to the most, each failure takes one away.

export interface PingCount {
  readonly status: 'up' | 'down'
  readonly count: number
}

/** Before the first answer; the trunk is taken to be up until one fails. */
export const FIRST_PING: PingCount = { status: 'up', count: 0 }

/** What the network answers means that it lives; 408 and 503 do not, nor does silence (given as 408). */
export const isAlive = (status: number): boolean =>
  status >= 200 && status < 600 && status !== 408 && status !== 503

/** `failuresToDown`: failures in a row that bring a trunk down that was well; one answer brings it up. */
export function countPing(
  before: PingCount,
  { status, failuresToDown }: { readonly status: number; readonly failuresToDown: number },
): PingCount {
  if (isAlive(status)) return { status: 'up', count: Math.min(failuresToDown, before.count + 1) }
  const count = Math.max(0, before.count - 1)
  const next = { status: count < 1 ? ('down' as const) : before.status, count }
  return next
}
