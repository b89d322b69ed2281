// Is the trunk to be used? Folded from what the switch tells of its gateway and from what becomes of calls. Pure.

export type Registration = 'none' | 'registered' | 'trying' | 'failed'

export interface GatewayTold {
  readonly type: 'gateway-told'
  readonly at: number
  readonly registration: Registration
  readonly ping: 'up' | 'down'
  /** SIP status of the last OPTIONS or REGISTER, where the switch told it. */
  readonly status?: number
}
export type HealthEvent =
  | GatewayTold
  /** An INVITE came to nothing in a way that is the network's fault. */
  | { readonly type: 'call-failed'; readonly at: number; readonly status?: number }
  /** The network took an INVITE of ours: it rang or was answered. */
  | { readonly type: 'call-taken'; readonly at: number }
  | { readonly type: 'time-passed'; readonly at: number }
  /** Nobody tells us any more. */
  | { readonly type: 'switch-lost'; readonly at: number }

export type Health =
  /** The switch has not told yet. Calls may be tried. */
  | { readonly state: 'unknown'; readonly since: number }
  | { readonly state: 'up'; readonly since: number }
  /** Answers OPTIONS, or is said to, but did not take a call: others go first until then. */
  | {
      readonly state: 'suspect'
      readonly since: number
      readonly until: number
      /** Times in a row; each makes the next suspicion longer. */
      readonly times: number
      readonly status?: number
    }
  | { readonly state: 'down'; readonly since: number; readonly reason: DownReason }
export type DownReason = 'no-answer' | 'not-registered' | 'refused'

/** A network that drops one call is tried again soon; one that goes on so, ever more rarely. */
const SUSPECT_MS = 30_000
const LONGEST_SUSPECT_MS = 480_000

export function reduceHealth(before: Health, event: HealthEvent): Health {
  switch (event.type) {
    case 'gateway-told':
      return onTold(before, event)
    case 'call-failed':
      return onCallFailed(before, event)
    case 'call-taken':
      return before.state === 'up' ? before : { state: 'up', since: event.at }
    case 'time-passed':
      return before.state === 'suspect' && event.at >= before.until
        ? { state: 'up', since: before.until }
        : before
    case 'switch-lost':
      return before.state === 'unknown' ? before : { state: 'unknown', since: event.at }
  }
}

function onTold(before: Health, told: GatewayTold): Health {
  const reason = downReasonOf(told)
  if (reason !== undefined) {
    return before.state === 'down' && before.reason === reason
      ? before
      : { state: 'down', since: before.state === 'down' ? before.since : told.at, reason }
  }
  // An answered OPTIONS does not say that calls are taken: a suspicion ends by time or by a call that is taken.
  if (before.state === 'suspect') return reduceHealth(before, { type: 'time-passed', at: told.at })
  return before.state === 'up' ? before : { state: 'up', since: told.at }
}

function downReasonOf({ registration, ping, status }: GatewayTold): DownReason | undefined {
  if (registration === 'failed') {
    return status !== undefined && status >= 400 && status < 500 && status !== 408
      ? 'refused'
      : 'not-registered'
  }
  if (ping === 'down') return registration === 'trying' ? 'not-registered' : 'no-answer'
  return undefined
}

function onCallFailed(
  before: Health,
  { at, status }: Extract<HealthEvent, { type: 'call-failed' }>,
): Health {
  if (before.state === 'down') return before
  const times = before.state === 'suspect' ? before.times + 1 : 1
  const forMs = Math.min(LONGEST_SUSPECT_MS, SUSPECT_MS * 2 ** (times - 1))
  return {
    state: 'suspect',
    since: before.state === 'suspect' ? before.since : at,
    until: at + forMs,
    times,
    ...(status === undefined ? {} : { status }),
  }
}

/**
 * Did the network fail, or the called party? 408, 500, 502, 503, 504 from the next hop, or nothing at all, say that the
 * trunk did not take the call (RFC 3261 §21.5.4: try another); 480, 486, 404 and the like are an answer to it.
 */
export function isTrunkFault(cause: string, sipStatus: number | undefined): boolean {
  if (sipStatus !== undefined) return [408, 500, 502, 503, 504].includes(sipStatus)
  return TRUNK_FAULTS.has(cause)
}

/** Words of telephony/call/cause.ts. */
const TRUNK_FAULTS: ReadonlySet<string> = new Set([
  'no-response',
  'congested',
  'unavailable',
  'out-of-order',
  'trunk-down',
  'orphaned',
])
