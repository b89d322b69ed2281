// A working calendar being edited: each step gives a new one.
import type { CalendarRule } from './protocol.ts'

export const WEEKDAYS = ['1', '2', '3', '4', '5', '6', '7'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** Shifts of a day in the order of the clock. */
export const setShifts = (
  rule: CalendarRule,
  day: Weekday,
  shifts: readonly (readonly [string, string])[],
): CalendarRule => ({
  ...rule,
  week: {
    ...rule.week,
    [day]: shifts
      .map(([from, to]): [string, string] => [from, to])
      .toSorted(([a], [b]) => a.localeCompare(b)),
  },
})

/** A day is a holiday or a make-up day, never both. */
export function addDay(
  rule: CalendarRule,
  list: 'holidays' | 'makeUpDays',
  date: string,
  value: string,
): CalendarRule {
  const other = list === 'holidays' ? 'makeUpDays' : 'holidays'
  const freed = withoutDay(rule, other, date)
  return { ...freed, [list]: { ...freed[list], [date]: value } }
}

export function withoutDay(
  rule: CalendarRule,
  list: 'holidays' | 'makeUpDays',
  date: string,
): CalendarRule {
  const { [date]: _gone, ...rest } = rule[list]
  return { ...rule, [list]: rest }
}
