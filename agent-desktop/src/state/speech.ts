// The page of speech: delays by engine and hour, put in order for the eye. Pure.
import type { SpeechReply } from './protocol.ts'

export type Delay = SpeechReply['delays'][number]
export interface DelayLine {
  readonly engine: string
  /** One value an hour of the axis; null where nobody spoke. */
  readonly p50: readonly (number | null)[]
  readonly p95: readonly (number | null)[]
  /** Turns in all. */
  readonly count: number
  /** The last hour in which somebody spoke. */
  readonly last: Delay | undefined
  /** The hour with the longest. */
  readonly worst: Delay | undefined
}

const HOUR_MS = 3_600_000
export const HOURS = 24

/** Begins of the last 24 hours, the present one last. */
export const hoursUntil = (now: number): readonly number[] => {
  const last = Math.floor(now / HOUR_MS) * HOUR_MS
  return Array.from({ length: HOURS }, (_unused, index) => last - (HOURS - 1 - index) * HOUR_MS)
}

export function delayLines(
  delays: readonly Delay[],
  hours: readonly number[],
): readonly DelayLine[] {
  const engines = [...new Set(delays.map(delay => delay.engine))].sort()
  return engines.map(engine => {
    const own = delays
      .filter(delay => delay.engine === engine)
      .toSorted((a, b) => Date.parse(a.hour) - Date.parse(b.hour))
    const at = (hour: number) => own.find(delay => Date.parse(delay.hour) === hour)
    return {
      engine,
      p50: hours.map(hour => at(hour)?.p50Ms ?? null),
      p95: hours.map(hour => at(hour)?.p95Ms ?? null),
      count: own.reduce((sum, delay) => sum + delay.count, 0),
      last: own.at(-1),
      worst: own.reduce<Delay | undefined>(
        (worst, delay) => (worst && worst.p95Ms >= delay.p95Ms ? worst : delay),
        undefined,
      ),
    }
  })
}

export interface Share {
  readonly kind: 'understood' | 'notUnderstood' | 'failed'
  readonly count: number
  /** Per cent of all. */
  readonly percent: number
}
/** What came of speaking to the flows. */
export function shares(outcomes: SpeechReply['outcomes']): readonly Share[] {
  const all = outcomes.understood + outcomes.notUnderstood + outcomes.failed
  return (['understood', 'notUnderstood', 'failed'] as const).map(kind => ({
    kind,
    count: outcomes[kind],
    percent: all === 0 ? 0 : (outcomes[kind] / all) * 100,
  }))
}
