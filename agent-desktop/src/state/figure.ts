// The figures of today: one formula each, the same that its (i) tells.
import { percent } from './duration.ts'
import type { TodayView } from './protocol.ts'

export type FigureUnit = 'calls' | 'percent' | 'seconds'
export interface Figure {
  /** Names its words in the language file: name, formula, window. */
  readonly id: string
  readonly value: number | null
  readonly unit: FigureUnit
  readonly level: 'good' | 'warn' | 'bad' | 'plain'
}

/** Value at or above `good` is good, below `bad` is bad. */
const higher = (value: number | null, good: number, bad: number): Figure['level'] =>
  value === null ? 'plain' : value >= good ? 'plain' : value < bad ? 'bad' : 'warn'
const lower = (value: number | null, good: number, bad: number): Figure['level'] =>
  value === null ? 'plain' : value <= good ? 'plain' : value > bad ? 'bad' : 'warn'

/** Thresholds: connection rate 95 % and 15 s are GB/T 33358-2016; the lower bounds are ours. */
export function figuresOf(today: TodayView): readonly Figure[] {
  const connection = percent(today.answered, today.askedForAgent)
  const level15 = percent(today.answeredIn15s, today.askedForAgent)
  const waitS = today.answered > 0 ? Math.round(today.waitMs / today.answered / 1000) : null
  const satisfied = percent(today.satisfiedCount, today.ratedCount)
  const plain = (id: string, value: number): Figure => ({
    id,
    value,
    unit: 'calls',
    level: 'plain',
  })
  return [
    plain('offered', today.offered),
    { id: 'connection', value: connection, unit: 'percent', level: higher(connection, 95, 85) },
    { id: 'level15', value: level15, unit: 'percent', level: higher(level15, 80, 60) },
    { id: 'wait', value: waitS, unit: 'seconds', level: lower(waitS, 15, 40) },
    plain('abandoned', today.abandonedInQueue),
    {
      id: 'blocked',
      value: today.blocked,
      unit: 'calls',
      level: today.blocked > 0 ? 'bad' : 'plain',
    },
    { id: 'satisfied', value: satisfied, unit: 'percent', level: higher(satisfied, 90, 75) },
    plain('selfService', today.selfService),
  ]
}
