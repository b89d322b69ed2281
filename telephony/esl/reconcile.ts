// Compares what we believe with what the switch shows, and says what must have happened. Pure.
import type { EndCause } from '../call/cause.ts'
import type { LegEvent } from '../call/event.ts'
import type { LegId } from '../call/id.ts'
import { answeredAtOf, type Legs, type LiveLeg, otherLegIdOf } from '../call/leg.ts'
import type { Picture, SeenLeg } from './picture.ts'

export interface ReconcileInput {
  readonly legs: Legs
  readonly picture: Picture
  /**
   * Differences of the last comparison. An event may still be on its way, so a difference is acted upon when it is
   * seen twice.
   */
  readonly suspects: ReadonlySet<string>
  /**
   * Right after a reconnect: the legs as they were when the connection broke. What happened to those since is lost,
   * not late, so for legs that no event has touched since then a difference counts at once.
   */
  readonly before?: Legs
  readonly at: number
  /** Why legs are gone that the switch no longer has. */
  readonly goneCause: EndCause
}

export interface Reconciled {
  /** What must have happened to legs we know. */
  readonly events: readonly LegEvent[]
  /** Legs we never heard of; to be read with `uuid_dump`. */
  readonly unheard: readonly LegId[]
  /** For the next comparison. */
  readonly suspects: ReadonlySet<string>
}

export function reconcile(input: ReconcileInput): Reconciled {
  const { legs, picture, suspects, before } = input
  const found = new Set<string>()
  const events: LegEvent[] = []
  const isSure = (name: string, leg?: LiveLeg) => {
    // A leg that has changed since the last look is looked at anew: the switch's tables lag behind its events.
    const difference = `${name} ${leg?.changedAt ?? ''}`
    found.add(difference)
    const isLost = before !== undefined && (leg === undefined || before.get(leg.id) === leg)

    return isLost || suspects.has(difference)
  }

  for (const leg of legs.values()) {
    if (leg.state === 'ended') continue
    const seen = picture.get(leg.id)
    if (!seen) {
      if (isSure(`gone ${leg.id}`, leg)) events.push(lost(leg, input))
      continue
    }
    for (const { difference, event } of differences(leg, seen, input.at))
      if (isSure(difference, leg)) events.push(event)
  }
  const unheard = [...picture.keys()].filter(id => !legs.has(id) && isSure(`unheard ${id}`))

  return { events: withoutTwins(events), unheard, suspects: found }
}

const happened = (leg: LiveLeg, at: number) => ({
  at: Math.max(at, leg.changedAt),
  legId: leg.id,
  callId: leg.callId,
})

const lost = (leg: LiveLeg, { at, goneCause }: ReconcileInput): LegEvent => ({
  type: 'leg-ended',
  ...happened(leg, at),
  cause: goneCause,
  endedBy: 'switch',
})

interface Difference {
  readonly difference: string
  readonly event: LegEvent
}

const differences = (leg: LiveLeg, seen: SeenLeg, at: number): Difference[] => {
  const facts = happened(leg, at)
  const list: Difference[] = []
  if (answeredAtOf(leg) === undefined && /^(ACTIVE|HELD|UNHELD)$/.test(seen.callState)) {
    list.push({ difference: `answered ${leg.id}`, event: { type: 'leg-answered', ...facts } })
  }
  const believed = otherLegIdOf(leg)
  if (seen.bridgedTo !== undefined && seen.bridgedTo !== believed) {
    const event: LegEvent = { type: 'legs-bridged', ...facts, otherLegId: seen.bridgedTo }
    list.push({ difference: `bridged ${leg.id} ${seen.bridgedTo}`, event })
  }
  if (seen.bridgedTo === undefined && believed !== undefined) {
    const event: LegEvent = { type: 'legs-unbridged', ...facts, otherLegId: believed }
    list.push({ difference: `unbridged ${leg.id} ${believed}`, event })
  }
  if (
    seen.parked &&
    (leg.state === 'created' || leg.state === 'ringing' || leg.state === 'answered')
  ) {
    list.push({ difference: `parked ${leg.id}`, event: { type: 'leg-parked', ...facts } })
  }
  if (leg.state === 'bridged' && seen.bridgedTo === believed && seen.callState === 'HELD') {
    list.push({ difference: `held ${leg.id}`, event: { type: 'leg-held', ...facts } })
  }
  if (leg.state === 'held' && /^(ACTIVE|UNHELD)$/.test(seen.callState)) {
    list.push({ difference: `retrieved ${leg.id}`, event: { type: 'leg-retrieved', ...facts } })
  }

  return list
}

/** A bridge is seen from both its legs and told once. */
const withoutTwins = (events: readonly LegEvent[]) => {
  const told = new Set<string>()

  return events.filter(event => {
    if (event.type !== 'legs-bridged' && event.type !== 'legs-unbridged') return true
    const key = `${event.type} ${[event.legId, event.otherLegId].sort().join(' ')}`

    return told.has(key) ? false : Boolean(told.add(key))
  })
}
