import { createIsoTime, midnightOf } from './records/index.ts'

/** Midnight before an instant, where the clocks show that zone's time. */
export const startOfDay = (at: number, timeZone: string): number =>
  midnightOf(createIsoTime(timeZone)(at))
