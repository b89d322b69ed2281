// One gateway's state as mod_sofia 1.11 names it, and the steps between. Pure.
import { countPing, FIRST_PING, isAlive, type PingCount } from '../../trunk/ping.ts'

export type RegistrationState =
  | 'UNREGED'
  | 'TRYING'
  | 'REGISTER'
  | 'REGED'
  | 'UNREGISTER'
  | 'FAILED'
  | 'FAIL_WAIT'
  | 'EXPIRED'
  | 'NOREG'
  | 'DOWN'
  | 'TIMEOUT'

export interface GatewayState {
  readonly state: RegistrationState
  readonly status: 'UP' | 'DOWN'
  readonly ping: PingCount
  /** Registrations that failed in a row. */
  readonly failures: number
  /** Since when the status is UP, epoch ms. */
  readonly upSince?: number
  /** Of the last OPTIONS that was answered; 0 before. */
  readonly pingTimeMs: number
}

export function firstState(registers: boolean, at: number): GatewayState {
  return registers
    ? { state: 'UNREGED', status: 'DOWN', ping: FIRST_PING, failures: 0, pingTimeMs: 0 }
    : { state: 'NOREG', status: 'UP', ping: FIRST_PING, failures: 0, pingTimeMs: 0, upSince: at }
}

const withStatus = (
  before: GatewayState,
  status: GatewayState['status'],
  at: number,
): GatewayState => {
  if (before.status === status) return before
  if (status === 'UP') return { ...before, status, upSince: at }
  const { upSince: _, ...rest } = before
  return { ...rest, status }
}

/** What an OPTIONS came to; silence is 408. */
export function afterPing(
  before: GatewayState,
  {
    status,
    failuresToDown,
    tookMs,
    at,
  }: {
    readonly status: number
    readonly failuresToDown: number
    readonly tookMs: number
    readonly at: number
  },
): GatewayState {
  const ping = countPing(before.ping, { status, failuresToDown })
  const alive = isAlive(status)
  // A registration is of no use where nobody answers: it is made anew.
  const state = !alive && before.state === 'REGED' ? 'FAILED' : before.state
  return {
    ...withStatus(before, ping.status === 'up' ? 'UP' : 'DOWN', at),
    state,
    ping,
    pingTimeMs: alive ? tookMs : before.pingTimeMs,
  }
}

/** What a REGISTER came to. */
export function afterRegister(before: GatewayState, status: number, at: number): GatewayState {
  if (status >= 200 && status < 300)
    return { ...withStatus(before, 'UP', at), state: 'REGISTER', failures: 0 }
  return {
    ...withStatus(before, 'DOWN', at),
    state: 'FAILED',
    failures: before.failures + 1,
  }
}

const FIRST_RETRY_S = 5
const LONGEST_RETRY_S = 300

/** A network that refuses is asked ever more rarely. */
export const retryMs = (failures: number): number =>
  Math.min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** Math.max(0, failures - 1)) * 1000

/** mod_sofia refreshes 15 s before the end, short ones at half time. */
export const refreshMs = (expiresS: number): number =>
  Math.max(1, expiresS > 30 ? expiresS - 15 : expiresS / 2) * 1000
