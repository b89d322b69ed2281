// The working-time engine: is somebody there now, which rule says so, and until when.
import type { Calendar, HolidayYear, Shift } from './calendar-schema.ts'
import { CalendarUnknown } from './errors.ts'
import { addDays, createZone, type Day, weekdayOf } from './zone.ts'

export interface Opening {
  readonly state: 'open' | 'closed' | 'holiday'
  /** The rule that says so, such as `mon 09:00–12:00`, `holiday 春节` or `make-up workday 春节 09:00–12:00`. */
  readonly rule: string
  /** When the state will be another one; absent when it stays so for more than a year. */
  readonly nextChangeAt?: number
}

export interface OpeningHours {
  /** @throws {CalendarUnknown} */
  openingOf(calendar: string, at: number): Opening
  has(calendar: string): boolean
}

const SEARCH_DAYS = 400
// Intl is slow; a day is drawn once.
const MAX_KNOWN_DAYS = 1000
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** All calendars of a site, with the holidays of every year that is published. */
export function createOpeningHours(
  calendars: readonly Calendar[],
  years: readonly HolidayYear[],
): OpeningHours {
  const openings = new Map(calendars.map(one => [one.id, createOpening(one, years)]))
  return {
    has: calendar => openings.has(calendar),
    openingOf(calendar, at) {
      const openingAt = openings.get(calendar)
      if (openingAt === undefined) throw new CalendarUnknown(calendar)
      return openingAt(at)
    },
  }
}

interface DayRule {
  readonly rule: string
  readonly dayOff: boolean
  readonly shifts: readonly Shift[]
}
interface Stretch {
  readonly from: number
  readonly state: Opening['state']
  readonly rule: string
}

/** The opening of one calendar at any instant. */
export function createOpening(
  calendar: Calendar,
  years: readonly HolidayYear[],
): (at: number) => Opening {
  const zone = createZone(calendar.timeZone)

  const known = new Map<Day, readonly Stretch[]>()
  const stretchesOf = (day: Day): readonly Stretch[] => {
    const stretches = known.get(day) ?? drawDay(day)
    if (known.size > MAX_KNOWN_DAYS) known.clear()
    known.set(day, stretches)
    return stretches
  }

  const drawDay = (day: Day): readonly Stretch[] => {
    const { rule, dayOff, shifts } = ruleOf(calendar, years, day)
    const from = zone.instantOf(day, 0)
    if (dayOff) return [{ from, state: 'holiday', rule }]
    const closed = { state: 'closed', rule } as const
    const worked = shifts
      .toSorted((a, b) => (a.from < b.from ? -1 : 1))
      .flatMap((shift): Stretch[] => [
        {
          from: zone.instantOf(day, toMinute(shift.from)),
          state: 'open',
          rule: `${rule} ${shift.from}–${shift.to}`,
        },
        { from: zone.instantOf(day, toMinute(shift.to)), ...closed },
      ])
    return [{ from, ...closed }, ...worked]
  }

  const stretchAt = (at: number): Stretch => {
    const stretches = stretchesOf(zone.dayAt(at))
    const now = stretches.findLast(({ from }) => from <= at) ?? stretches[0]
    if (now === undefined) throw new CalendarUnknown(calendar.id)
    return now
  }

  /** Where a shift ends and the next begins, also at midnight, nothing changes. */
  const changeAfter = (at: number, state: Opening['state']): number | undefined => {
    const today = zone.dayAt(at)
    for (let days = 0; days <= SEARCH_DAYS; days += 1) {
      const change = stretchesOf(addDays(today, days)).find(
        ({ from }) => from > at && stretchAt(from).state !== state,
      )
      if (change) return change.from
    }
    return undefined
  }

  return at => {
    const { state, rule } = stretchAt(at)
    const nextChangeAt = changeAfter(at, state)
    return nextChangeAt === undefined ? { state, rule } : { state, rule, nextChangeAt }
  }
}

/** Which rule rules a day: its own hours, the calendar's days off, the year's, the week. */
function ruleOf(calendar: Calendar, years: readonly HolidayYear[], day: Day): DayRule {
  const own = calendar.days.find(one => one.day === day)
  if (own) return { rule: `special day ${own.name}`, dayOff: false, shifts: own.shifts }
  for (const { holidays, workdays } of [calendar, ...years]) {
    const workday = workdays.find(one => one.day === day)
    if (workday) {
      const shifts = calendar.week[calendar.workdayLike]
      return { rule: `make-up workday ${workday.name}`, dayOff: false, shifts }
    }
    const holiday = holidays.find(one => one.from <= day && day <= one.to)
    if (holiday) return { rule: `holiday ${holiday.name}`, dayOff: true, shifts: [] }
  }
  const weekday = WEEKDAYS[weekdayOf(day)] ?? 'sun'
  return { rule: weekday, dayOff: false, shifts: calendar.week[weekday] }
}

const toMinute = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
