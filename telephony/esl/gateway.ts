// What mod_sofia tells of the gateways to our trunks: CUSTOM sofia::gateway_state, and `sofia xmlstatus gateway` (FreeSWITCH 1.11).
import type { TrunkState } from '../call/event.ts'
import type { EslEvent } from './event.ts'
import { filled, toCount } from './headers.ts'

export const GATEWAY_EVENT = 'sofia::gateway_state'
/** Told when a profile is read again; says nothing of the state. */
export const GATEWAY_ADDED = 'sofia::gateway_add'

const REGISTRATIONS: Readonly<Record<string, TrunkState['registration']>> = {
  NOREG: 'none',
  REGISTER: 'registered',
  REGED: 'registered',
  UNREGED: 'trying',
  TRYING: 'trying',
}

/** Everything else (FAILED, FAIL_WAIT, TIMEOUT, EXPIRED, UNREGISTER, DOWN) is no registration. */
const registrationOf = (state: string) => REGISTRATIONS[state] ?? 'failed'

export function trunkState(event: EslEvent, at: number): TrunkState | undefined {
  const trunk = filled(event.get('Gateway'))
  const status = toCount(event.get('Status'))

  return trunk === undefined
    ? undefined
    : {
        type: 'trunk-state',
        at,
        trunk,
        registration: registrationOf(event.get('State') ?? ''),
        ping: event.get('Ping-Status') === 'UP' ? 'up' : 'down',
        ...(status === undefined ? {} : { status }),
      }
}

/** Reads `sofia xmlstatus gateway`: one entry a gateway. The summary without that word tells no status. */
export function toTrunkStates(xml: string, at: number): TrunkState[] {
  return [...xml.matchAll(/<gateway>([\s\S]*?)<\/gateway>/g)].flatMap(([, body = '']) => {
    const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? ''
    const trunk = field('name')
    const pingTime = Number(field('pingtime'))
    if (trunk === '' || field('status') === '') return []

    return [
      {
        type: 'trunk-state' as const,
        at,
        trunk,
        registration: registrationOf(field('state')),
        ping: field('status').startsWith('UP') ? ('up' as const) : ('down' as const),
        ...(pingTime > 0 ? { roundTripMs: pingTime } : {}),
      },
    ]
  })
}
