// The way to a switch or a trunk has failed: does the call go to the next one? Pure.
import { isTrunkFault } from '../trunk/health.ts'

/**
 * drachtio tells an application final answers only, so whether it rang before is judged by time: a failure that comes later than
 * this is one of the called party, and ringing again by another way would be a second call. The switch's own 503 for a call
 * that nobody claims comes after 3 s.
 */
export const RINGING_AFTER_MS = 6_000
/** No provisional answer within this time: the next one is tried. A switch answers in milliseconds; a starved machine in a second. */
export const NO_ANSWER_MS = 2_000

export type FailOver = 'next' | 'answer'

export function afterFailure(input: {
  /** Absent: it did not answer at all. */
  readonly sipStatus: number | undefined
  readonly sinceSentMs: number
  /** How many further ones there are. */
  readonly left: number
}): FailOver {
  const { sipStatus, sinceSentMs, left } = input
  if (left === 0 || sinceSentMs > RINGING_AFTER_MS) return 'answer'
  return isTargetsFault(sipStatus) ? 'next' : 'answer'
}

/** Silence, or the far side in trouble (RFC 3261 §21.5); all other failures are its answer to this very call. */
export const isTargetsFault = (sipStatus: number | undefined): boolean =>
  sipStatus === undefined || isTrunkFault('', sipStatus)

/** What the caller is told when nobody is left. A 408 would make some networks try for another half a minute. */
export const statusOfFailure = (sipStatus: number | undefined): number =>
  sipStatus === undefined || sipStatus === 408 ? 503 : sipStatus
