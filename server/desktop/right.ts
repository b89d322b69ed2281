// Who may watch what. Pure.
import type { Actor } from '../control/port.ts'

const isLead = (actor: Actor) =>
  actor.roles.includes('supervisor') || actor.roles.includes('administrator')

export function mayWatch(actor: Actor, channel: string): boolean {
  if (channel === 'floor') return isLead(actor)
  const [kind, agent] = channel.split(':')
  return (
    kind === 'desk' &&
    agent !== undefined &&
    agent !== '' &&
    (agent === actor.agentId || isLead(actor))
  )
}

/** The channels a desktop will want at once. */
export const channelsOf = (actor: Actor): string[] => [
  ...(actor.agentId ? [`desk:${actor.agentId}`] : []),
  ...(isLead(actor) ? ['floor'] : []),
]
