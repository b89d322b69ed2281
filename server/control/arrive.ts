// A leg that somebody outside began: a caller of ours, or an agent who dials by hand.
import type { LegCreated } from '../../telephony/call/event.ts'
import { callId as toCallId } from '../../telephony/call/id.ts'
import { calledOf } from '../../telephony/trunk/called.ts'
import { toDiversion } from '../../telephony/trunk/diversion.ts'
import { toCaller } from '../../telephony/trunk/identity.ts'
import { toOwnNumber } from '../../telephony/trunk/number.ts'
import { originOf } from '../../telephony/trunk/origin.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import { newCall, onPhoneDialled } from './dial.ts'
import { addLeg, GUARD_EVERY_MS, GUARD_MS } from './leg.ts'
import { linesOnTrunk } from './trunk.ts'
import type { Turn } from './turn.ts'

export function onLegCreated(turn: Turn, event: LegCreated, node: string): void {
  const id = toCallId(event.legId)
  if (event.direction === 'outbound' || turn.call(event.callId) || turn.call(id)) return
  if (event.authenticatedAgent !== undefined)
    return onPhoneDialled(turn, event, event.authenticatedAgent, node)
  const arrival = read(turn, event)
  const { caller, callee, trunk } = arrival
  if (trunk && linesOnTrunk(turn.calls(), trunk.id) >= trunk.lineLimit)
    return refuseBusy(turn, event, node, arrival)
  const { sipCallId, video } = event
  const networkAddress = addressOf(turn, event)
  // The site that calls itself tries its trunks: no caller, and it counts nowhere. A stranger is never it.
  const isTrial = trunk !== undefined && turn.trials.takes(caller, trunk.inbound.areaCode, turn.at)
  turn.begin({
    ...newCall({
      id,
      node,
      direction: 'inbound',
      caller,
      callee,
      startedAt: event.at,
      stage: { state: 'offered' },
    }),
    customerLegId: event.legId,
    ...(isTrial && { trial: true as const }),
  })
  turn.fact(id, 'call-began', {
    direction: isTrial ? 'internal' : 'inbound',
    caller,
    callee,
    node,
    legId: event.legId,
    sipCallId,
    networkAddress,
    video,
    ...(isTrial && { trial: true as const }),
    ...(trunk === undefined ? {} : { trunk: trunk.id }),
    ...(arrival.divertedFrom === undefined ? {} : { divertedFrom: arrival.divertedFrom }),
  })
  addLeg(
    turn,
    id,
    {
      id: event.legId,
      role: 'caller',
      number: caller,
      state: 'created',
      parked: false,
      createdAt: event.at,
      ...(trunk === undefined ? {} : { trunk: trunk.id }),
    },
    sipCallId,
  )
  const call = turn.call(id)
  if (call)
    turn.command(call, { type: 'guard-leg', legId: event.legId, callId: id, forMs: GUARD_MS })
  turn.setTimer(id, 'guard', turn.at + GUARD_EVERY_MS)
}

/** Behind a SIP edge the switch sees only the edge, which says whom it has heard. */
function addressOf(turn: Turn, { networkAddress, said }: LegCreated): string {
  const isEdge = turn.settings.edges?.includes(networkAddress) ?? false
  return isEdge ? (said?.source ?? networkAddress) : networkAddress
}

interface Arrival {
  readonly caller: string
  readonly callee: string
  readonly trunk?: Trunk
  readonly divertedFrom?: string
}

/** Who calls, whom, and by which trunk. A stranger's headers about identity count for nothing. */
function read(turn: Turn, event: LegCreated): Arrival {
  const { trunks, numbers, edges } = turn.settings
  const { said = {}, gateway, networkAddress: address } = event
  const trunk = originOf(
    trunks,
    {
      address,
      ...(gateway === undefined ? {} : { gateway }),
      ...(said.trunk === undefined ? {} : { said: said.trunk }),
    },
    edges,
  )
  const isOurs = (number: string) => numbers.some(known => known.number === number)
  const requestUser = said.requestUser ?? event.calledNumber
  const callee = calledOf({ ...said, requestUser }, trunk, isOurs)
  const caller = toCaller({ ...said, from: said.from ?? event.callerNumber }, trunk !== undefined)
  const diversion =
    trunk && toDiversion(said, uri => toOwnNumber(uri, isOurs, trunk.inbound.areaCode) === callee)
  return {
    caller,
    callee,
    ...(trunk === undefined ? {} : { trunk }),
    ...(diversion === undefined ? {} : { divertedFrom: diversion.from }),
  }
}

/** The embedded switch refuses such calls itself; a FreeSWITCH asks us. */
function refuseBusy(turn: Turn, event: LegCreated, node: string, arrival: Arrival): void {
  const { caller, callee, trunk } = arrival
  turn.loneFact(event.legId, 'call-blocked', {
    caller,
    callee,
    reason: 'trunk-busy',
    counted: true,
    ...(trunk === undefined ? {} : { trunk: trunk.id }),
  })
  turn.effects.push({
    type: 'command',
    node,
    command: { type: 'hang-up-leg', legId: event.legId, cause: 'busy' },
  })
}
