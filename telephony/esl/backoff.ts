/** Waits between attempts to reach a switch. */
export interface Backoff {
  /** Default 200: a switch that restarts is back within seconds. */
  readonly firstMs: number
  /** Default 1,500: callers wait while nobody controls the switch. */
  readonly mostMs: number
  /** After a refused password or address, which only a person can mend; default 30,000. */
  readonly refusedMs: number
}

export const BACKOFF: Backoff = { firstMs: 200, mostMs: 1500, refusedMs: 30_000 }

/** The wait before attempt `attempt` (from 0): doubled each time, half of it left to chance. `random` is 0–1. */
export function backoffMs(
  attempt: number,
  refused: boolean,
  random: number,
  backoff: Backoff = BACKOFF,
) {
  const full = refused
    ? backoff.refusedMs
    : Math.min(backoff.mostMs, backoff.firstMs * 2 ** Math.min(attempt, 20))

  return Math.round(full / 2 + (full / 2) * random)
}
