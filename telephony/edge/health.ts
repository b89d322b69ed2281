// Does a node or a trunk answer? OPTIONS every few seconds, and what calls meet on their way. Pure.

export type HealthState = 'up' | 'paused' | 'down'

export interface Health {
  readonly state: HealthState
  /** Unanswered ones in a row. */
  readonly failures: number
  readonly changedAt: number
}

/** `answered`: any final answer but 503. `paused`: 503, full or told to take no calls. `silent`: no answer in time. */
export type ProbeOutcome = 'answered' | 'paused' | 'silent'

/** Not yet asked: taken to be up, so that the first caller after a start is served. */
export const unknownHealth = (at: number): Health => ({ state: 'up', failures: 0, changedAt: at })

export const outcomeOf = (sipStatus: number | undefined): ProbeOutcome =>
  sipStatus === undefined || sipStatus === 408
    ? 'silent'
    : sipStatus === 503
      ? 'paused'
      : // RFC 3261 §11: who answers OPTIONS, with whatever it likes, is there.
        'answered'

export function onProbe(
  before: Health,
  outcome: ProbeOutcome,
  { at, failuresToDown }: { readonly at: number; readonly failuresToDown: number },
): Health {
  const failures = outcome === 'silent' ? before.failures + 1 : 0
  const state: HealthState =
    outcome === 'answered'
      ? 'up'
      : outcome === 'paused'
        ? 'paused'
        : failures >= failuresToDown
          ? 'down'
          : before.state
  return { state, failures, changedAt: state === before.state ? before.changedAt : at }
}
