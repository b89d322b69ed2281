// Looks at the figures every few seconds and tells the floor what is wrong.
import type { Control } from '../control/port.ts'
import type { Log } from '../log.ts'
import type { Figures } from './figure.ts'
import { judge, type Standings } from './judge.ts'
import type { Rule } from './rule.ts'

const LOOK_EVERY_MS = 5000

/** Each gives what it knows of the moment; one that fails leaves its figures out. */
export type Gauge = () => Figures | Promise<Figures>

export function observe(deps: {
  readonly control: Pick<Control, 'raiseAlarm' | 'clearAlarm'>
  readonly gauges: readonly Gauge[]
  readonly rules: () => readonly Rule[]
  readonly clock: () => number
  readonly log: Log
}): { look(): Promise<void>; close(): void } {
  const { control, log } = deps
  let standings: Standings = {}
  let isLooking = false

  const look = async () => {
    if (isLooking) return
    isLooking = true
    const found = await Promise.all(
      deps.gauges.map(async gauge => {
        try {
          return await gauge()
        } catch (err) {
          log.warn({ err }, 'figures not taken')
          return {}
        }
      }),
    )
    isLooking = false
    const rules = deps.rules()
    const { standings: next, verdicts } = judge(
      standings,
      rules,
      Object.assign({}, ...found) as Figures,
      deps.clock(),
    )
    // A rule that was turned off leaves no alarm behind.
    for (const [id, { level }] of Object.entries(standings))
      if (level !== undefined && !rules.some(rule => rule.id === id)) control.clearAlarm(id)
    standings = next
    for (const verdict of verdicts) {
      if (verdict.type === 'clear') control.clearAlarm(verdict.id)
      else control.raiseAlarm(verdict.id, verdict.level, verdict.cause, verdict.detail)
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  timer.unref()
  return { look, close: () => clearInterval(timer) }
}
