// Legs on the switch that no call holds. Pure. Nobody who talks is ever cut off here.
import type { LegOnSwitch, SwitchLook } from '../../../telephony/index.ts'
import type { LiveCall, LiveLeg } from '../state.ts'
import type { Floor } from '../turn.ts'
import type { Finding, Remedy } from './finding.ts'

export function diagnoseStrays(floor: Floor, node: string, look: SwitchLook): Finding[] {
  const held = new Set<string>()
  for (const call of floor.calls.values()) for (const id of Object.keys(call.legs)) held.add(id)
  return [...look.legs.values()].flatMap(leg => {
    // Of a leg without a call the driver has not heard yet.
    if (held.has(leg.legId) || leg.callId === undefined) return []
    const call = floor.calls.get(leg.callId)
    return call ? strayOf(call, leg, look) : strangerOf(leg, node)
  })
}

const finding = (
  cause: Finding['cause'],
  leg: LegOnSwitch,
  remedy: Remedy,
  node?: string,
): Finding => ({
  cause,
  legId: leg.legId,
  ...(leg.callId === undefined ? {} : { callId: leg.callId }),
  ...(node === undefined ? {} : { node }),
  mark: `${leg.parked} ${leg.bridgedTo ?? ''}`,
  remedy,
})

/** Its call lives, and does not know it. */
function strayOf(call: LiveCall, leg: LegOnSwitch, look: SwitchLook): Finding[] {
  const missed = roleOf(call, leg)
  if (missed && call.stage.state !== 'ended')
    return [
      finding('leg-forgotten', leg, { type: 'put-leg-back', leg: putBack(leg, missed, look) }),
    ]
  if (leg.bridgedTo !== undefined) return [finding('stray-talk', leg, { type: 'note' })]
  // A caller who lives on after the end of the call is taken up anew when the call has left the floor.
  if (leg.direction === 'inbound') return []
  return [finding('stray-leg', leg, { type: 'hang-up-leg', legId: leg.legId })]
}

/** What the call would have it for, had it not struck it off. */
function roleOf(
  { stage, customerLegId }: LiveCall,
  { legId }: LegOnSwitch,
): Pick<LiveLeg, 'role' | 'number' | 'agent'> | undefined {
  if (legId === customerLegId) return { role: 'caller', number: '' }
  switch (stage.state) {
    case 'talking':
      if (legId === stage.legId) return { role: 'agent', number: stage.agent, agent: stage.agent }
      if (legId !== stage.consult?.legId) return undefined
      return {
        role: 'consult',
        number: stage.consult.number,
        ...(stage.consult.agent === undefined ? {} : { agent: stage.consult.agent }),
      }
    case 'dialling':
      return legId === stage.legId
        ? { role: 'agent', number: stage.agent, agent: stage.agent }
        : undefined
    case 'transferring':
      return legId === stage.numberLegId ? { role: 'number', number: stage.number } : undefined
    case 'connected':
      return legId === stage.numberLegId ? { role: 'number', number: '' } : undefined
    default:
      return undefined
  }
}

const putBack = (
  leg: LegOnSwitch,
  role: Pick<LiveLeg, 'role' | 'number' | 'agent'>,
  look: SwitchLook,
): LiveLeg => ({
  id: leg.legId,
  ...role,
  state: leg.answered ? 'answered' : 'created',
  createdAt: look.at,
  ...(leg.answered ? { answeredAt: look.at } : {}),
  parked: leg.parked,
  ...(leg.bridgedTo === undefined ? {} : { bridgedTo: leg.bridgedTo }),
})

/** Its call is not on the floor. */
function strangerOf(leg: LegOnSwitch, node: string): Finding[] {
  if (leg.bridgedTo !== undefined) return [finding('stray-talk', leg, { type: 'note' }, node)]
  if (leg.direction === 'inbound')
    return leg.parked ? [finding('stray-caller', leg, { type: 'adopt' }, node)] : []
  // A leg that names no call but itself may be another program's: the switch need not be ours alone.
  if (leg.callId === undefined || String(leg.callId) === String(leg.legId)) return []
  return [finding('stray-leg', leg, { type: 'hang-up-leg', legId: leg.legId }, node)]
}
