// Calendars are data too: a week of shifts, and what the State Council publishes for each year.
import { z } from 'zod'
import { problem, type Problem } from './problem.ts'
import { toProblems } from './schema-problem.ts'
import { isDay } from './zone.ts'

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD')
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'HH:MM')
const shift = z.strictObject({ from: clock, to: clock })
const shifts = z.array(shift).max(6)
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** Days off, from the first to the last of them. */
const holiday = z.strictObject({ name: z.string().min(1), from: day, to: day })
/** A weekend day that is worked (调休), with the shifts of an ordinary working day. */
const workday = z.strictObject({ name: z.string().min(1), day })

export const calendarSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: z.string().min(1).max(80),
  timeZone: z.string().default('Asia/Shanghai'),
  week: z.strictObject({
    mon: shifts,
    tue: shifts,
    wed: shifts,
    thu: shifts,
    fri: shifts,
    sat: shifts,
    sun: shifts,
  }),
  /** Whose shifts a make-up workday has. */
  workdayLike: z.enum(weekdays).default('mon'),
  /** Days with hours of their own; they win over everything else. */
  days: z.array(z.strictObject({ name: z.string().min(1), day, shifts })).default([]),
  /** Further days off and make-up workdays of this calendar only; they win over those of the year. */
  holidays: z.array(holiday).default([]),
  workdays: z.array(workday).default([]),
})
export type Calendar = z.infer<typeof calendarSchema>
export type Shift = z.infer<typeof shift>

/** What is published once a year for everybody. */
export const holidayYearSchema = z.strictObject({
  year: z.number().int().min(2000).max(2100),
  source: z.string().min(1),
  holidays: z.array(holiday),
  workdays: z.array(workday),
})
export type HolidayYear = z.infer<typeof holidayYearSchema>

const WHOLE = '(calendar)'
type Refused = { readonly problems: readonly Problem[] }

export function parseCalendar(json: unknown): { readonly calendar: Calendar } | Refused {
  const parsed = calendarSchema.safeParse(json)
  if (!parsed.success) return { problems: toProblems(parsed.error.issues, json, WHOLE) }
  const calendar = parsed.data
  const problems = [
    ...checkZone(calendar.timeZone),
    ...weekdays.flatMap(name => checkShifts(name, calendar.week[name])),
    ...calendar.days.flatMap(one => [...checkDay(one.day), ...checkShifts(one.day, one.shifts)]),
    ...checkDaysOff(calendar),
  ]
  return problems.length === 0 ? { calendar } : { problems }
}

export function parseHolidayYear(json: unknown): { readonly year: HolidayYear } | Refused {
  const parsed = holidayYearSchema.safeParse(json)
  if (!parsed.success) return { problems: toProblems(parsed.error.issues, json, WHOLE) }
  const problems = checkDaysOff(parsed.data)
  return problems.length === 0 ? { year: parsed.data } : { problems }
}

function checkZone(timeZone: string): Problem[] {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone })
    return []
  } catch (error) {
    if (error instanceof RangeError) return [problem(WHOLE, 'TIME_ZONE_UNKNOWN', timeZone)]
    throw error
  }
}

// Times are written HH:MM, so they compare as text.
function checkShifts(of: string, all: readonly Shift[]): Problem[] {
  const empty = all
    .filter(({ from, to }) => to <= from)
    .map(({ from, to }) => problem(WHOLE, 'SHIFT_EMPTY', `${from}–${to}`, of))
  const sorted = all.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const overlap = sorted.some((one, index) => one.from < (sorted[index - 1]?.to ?? ''))
  return overlap ? [...empty, problem(WHOLE, 'SHIFTS_OVERLAP', of)] : empty
}

const checkDay = (one: string) => (isDay(one) ? [] : [problem(WHOLE, 'DATE_UNKNOWN', one)])

function checkDaysOff({ holidays, workdays }: Pick<HolidayYear, 'holidays' | 'workdays'>) {
  const contradicting = workdays.filter(one =>
    holidays.some(({ from, to }) => from <= one.day && one.day <= to),
  )
  return [
    ...holidays.flatMap(({ from, to }) => [...checkDay(from), ...checkDay(to)]),
    ...workdays.flatMap(one => checkDay(one.day)),
    ...holidays
      .filter(({ from, to }) => to < from)
      .map(({ name }) => problem(WHOLE, 'PERIOD_EMPTY', name)),
    ...contradicting.map(one => problem(WHOLE, 'DAY_CONTRADICTS', one.day)),
  ]
}
