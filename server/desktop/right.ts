// Who may watch what. Pure.
import type { Actor } from '../control/port.ts'

const isLead = (actor: Actor) =>
  actor.roles.includes('supervisor') || actor.roles.includes('administrator')

/** @param talkersOf agents who talk or have talked in a call that is on the floor. */
export function mayWatch(
  actor: Actor,
  channel: string,
  talkersOf: (callId: string) => readonly string[],
): boolean {
  if (channel === 'floor') return isLead(actor)
  const at = channel.indexOf(':')
  const [kind, id] = [channel.slice(0, at), channel.slice(at + 1)]
  if (at < 0 || id === '') return false
  if (kind === 'desk') return id === actor.agentId || isLead(actor)
  if (kind !== 'transcript') return false
  return isLead(actor) || (actor.agentId !== undefined && talkersOf(id).includes(actor.agentId))
}

/** The channels a desktop will want at once. */
export const channelsOf = (actor: Actor): string[] => [
  ...(actor.agentId ? [`desk:${actor.agentId}`] : []),
  ...(isLead(actor) ? ['floor'] : []),
]
