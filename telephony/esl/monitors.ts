// Which legs listen in on which: FreeSWITCH takes another mode only in the way it runs already.
import { type LegId, legId } from '../call/id.ts'
import type { EslEvent } from './event.ts'
import { filled, legIdOf } from './headers.ts'
import type { LegSnapshot } from './snapshot.ts'

export interface Monitors {
  /** Whom a leg listens in on. */
  targetOf(id: LegId): LegId | undefined
  /** We asked for it. */
  began(id: LegId, target: LegId): void
  hear(event: EslEvent): void
  learn(snapshot: Pick<LegSnapshot, 'legId' | 'variables'>): void
}

const APPLICATION = 'eavesdrop'

export function createMonitors(): Monitors {
  const targets = new Map<LegId, LegId>()

  return {
    targetOf: id => targets.get(id),
    began: (id, target) => void targets.set(id, target),
    hear(event) {
      const id = legIdOf(event)
      if (!id) return
      const isOver =
        event.name === 'CHANNEL_HANGUP_COMPLETE' ||
        (event.name === 'CHANNEL_EXECUTE_COMPLETE' && event.get('Application') === APPLICATION)
      // Its successor may have been asked for before the end of this one was told.
      if (isOver && targets.get(id) === (filled(event.get('Application-Data')) ?? targets.get(id)))
        targets.delete(id)
    },
    learn({ legId: id, variables }) {
      const target = filled(variables['current_application_data'])
      if (variables['current_application'] === APPLICATION && target !== undefined)
        targets.set(id, legId(target))
    },
  }
}
