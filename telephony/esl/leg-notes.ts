// What the driver remembers of legs because FreeSWITCH must be told the same thing in another way.
import { type LegId, legId } from '../call/id.ts'
import type { EslEvent } from './event.ts'
import { filled, legIdOf } from './headers.ts'
import type { LegSnapshot } from './snapshot.ts'

export interface LegNotes {
  /** Whom a leg listens in on: another mode is taken only in the way it runs. */
  monitoredBy(id: LegId): LegId | undefined
  /** Its INVITE had no offer: the answer must be waited for in the leg's own thread. */
  isLateOffer(id: LegId): boolean
  /** We asked for it. */
  monitorBegan(id: LegId, target: LegId): void
  hear(event: EslEvent): void
  learn(snapshot: Pick<LegSnapshot, 'legId' | 'variables'>): void
}

const EAVESDROP = 'eavesdrop'
const NO_OFFER = 'RECEIVED_NOSDP'

export function createLegNotes(): LegNotes {
  const targets = new Map<LegId, LegId>()
  const lateOffers = new Set<LegId>()

  return {
    monitoredBy: id => targets.get(id),
    isLateOffer: id => lateOffers.has(id),
    monitorBegan: (id, target) => void targets.set(id, target),
    hear(event) {
      const id = legIdOf(event)
      if (!id) return
      switch (event.name) {
        case 'CHANNEL_CREATE':
          if (event.get('variable_endpoint_disposition') === NO_OFFER) lateOffers.add(id)
          return
        case 'CHANNEL_EXECUTE_COMPLETE':
          // Its successor may have been asked for before the end of this one was told.
          if (event.get('Application') !== EAVESDROP) return
          if (targets.get(id) === event.get('Application-Data')) targets.delete(id)
          return
        case 'CHANNEL_HANGUP_COMPLETE':
          targets.delete(id)
          lateOffers.delete(id)
      }
    },
    learn({ legId: id, variables }) {
      const target = filled(variables['current_application_data'])
      if (variables['current_application'] === EAVESDROP && target !== undefined)
        targets.set(id, legId(target))
      if (variables['endpoint_disposition'] === NO_OFFER) lateOffers.add(id)
    },
  }
}
