// What an agent writes down about a call, during it or after.
import type { CallId } from '../../telephony/call/id.ts'
import type { Actor } from './port.ts'
import type { LiveCall } from './state.ts'
import type { Turn } from './turn.ts'

export function describe(turn: Turn, id: CallId, what: LiveCall['described'], by: Actor): void {
  const call = turn.call(id)
  const data = { by: by.agentId ?? by.userId, ...what }
  if (call) {
    turn.change(id, { described: { ...call.described, ...what } })
    return turn.fact(id, 'call-described', data)
  }
  // Of a call that has left the floor: numbered by the instant, which rises and is never in its live range.
  turn.facts.push({ subject: id, seq: turn.at, at: turn.at, type: 'call-described', data })
}
