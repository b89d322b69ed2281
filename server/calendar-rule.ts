// A calendar as people fill it in, and as the working-time engine reads it.
import type { Calendar } from '../ivr-flows/index.ts'
import type { CalendarRule } from './store/repository.ts'

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const NUMBERS = ['1', '2', '3', '4', '5', '6', '7'] as const

export function toCalendar(rule: CalendarRule): Calendar {
  const shiftsOf = (weekday: (typeof NUMBERS)[number]) =>
    (rule.week[weekday] ?? []).map(([from, to]) => ({ from, to }))
  return {
    id: rule.id,
    name: rule.name,
    timeZone: rule.timeZone,
    week: {
      mon: shiftsOf('1'),
      tue: shiftsOf('2'),
      wed: shiftsOf('3'),
      thu: shiftsOf('4'),
      fri: shiftsOf('5'),
      sat: shiftsOf('6'),
      sun: shiftsOf('7'),
    },
    workdayLike: 'mon',
    days: Object.entries(rule.makeUpDays).map(([day, weekday]) => ({
      name: '调休',
      day,
      shifts: shiftsOf(weekday),
    })),
    holidays: Object.entries(rule.holidays).map(([day, name]) => ({ name, from: day, to: day })),
    workdays: [],
  }
}

/** Days with hours of their own have no place in a rule; the shipped calendar has none. */
export function toCalendarRule(calendar: Calendar): CalendarRule {
  const week = Object.fromEntries(
    WEEKDAYS.map((weekday, index) => [
      NUMBERS[index] ?? '7',
      calendar.week[weekday].map(({ from, to }): [string, string] => [from, to]),
    ]),
  ) as CalendarRule['week']
  return {
    id: calendar.id,
    name: calendar.name,
    timeZone: calendar.timeZone,
    week,
    holidays: {},
    makeUpDays: {},
  }
}
