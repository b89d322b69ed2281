// Which agents have a phone, so that losing one of two is not told as losing both.
import type { PhoneRegistered, PhoneUnregistered } from '../call/event.ts'
import type { AgentId } from '../call/id.ts'

export interface PhoneBook {
  add(agent: AgentId): void
  /** What changed, given who is registered now. */
  update(now: ReadonlyMap<AgentId, string>, at: number): (PhoneRegistered | PhoneUnregistered)[]
}

export function createPhoneBook(): PhoneBook {
  const known = new Set<AgentId>()

  return {
    add(agent) {
      known.add(agent)
    },
    update(now, at) {
      const gone = [...known].filter(agent => !now.has(agent))
      const come = [...now].filter(([agent]) => !known.has(agent))
      for (const agent of gone) known.delete(agent)
      for (const [agent] of come) known.add(agent)

      return [
        ...gone.map(agent => ({ type: 'phone-unregistered' as const, at, agentId: agent })),
        ...come.map(([agent, transport]) => ({
          type: 'phone-registered' as const,
          at,
          agentId: agent,
          transport,
        })),
      ]
    },
  }
}
