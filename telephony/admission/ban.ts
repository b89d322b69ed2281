// Wrong passwords: each costs a longer wait, many in a row a ban with an end. Pure, one record a source.

export interface Suspicion {
  readonly failures: number
  readonly lastFailureAt: number
  /** Epoch ms; absent while the source is not banned. */
  readonly bannedUntil?: number
}

export interface BanRules {
  /** Wait after the first wrong answer; doubles with each further one. */
  readonly firstDelayMs: number
  readonly longestDelayMs: number
  readonly failuresBeforeBan: number
  readonly banMs: number
  /** Failures older than this are forgiven. */
  readonly forgetMs: number
}

/** A person mistypes three times and waits 2 s in all; a scanner has ten guesses in ten minutes. */
export const BAN_RULES: BanRules = {
  firstDelayMs: 250,
  longestDelayMs: 8_000,
  failuresBeforeBan: 10,
  banMs: 600_000,
  forgetMs: 600_000,
}

export type BanVerdict =
  | { readonly type: 'delayed'; readonly delayMs: number }
  | { readonly type: 'banned'; readonly until: number }

export function onWrongPassword(
  before: Suspicion | undefined,
  input: { readonly at: number },
  rules: BanRules,
): { readonly state: Suspicion; readonly verdict: BanVerdict } {
  const isOld = before === undefined || input.at - before.lastFailureAt > rules.forgetMs
  const failures = isOld ? 1 : before.failures + 1
  if (failures >= rules.failuresBeforeBan) {
    const until = input.at + rules.banMs
    return {
      state: { failures, lastFailureAt: input.at, bannedUntil: until },
      verdict: { type: 'banned', until },
    }
  }
  const delayMs = Math.min(rules.longestDelayMs, rules.firstDelayMs * 2 ** (failures - 1))
  return { state: { failures, lastFailureAt: input.at }, verdict: { type: 'delayed', delayMs } }
}

export const isBanned = (suspicion: Suspicion | undefined, at: number): boolean =>
  suspicion?.bannedUntil !== undefined && suspicion.bannedUntil > at

/** Neither banned nor remembered any longer. */
export const isForgiven = (suspicion: Suspicion, at: number, rules: BanRules): boolean =>
  !isBanned(suspicion, at) && at - suspicion.lastFailureAt > rules.forgetMs
