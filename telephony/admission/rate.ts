// How often something may happen: a token bucket a key. Pure; who holds the buckets is the caller's affair.

export interface Bucket {
  readonly tokens: number
  /** Epoch ms of the last look. */
  readonly at: number
}

export interface Rate {
  /** Tokens that come back each second. */
  readonly perSecond: number
  /** Tokens of a bucket that was long left alone. */
  readonly burst: number
}

export type RateVerdict = 'pass' | 'too-often'

/** Takes one token if there is one. */
export function takeToken(
  bucket: Bucket | undefined,
  input: { readonly at: number },
  rate: Rate,
): { readonly state: Bucket; readonly verdict: RateVerdict } {
  const before = bucket ?? { tokens: rate.burst, at: input.at }
  // A clock that steps back gives nothing and takes nothing.
  const elapsedMs = Math.max(0, input.at - before.at)
  const tokens = Math.min(rate.burst, before.tokens + (elapsedMs * rate.perSecond) / 1000)
  if (tokens < 1) return { state: { tokens, at: input.at }, verdict: 'too-often' }
  return { state: { tokens: tokens - 1, at: input.at }, verdict: 'pass' }
}

/** A bucket that is full again tells nothing and can be forgotten. */
export const isForgettable = (bucket: Bucket, at: number, rate: Rate): boolean =>
  bucket.tokens + ((at - bucket.at) * rate.perSecond) / 1000 >= rate.burst
