// Wall-clock time and instants, with nothing but Intl.

/** A day of a wall calendar, `YYYY-MM-DD`. */
export type Day = string

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export interface Zone {
  /** The day on the wall calendar at an instant. */
  dayAt(at: number): Day
  /** The first instant at which the wall clock shows, or has passed, so many minutes after midnight of a day. */
  instantOf(day: Day, minute: number): number
}

/** @throws {RangeError} when there is no such time zone. */
export function createZone(timeZone: string): Zone {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

  /** The wall clock at an instant, written as if it were UTC. */
  function wallAt(at: number): number {
    const part: Record<string, number> = {}
    for (const { type, value } of clock.formatToParts(at)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
  const offsetAt = (at: number) => wallAt(at) - Math.floor(at / 1000) * 1000

  return {
    dayAt: at => toDay(wallAt(at)),
    instantOf(day, minute) {
      const wall = Date.parse(`${day}T00:00:00Z`) + minute * MINUTE_MS
      const before = offsetAt(wall - DAY_MS)
      const after = offsetAt(wall + DAY_MS)
      const early = wall - Math.max(before, after)
      const late = wall - Math.min(before, after)
      if (wallAt(early) === wall) return early
      if (wallAt(late) === wall) return late
      // The clock jumps over this time (summer time begins): the jump itself is the instant.
      return firstInstant(early, late, at => wallAt(at) >= wall)
    },
  }
}

/** The first instant (to the second) in (low, high] for which it is true; it is true at high. */
function firstInstant(low: number, high: number, isTrue: (at: number) => boolean): number {
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000
    if (isTrue(middle)) high = middle
    else low = middle
  }
  return high
}

const toDay = (wall: number): Day => new Date(wall).toISOString().slice(0, 10)
export const addDays = (day: Day, count: number): Day =>
  toDay(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS)
/** 0 is Monday. */
export const weekdayOf = (day: Day): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
export const isDay = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && toDay(at) === text
}
