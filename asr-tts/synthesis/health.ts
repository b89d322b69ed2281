// Whether an engine is worth asking: after a failure it is left alone for a while that doubles with each further one. Pure.
import type { SynthesisFault } from '../errors.ts'

export interface Health {
  readonly state: 'up' | 'suspect' | 'down'
  /** Epoch ms; of this state. */
  readonly since: number
  /** Of the last failure. */
  readonly cause?: SynthesisFault
  readonly failures: number
  /** Epoch ms; not asked before, unless nobody else is left. */
  readonly notBefore: number
}

const FIRST_MS = 2000
const LONGEST_MS = 60_000
/** So many failures one after the other mean that it is gone. */
const DOWN_AFTER = 3

export const healthy = (at: number): Health => ({
  state: 'up',
  since: at,
  failures: 0,
  notBefore: at,
})

export const onSpoken = (health: Health, at: number): Health =>
  health.state === 'up' ? health : healthy(at)

export function onFailed(health: Health, cause: SynthesisFault, at: number): Health {
  const failures = health.failures + 1
  const state = failures >= DOWN_AFTER ? 'down' : 'suspect'
  return {
    state,
    since: state === health.state ? health.since : at,
    cause,
    failures,
    notBefore: at + Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)),
  }
}
