// Instants as people and the API read them: ISO 8601 with the offset of the place.

/** Writes instants like `2025-01-31T09:05:00.123+08:00`. Made once a zone: building the format costs far more than its use. */
export function createIsoTime(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  return at => {
    const name = format.formatToParts(at).find(part => part.type === 'timeZoneName')?.value
    const offset = offsetOf(name ?? 'GMT')
    const local = new Date(at + offset.minutes * 60_000).toISOString().slice(0, -1)
    return `${local}${offset.text}`
  }
}

/** Midnight before an instant that is written with its offset. */
export const midnightOf = (text: string): number =>
  Date.parse(`${text.slice(0, 11)}00:00:00.000${text.slice(23)}`)

/** `GMT+08:00`, or `GMT` alone for none. */
function offsetOf(name: string): { minutes: number; text: string } {
  const found = /([+-])(\d\d):(\d\d)/.exec(name)
  if (!found) return { minutes: 0, text: '+00:00' }
  const size = Number(found[2]) * 60 + Number(found[3])
  return { minutes: found[1] === '-' ? -size : size, text: found[0] }
}
