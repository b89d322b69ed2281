// Callers' lines at each switch, counted from its events: what the edge weighs its choice of a switch by.
import type { CallEvent } from '../../telephony/call/event.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { Log } from '../log.ts'

export interface LineCount {
  /** Undefined while the switch does not answer: nothing is known then. */
  lines(): number | undefined
  close(): void
}

/** Legs of callers: they came from outside, and nobody gave a password. */
export function countLines(telephony: Telephony, log: Log): LineCount {
  const legs = new Set<string>()

  const onEvent = (event: CallEvent) => {
    if (event.type === 'leg-created' && event.direction === 'inbound' && !event.authenticatedAgent)
      legs.add(event.legId)
    if (event.type === 'leg-ended') legs.delete(event.legId)
  }
  const begin = async () => {
    const living = await telephony.liveLegs()
    legs.clear()
    for (const leg of living)
      if (leg.direction === 'inbound' && !leg.authenticatedAgent) legs.add(leg.legId)
  }
  const beginAgain = () =>
    void begin().catch((err: unknown) => log.warn({ err }, 'lines of a switch not counted'))
  const ends = [
    telephony.onEvent(onEvent),
    telephony.onStatus(status => {
      if (status.state === 'connected') beginAgain()
    }),
  ]
  if (telephony.connected) beginAgain()

  return {
    lines: () => (telephony.connected ? legs.size : undefined),
    close: () => ends.forEach(end => end()),
  }
}
