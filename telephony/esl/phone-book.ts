// Which agents have a phone, so that losing one of two is not told as losing both.
import type { PhoneRegistered, PhoneUnregistered } from '../call/event.ts'
import type { AgentId } from '../call/id.ts'

export interface PhoneBook {
  add(agent: AgentId): void
  /** What changed, given who is registered now. */
  update(now: ReadonlyMap<AgentId, string>, at: number): (PhoneRegistered | PhoneUnregistered)[]
  /** The same, of changes seen at the last look as well: the event of one may still be on its way. */
  updateSure(now: ReadonlyMap<AgentId, string>, at: number): (PhoneRegistered | PhoneUnregistered)[]
}

export function createPhoneBook(): PhoneBook {
  const known = new Set<AgentId>()
  let suspects: ReadonlySet<string> = new Set()

  const changes = (now: ReadonlyMap<AgentId, string>, at: number) => [
    ...[...known]
      .filter(agent => !now.has(agent))
      .map((agent): PhoneUnregistered => ({ type: 'phone-unregistered', at, agentId: agent })),
    ...[...now]
      .filter(([agent]) => !known.has(agent))
      .map(([agent, transport]): PhoneRegistered => ({
        type: 'phone-registered',
        at,
        agentId: agent,
        transport,
      })),
  ]
  const take = (events: (PhoneRegistered | PhoneUnregistered)[]) => {
    for (const { type, agentId } of events)
      type === 'phone-registered' ? known.add(agentId) : known.delete(agentId)
    return events
  }

  return {
    add(agent) {
      known.add(agent)
    },
    update: (now, at) => take(changes(now, at)),
    updateSure(now, at) {
      const found = changes(now, at)
      const keyOf = (event: { type: string; agentId: AgentId }) => `${event.type} ${event.agentId}`
      const sure = found.filter(event => suspects.has(keyOf(event)))
      suspects = new Set(found.map(keyOf))
      return take(sure)
    },
  }
}
