// What comes with the product: the standard flow, its calendar, and the published holidays.
import flow12393 from './flows/12393.json' with { type: 'json' }
import year2025 from './flows/calendar-2025.json' with { type: 'json' }
import year2026 from './flows/calendar-2026.json' with { type: 'json' }
import standard from './flows/calendar-standard.json' with { type: 'json' }
import {
  type Calendar,
  calendarSchema,
  type HolidayYear,
  holidayYearSchema,
} from './calendar-schema.ts'
import { type Flow, flowSchema } from './node.ts'

export const standardFlow = (): Flow => flowSchema.parse(flow12393)
export const standardCalendar = (): Calendar => calendarSchema.parse(standard)
export const publishedHolidays = (): HolidayYear[] =>
  [year2025, year2026].map(year => holidayYearSchema.parse(year))
