// Legs we asked for and have not seen yet. A far end that cannot be rung never becomes a channel, so its end is told here.
import { CAUSES, type EndCause, toEndCause } from '../call/cause.ts'
import type { LegEnded } from '../call/event.ts'
import { type CallId, type LegId, legId } from '../call/id.ts'
import type { EslEvent } from './event.ts'
import { filled, happenedAt } from './headers.ts'

/** A leg shows at the switch as soon as it is asked for; the far end rings later. */
const APPEARS_MS = 6000

export interface Originations {
  asked(leg: { legId: LegId; callId: CallId }, at: number): void
  /** The leg lives, or its end was told. */
  seen(id: LegId): void
  /** Ends a leg that never came to be; empty when it is not waited for. */
  failed(id: LegId, cause: EndCause, at: number): LegEnded[]
  /** The result of a background job: the end of the leg it was to make, when it could not. */
  onJob(event: EslEvent): LegEnded[]
  /** Ends those of which nothing was heard for too long, or, when `all`, at once. */
  sweep(at: number, all: boolean, isThere: (id: LegId) => boolean): LegEnded[]
}

export function createOriginations(): Originations {
  const waiting = new Map<LegId, { readonly callId: CallId; readonly deadlineAt: number }>()

  const failed = (id: LegId, cause: EndCause, at: number): LegEnded[] => {
    const origination = waiting.get(id)
    if (!origination) return []
    waiting.delete(id)

    return [
      { type: 'leg-ended', at, legId: id, callId: origination.callId, cause, endedBy: 'switch' },
    ]
  }

  return {
    failed,
    asked(leg, at) {
      waiting.set(leg.legId, { callId: leg.callId, deadlineAt: at + APPEARS_MS })
    },
    seen(id) {
      waiting.delete(id)
    },
    onJob(event) {
      const id = filled(event.get('Job-UUID'))
      const refusal = /^-(?:ERR|USAGE)[: ]*([A-Z_]*)/.exec(event.body)
      if (id === undefined || !refusal) return []

      return failed(legId(id), causeOf(refusal[1] ?? ''), happenedAt(event))
    },
    sweep(at, all, isThere) {
      return [...waiting]
        .filter(([id, { deadlineAt }]) => !isThere(id) && (all || at > deadlineAt))
        .flatMap(([id]) => failed(id, all ? 'failed' : 'congested', at))
    },
  }
}

/** `originate` names the cause of the far end that mattered; an agent without a phone has several names there. */
const causeOf = (hangupCause: string): EndCause =>
  hangupCause === 'SUBSCRIBER_ABSENT'
    ? toEndCause(CAUSES['not-registered'].freeswitch)
    : toEndCause(hangupCause)
