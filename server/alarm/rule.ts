// When a figure is an alarm (T-OPS-1). Pure data; operators change the thresholds, not the rules.
import type { AlarmLevel } from '../desktop/protocol.ts'
import type { Figure } from './figure.ts'

export type Thresholds = Readonly<Partial<Record<AlarmLevel, number>>>

export interface Rule {
  readonly id: Figure
  readonly cause: string
  readonly kind:
    | 'process'
    | 'connection'
    | 'latency'
    | 'volume'
    | 'success-rate'
    | 'log-in'
    | 'attack'
    | 'bandwidth'
    | 'delay'
  readonly unit: '%' | 'ms' | 's' | 'Mbit/s' | ''
  /** `above`: the higher, the worse. */
  readonly worse: 'above' | 'below'
  readonly thresholds: Thresholds
  /** It must last this long before it is an alarm. */
  readonly holdMs: number
  /** It must be well this long before the alarm is over. */
  readonly calmMs: number
}

const SECONDS = 1000
const MINUTES = 60_000
const rule = (
  id: Figure,
  kind: Rule['kind'],
  cause: string,
  unit: Rule['unit'],
  thresholds: Thresholds,
  { worse = 'above', holdMs = 10 * SECONDS, calmMs = MINUTES }: Partial<Rule> = {},
): Rule => ({ id, kind, cause, unit, thresholds, worse, holdMs, calmMs })

/** Shares are 0–1. Counts are of the last five minutes unless said. */
export const RULES: readonly Rule[] = [
  rule('eventLoopMs', 'delay', 'event-loop-slow', 'ms', { warning: 200, critical: 1000 }),
  rule('cpuShare', 'process', 'cpu-high', '%', { warning: 0.9 }, { holdMs: MINUTES }),
  rule('memoryShare', 'process', 'memory-high', '%', { warning: 0.7, critical: 0.9 }),
  rule(
    'switchRestarts',
    'process',
    'switch-restarted',
    '',
    { warning: 1, critical: 3 },
    { holdMs: 0 },
  ),
  rule('linkDrops', 'connection', 'link-unsteady', '', { warning: 2, critical: 10 }, { holdMs: 0 }),
  rule(
    'phonesLostShare',
    'connection',
    'phones-lost',
    '%',
    { warning: 0.2, critical: 0.5 },
    { holdMs: 30 * SECONDS },
  ),
  rule(
    'requestP95Ms',
    'latency',
    'http-slow',
    'ms',
    { warning: 1000, critical: 3000 },
    { holdMs: 30 * SECONDS },
  ),
  rule('dispatchP95Ms', 'latency', 'dispatch-slow', 'ms', { warning: 1000, critical: 5000 }),
  rule(
    'factLag',
    'delay',
    'facts-late',
    '',
    { warning: 1000, critical: 20_000 },
    { holdMs: 30 * SECONDS },
  ),
  rule('lineShare', 'volume', 'lines-high', '%', { info: 0.7, warning: 0.85, critical: 1 }),
  rule(
    'waiting',
    'volume',
    'queue-long',
    '',
    { warning: 15, critical: 30 },
    { holdMs: 30 * SECONDS },
  ),
  rule('oldestWaitS', 'volume', 'wait-long', 's', { warning: 120, critical: 300 }, { holdMs: 0 }),
  rule('blockedCalls', 'volume', 'calls-blocked', '', { warning: 1, critical: 20 }, { holdMs: 0 }),
  rule(
    'answerRate',
    'success-rate',
    'answer-rate-low',
    '%',
    { warning: 0.9, critical: 0.7 },
    {
      worse: 'below',
      holdMs: MINUTES,
      calmMs: 5 * MINUTES,
    },
  ),
  rule(
    'bandwidthMbps',
    'bandwidth',
    'bandwidth-high',
    'Mbit/s',
    { warning: 80, critical: 95 },
    { holdMs: 30 * SECONDS },
  ),
  rule('lossShare', 'delay', 'media-loss', '%', { warning: 0.02, critical: 0.08 }, { holdMs: 0 }),
  rule('jitterMs', 'delay', 'media-jitter', 'ms', { warning: 40, critical: 100 }, { holdMs: 0 }),
  rule(
    'failedLogins',
    'log-in',
    'login-failures',
    '',
    { warning: 10, critical: 50 },
    { holdMs: 0 },
  ),
  rule(
    'bannedAddresses',
    'attack',
    'banned-addresses',
    '',
    { warning: 1, critical: 10 },
    { holdMs: 0 },
  ),
  rule('floodCalls', 'attack', 'call-flood', '', { warning: 10, critical: 100 }, { holdMs: 0 }),
]

/** A figure as people read it. */
export function wordsOf({ unit }: Pick<Rule, 'unit'>, value: number): string {
  if (unit === '%') return `${Math.round(value * 1000) / 10} %`
  const rounded = value >= 100 ? Math.round(value) : Math.round(value * 10) / 10
  return unit === '' ? String(rounded) : `${rounded} ${unit}`
}
