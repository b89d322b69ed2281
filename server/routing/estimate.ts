// An honest promise of the wait: a range, or nothing when it could not be kept (field-notes idea 5).

export interface WaitInputs {
  /** Callers who will be served before this one. */
  readonly ahead: number
  /** Agents signed in for the group who take calls (idle, on a call or in wrap-up). */
  readonly serving: number
  /** Mean of talk and wrap-up of the group's recent calls, ms. */
  readonly meanHandleMs: number
  /** How many calls that mean stands on. */
  readonly sampleCount: number
}

/** Fewer served calls than this say nothing about the next one. */
const FEWEST_SAMPLES = 5
/** A range wider than this helps nobody. */
const LONGEST_HIGH_S = 30 * 60
/** 10 % and 90 % points of the normal distribution. */
const Z = 1.2816

/**
 * The wait is the time until (ahead + 1) agents have come free: a sum of that many exponential times of mean handle / serving, so
 * gamma distributed. Its 10 % and 90 % points by Wilson and Hilferty's approximation: eight waits of ten lie between them.
 */
export function estimateWait(inputs: WaitInputs): { lowS: number; highS: number } | undefined {
  const { ahead, serving, meanHandleMs, sampleCount } = inputs
  if (serving === 0 || sampleCount < FEWEST_SAMPLES) return undefined
  const shape = ahead + 1
  const scaleS = meanHandleMs / 1000 / serving
  const point = (z: number) =>
    shape * scaleS * Math.max(0, 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))) ** 3
  const lowS = Math.floor(point(-Z))
  const highS = Math.ceil(point(Z))
  return highS > LONGEST_HIGH_S ? undefined : { lowS, highS }
}
