// Ears for flows: a tap of the caller's leg, a voice detector, and a channel of the recognisers' pool while the caller speaks.
import type { Ears } from '../control/port.ts'
import { type Ear, type EarDeps, openEar } from './ear.ts'
import type { Pool } from './pool.ts'

export interface OpenEars extends Ears {
  /** Ends all that is listened to. */
  close(): void
}

export function createEars(
  deps: EarDeps & { readonly pool: Pick<Pool, 'listen' | 'serves'> },
): OpenEars {
  const open = new Set<Ear>()
  let isClosed = false
  return {
    isOpen: () => !isClosed && deps.pool.serves('flow'),
    listen(request, onHeard) {
      const startsInSpeech = [...open].some(
        other => other.legId === request.legId && other.isSpeechOpen(),
      )
      let isOver = false
      let own: Ear | undefined = undefined
      const onOver = () => {
        isOver = true
        if (own) open.delete(own)
      }
      const ear = openEar(deps, request, onHeard, onOver, startsInSpeech)
      own = ear
      if (isClosed) ear.stop()
      else if (!isOver) open.add(ear)
      return ear
    },
    close() {
      isClosed = true
      for (const ear of [...open]) ear.stop()
    },
  }
}
