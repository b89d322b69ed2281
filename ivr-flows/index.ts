export * from './node.ts'
export * from './errors.ts'
export { enterFlow, reenterFlow, stepFlow } from './step.ts'
export { PERSON } from './spoken-word.ts'
export type { LaneReason } from './fast-lane.ts'
export { parseFlow } from './parse.ts'
export type { Problem, ProblemCode } from './problem.ts'
export { waysOf, type Way } from './way.ts'
export { createOpening, createOpeningHours, type Opening, type OpeningHours } from './calendar.ts'
export {
  calendarSchema,
  holidayYearSchema,
  parseCalendar,
  parseHolidayYear,
  type Calendar,
  type HolidayYear,
} from './calendar-schema.ts'
export { publishedHolidays, standardCalendar, standardFlow } from './shipped.ts'
