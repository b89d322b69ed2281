// What the switch says is there now: `show channels as json` and `show calls as json`.
import { z } from 'zod'
import { type LegId, legId } from '../call/id.ts'
import { ANNOUNCEMENT_CONTEXT } from './headers.ts'

export interface SeenLeg {
  readonly legId: LegId
  readonly direction: 'inbound' | 'outbound'
  /** FreeSWITCH's: DOWN, DIALING, RINGING, EARLY, ACTIVE, HELD, UNHELD, HANGUP. */
  readonly callState: string
  readonly parked: boolean
  readonly bridgedTo?: LegId
}

export type Picture = ReadonlyMap<LegId, SeenLeg>

const rowsSchema = z.object({ rows: z.array(z.record(z.string(), z.unknown())).default([]) })

/** FreeSWITCH leaves `rows` out when there is none. */
const rowsOf = (json: string) => {
  const read = rowsSchema.safeParse(parse(json))

  return read.success ? read.data.rows : undefined
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')

/** Undefined when the answers are not what they should be; then nothing is concluded from them. */
export function toPicture(channelsJson: string, callsJson: string): Picture | undefined {
  const channels = rowsOf(channelsJson)
  const calls = rowsOf(callsJson)
  if (!channels || !calls) return undefined
  const partners = new Map<string, string>()
  for (const call of calls) {
    const [a, b] = [text(call['uuid']), text(call['b_uuid'])]
    if (a !== '' && b !== '') partners.set(a, b).set(b, a)
  }

  return new Map(
    channels
      .filter(
        row =>
          text(row['uuid']) !== '' &&
          text(row['context']) !== ANNOUNCEMENT_CONTEXT &&
          !/HANGUP|REPORTING|DESTROY/.test(text(row['state'])),
      )
      .map(row => {
        const id = text(row['uuid'])
        const partner = partners.get(id)
        const isParked =
          row['state'] === 'CS_PARK' ||
          row['application'] === 'park' ||
          row['application'] === 'playback'
        const seen: SeenLeg = {
          legId: legId(id),
          direction: row['direction'] === 'outbound' ? 'outbound' : 'inbound',
          callState: text(row['callstate']),
          parked: isParked && partner === undefined,
          ...(partner === undefined ? {} : { bridgedTo: legId(partner) }),
        }

        return [seen.legId, seen] as const
      }),
  )
}

/** Agent numbers with a phone, from `show registrations as json`, and how each is reached. */
export function toRegistrations(json: string): ReadonlyMap<string, string> | undefined {
  const rows = rowsOf(json)

  return (
    rows &&
    new Map(
      rows.map(row => [text(row['reg_user']), text(row['network_proto']).toLowerCase() || 'udp']),
    )
  )
}

/** User and address of every phone, from `show registrations as json`. */
export function toContacts(json: string): (readonly [user: string, url: string])[] | undefined {
  return rowsOf(json)?.map(row => [text(row['reg_user']), text(row['url'])] as const)
}
