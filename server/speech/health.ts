// How an engine stands, from how its last uses ended. Pure.
import type { EndCause } from '../../asr-tts/index.ts'

export interface Health {
  /** `suspect`: failed lately, others go first; `down`: failed again and again. */
  readonly state: 'up' | 'suspect' | 'down'
  readonly since: number
  /** In a row, since words last came. */
  readonly failures: number
  readonly cause?: EndCause
  /** When it is tried again; absent while it is up. */
  readonly retryAt?: number
}

const FIRST_RETRY_MS = 2000
const LONGEST_RETRY_MS = 300_000
/** A quota or a key does not come back within seconds. */
const SLOW_TO_MEND: ReadonlySet<EndCause> = new Set(['quota', 'wrong-key', 'refused'])
const FIRST_SLOW_RETRY_MS = 30_000
const DOWN_AFTER = 3

/** Ends that say nothing against the engine. */
const HARMLESS: ReadonlySet<EndCause> = new Set(['finished', 'cancelled', 'no-channel'])
export const isFailure = (cause: EndCause): boolean => !HARMLESS.has(cause)

export const newHealth = (at: number): Health => ({ state: 'up', since: at, failures: 0 })

/** It ended badly; each failure in a row doubles the time until it is tried again. */
export function onFailure(health: Health, cause: EndCause, at: number): Health {
  const failures = health.failures + 1
  const firstMs = SLOW_TO_MEND.has(cause) ? FIRST_SLOW_RETRY_MS : FIRST_RETRY_MS
  const state = failures < DOWN_AFTER ? 'suspect' : 'down'
  return {
    state,
    since: state === health.state ? health.since : at,
    failures,
    cause,
    retryAt: at + Math.min(LONGEST_RETRY_MS, firstMs * 2 ** Math.min(failures - 1, 20)),
  }
}

/** Words came: all is forgiven. */
export const onWords = (health: Health, at: number): Health =>
  health.state === 'up' && health.failures === 0 ? health : newHealth(at)

/** A trial with silence went well. One that fails on speech all the same is tried more and more seldom. */
export const onTrialPassed = (health: Health, at: number): Health =>
  health.state === 'up' ? health : { state: 'up', since: at, failures: health.failures }
