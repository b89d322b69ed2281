// What the switch shows at one moment, for whoever compares more with it than the driver can.
import type { AgentId, CallId, LegId } from '../call/id.ts'
import type { Leg, Legs } from '../call/leg.ts'
import type { Picture, SeenLeg } from './picture.ts'

export interface LegOnSwitch {
  readonly legId: LegId
  /** Absent while the driver has not heard of the leg. */
  readonly callId?: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly answered: boolean
  readonly parked: boolean
  readonly held: boolean
  readonly bridgedTo?: LegId
}

export interface SwitchLook {
  /** When the question was asked, epoch ms: what happened later may be missing. */
  readonly at: number
  readonly legs: ReadonlyMap<LegId, LegOnSwitch>
  /** Absent when the switch did not say. */
  readonly phones?: ReadonlySet<AgentId>
}

export const lookOf = (
  picture: Picture,
  legs: Legs,
  phones: ReadonlyMap<AgentId, string> | undefined,
  at: number,
): SwitchLook => ({
  at,
  legs: new Map([...picture].map(([id, seen]) => [id, legOf(seen, legs.get(id))])),
  ...(phones === undefined ? {} : { phones: new Set(phones.keys()) }),
})

const legOf = (seen: SeenLeg, known: Leg | undefined): LegOnSwitch => ({
  legId: seen.legId,
  ...(known === undefined ? {} : { callId: known.callId }),
  direction: seen.direction,
  answered: /^(ACTIVE|HELD|UNHELD)$/.test(seen.callState),
  parked: seen.parked,
  held: seen.callState === 'HELD',
  ...(seen.bridgedTo === undefined ? {} : { bridgedTo: seen.bridgedTo }),
})
