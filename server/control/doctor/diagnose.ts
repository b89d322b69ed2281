// Floor, switch, phones, timers and ledger held against each other. Pure: a look in, findings out, nothing is mended here.
import type { CallId } from '../../../telephony/call/id.ts'
import type { SwitchLook } from '../../../telephony/index.ts'
import type { LiveCall } from '../state.ts'
import type { Floor } from '../turn.ts'
import { diagnoseAgents, type Presence } from './agents.ts'
import type { Finding } from './finding.ts'
import { diagnoseLegs } from './legs.ts'
import { diagnoseStage } from './stage.ts'
import { diagnoseStrays } from './strays.ts'
import { diagnoseTimers } from './timers.ts'

/** The calls of one switch against what it shows. A call whose legs differ is looked at further when they agree. */
export function diagnoseSwitch(floor: Floor, node: string, look: SwitchLook): Finding[] {
  const found: Finding[] = []
  for (const call of floor.calls.values()) {
    if (call.node !== node) continue
    const legs = diagnoseLegs(call, look)
    found.push(...(legs.length > 0 ? legs : diagnoseStage(call)))
  }
  return [...found, ...diagnoseStrays(floor, node, look)]
}

/** What the ledger has heard of the ends of calls, as far back as `since`. */
export interface KnownEnds {
  readonly since: number
  has(call: CallId): boolean
}

/** What can be seen without a switch. */
export function diagnoseFloor(
  floor: Floor,
  presence: Presence,
  ends: KnownEnds,
  at: number,
): Finding[] {
  const calls = [...floor.calls.values()].flatMap(call => [
    ...diagnoseTimers(call, at),
    ...diagnoseEnd(call, ends),
  ])
  return [...calls, ...diagnoseAgents(floor, presence, at)]
}

function diagnoseEnd(call: LiveCall, ends: KnownEnds): Finding[] {
  const { stage, id: callId } = call
  const mark = String(call.seq)
  if (stage.state !== 'ended')
    return ends.has(callId) && Object.keys(call.legs).length === 0
      ? [{ cause: 'ended-in-ledger', callId, mark, remedy: { type: 'strike-off' } }]
      : []
  return stage.at >= ends.since && !ends.has(callId)
    ? [{ cause: 'end-unwritten', callId, mark, remedy: { type: 'write-end' } }]
    : []
}
