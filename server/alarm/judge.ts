// From figures to alarms. Pure: the state before, the figures and the time give the state after and what changed.
import type { AlarmLevel } from '../desktop/protocol.ts'
import type { Figures } from './figure.ts'
import { type Rule, type Thresholds, wordsOf } from './rule.ts'

/** Of one rule. */
export interface Standing {
  /** The alarm that lasts; absent: none. */
  readonly level?: AlarmLevel
  /** Where it seems to go, and since when; taken when it has lasted. */
  readonly turn?: { readonly level?: AlarmLevel; readonly since: number }
}
export type Standings = Readonly<Partial<Record<Rule['id'], Standing>>>
export type Verdict =
  | {
      readonly type: 'raise'
      readonly id: string
      readonly level: AlarmLevel
      readonly cause: string
      readonly detail: string
    }
  | { readonly type: 'clear'; readonly id: string }

const LEVELS: readonly AlarmLevel[] = ['critical', 'warning', 'info']
export const rankOf = (level: AlarmLevel | undefined): number =>
  level === undefined ? 0 : LEVELS.length - LEVELS.indexOf(level)
/** An alarm that stands goes only when the figure is this much better than the threshold. */
const SLACK = 0.1

export function judge(
  before: Standings,
  rules: readonly Rule[],
  figures: Figures,
  at: number,
): { readonly standings: Standings; readonly verdicts: readonly Verdict[] } {
  const standings: Partial<Record<Rule['id'], Standing>> = {}
  const verdicts: Verdict[] = []
  for (const rule of rules) {
    const value = figures[rule.id]
    const old = before[rule.id] ?? {}
    const next = stepOf(rule, old, levelOf(rule, value, old.level), at)
    standings[rule.id] = next
    if (next.level === old.level) continue
    if (next.level === undefined) verdicts.push({ type: 'clear', id: rule.id })
    else
      verdicts.push({
        type: 'raise',
        id: rule.id,
        level: next.level,
        cause: rule.cause,
        detail: value === undefined ? '' : wordsOf(rule, value),
      })
  }
  return { standings, verdicts }
}

/** The worst level whose threshold is passed; one that stands already is given slack. */
function levelOf(
  { thresholds, worse }: { thresholds: Thresholds; worse: Rule['worse'] },
  value: number | undefined,
  standing: AlarmLevel | undefined,
): AlarmLevel | undefined {
  if (value === undefined) return undefined
  return LEVELS.find(level => {
    const threshold = thresholds[level]
    if (threshold === undefined) return false
    const slack = rankOf(level) <= rankOf(standing) ? SLACK : 0
    return worse === 'above'
      ? value >= threshold * (1 - slack) && value > 0
      : value <= threshold * (1 + slack)
  })
}

/** A turn for the worse takes `holdMs`, one for the better `calmMs`; the mildest of what was seen meanwhile is taken. */
function stepOf(
  { holdMs, calmMs }: Pick<Rule, 'holdMs' | 'calmMs'>,
  { level, turn }: Standing,
  seen: AlarmLevel | undefined,
  at: number,
): Standing {
  const isWorse = rankOf(seen) > rankOf(level)
  if (seen === level) return level === undefined ? {} : { level }
  const goesOn = turn !== undefined && rankOf(turn.level) > rankOf(level) === isWorse
  const since = goesOn ? turn.since : at
  const milder = (a: AlarmLevel | undefined, b: AlarmLevel | undefined) =>
    rankOf(a) < rankOf(b) === isWorse ? a : b
  const towards = goesOn ? milder(turn.level, seen) : seen
  if (at - since >= (isWorse ? holdMs : calmMs))
    return towards === undefined ? {} : { level: towards }
  return {
    ...(level && { level }),
    turn: { since, ...(towards && { level: towards }) },
  }
}
