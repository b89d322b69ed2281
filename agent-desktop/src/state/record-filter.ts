// The call list's filter as a query and back: what stands in the address bar can be sent to a colleague.
import type { CallResult } from './protocol.ts'

export const CALL_RESULTS = [
  'answered',
  'abandoned-ivr',
  'abandoned-queue',
  'no-answer',
  'voicemail',
  'callback',
  'self-service',
  'blocked',
  'rejected',
  'switch-lost',
  'orphaned',
  'failed',
] as const satisfies readonly CallResult[]

export interface RecordFilter {
  /** Local dates, `yyyy-mm-dd`, both included. */
  readonly from: string
  readonly to: string
  /** Part of a number, or the id of a call, or the SIP Call-ID of one of its legs. */
  readonly caller: string
  readonly agent: string
  readonly queue: string
  readonly result: string
  readonly direction: string
}

export const emptyFilter = (today: string): RecordFilter => ({
  from: today,
  to: today,
  caller: '',
  agent: '',
  queue: '',
  result: '',
  direction: '',
})

const FIELDS = ['from', 'to', 'caller', 'agent', 'queue', 'result', 'direction'] as const

/** Only what differs from the empty filter, so that the address stays short. */
export function toAddress(filter: RecordFilter, today: string): Record<string, string> {
  const empty = emptyFilter(today)
  return Object.fromEntries(
    FIELDS.filter(field => filter[field] !== empty[field]).map(field => [field, filter[field]]),
  )
}

/** A number, or an id of letters, digits and what a SIP Call-ID has besides (RFC 3261 §25.1, as much as is in use). */
const isSearched = (text: string) => /^[\w*#+.@-]*$/.test(text)

export function fromAddress(query: Readonly<Record<string, unknown>>, today: string): RecordFilter {
  const empty = emptyFilter(today)
  const read = (field: (typeof FIELDS)[number]) => {
    const value = query[field]
    return typeof value === 'string' && value.length <= (field === 'caller' ? 255 : 40)
      ? value
      : empty[field]
  }
  return {
    from: read('from'),
    to: read('to'),
    caller: isSearched(read('caller')) ? read('caller') : read('caller').replace(/[^0-9*#+]/g, ''),
    agent: read('agent'),
    queue: read('queue'),
    result: (CALL_RESULTS as readonly string[]).includes(read('result')) ? read('result') : '',
    direction: ['inbound', 'outbound', 'internal'].includes(read('direction'))
      ? read('direction')
      : '',
  }
}

/** Parameters of `GET /api/calls`. Days are whole days of the hotline's offset, given as `+08:00`. */
export function toQuery(filter: RecordFilter, offset: string): URLSearchParams {
  const query = new URLSearchParams()
  // Only numbers have no letters; whoever knows the id wants that call, of whatever day.
  if (/[a-z@]/i.test(filter.caller)) return new URLSearchParams({ id: filter.caller })
  if (filter.from) query.set('from', `${filter.from}T00:00:00.000${offset}`)
  if (filter.to) query.set('to', `${filter.to}T23:59:59.999${offset}`)
  for (const field of ['caller', 'agent', 'queue', 'result', 'direction'] as const)
    if (filter[field]) query.set(field, filter[field])
  return query
}

/** `+08:00` for minus 480, as `Date.getTimezoneOffset` tells it. */
export function offsetText(timezoneOffsetMinutes: number): string {
  const minutes = -timezoneOffsetMinutes
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** Local date as `yyyy-mm-dd`. */
export function localDate(at: number, timezoneOffsetMinutes: number): string {
  return new Date(at - timezoneOffsetMinutes * 60_000).toISOString().slice(0, 10)
}
