// What operators may change about alarms. Addresses and secrets of the outlets stand in the environment.
import { z } from 'zod'
import type { AlarmLevel } from '../desktop/protocol.ts'
import { FIGURES } from './figure.ts'
import { type Rule, RULES } from './rule.ts'

const threshold = z.number().min(0).max(1_000_000)
const clockTime = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)

export const alarmSettingsSchema = z.strictObject({
  /** By rule; what is not named stands as it is, null turns the rule off. */
  thresholds: z
    .partialRecord(
      z.enum(FIGURES),
      z
        .strictObject({
          info: threshold.optional(),
          warning: threshold.optional(),
          critical: threshold.optional(),
        })
        .nullable(),
    )
    .default({}),
  lowestLevel: z.enum(['info', 'warning', 'critical']).default('warning'),
  remindEveryMinutes: z.number().int().min(5).max(1440).default(60),
  /** In the site's time zone; may pass midnight. */
  quietHours: z.strictObject({ from: clockTime, to: clockTime }).nullable().default(null),
})
export type AlarmSettings = z.infer<typeof alarmSettingsSchema>

export function rulesWith({ thresholds }: Pick<AlarmSettings, 'thresholds'>): readonly Rule[] {
  return RULES.flatMap(rule => {
    const given = thresholds[rule.id]
    if (given === null) return []
    if (given === undefined) return [rule]
    const chosen: Partial<Record<AlarmLevel, number>> = {}
    for (const level of ['info', 'warning', 'critical'] as const) {
      const value = given[level]
      if (value !== undefined) chosen[level] = value
    }
    return [{ ...rule, thresholds: chosen }]
  })
}

export function isWithin(
  hours: AlarmSettings['quietHours'],
  /** `HH:MM` of the moment, where the site is. */
  now: string,
): boolean {
  if (!hours) return false
  return hours.from <= hours.to
    ? now >= hours.from && now < hours.to
    : now >= hours.from || now < hours.to
}
