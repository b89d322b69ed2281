import { createIsoTime } from './records/index.ts'

/** Midnight before an instant, where the clocks show that zone's time. */
export function startOfDay(at: number, timeZone: string): number {
  const text = createIsoTime(timeZone)(at)
  return Date.parse(`${text.slice(0, 11)}00:00:00.000${text.slice(23)}`)
}
