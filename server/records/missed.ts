// Callers who asked for a person and reached none. Pure.
import type { Fact, Result } from '../ledger/fact.ts'
import type { Missed } from '../store/repository.ts'
import { inOrder, ofType } from './facts.ts'

// Who hangs up in the flow has not asked for a person; a refusal that is not counted repeats one that is.
const KIND_OF: Partial<Record<Result, Missed['kind']>> = {
  'abandoned-queue': 'abandoned',
  'no-answer': 'no-answer',
  voicemail: 'voicemail',
  callback: 'callback',
  blocked: 'blocked',
  // The fault was ours, so the caller is owed a call (design decision 2).
  'switch-lost': 'callback',
  orphaned: 'callback',
  failed: 'abandoned',
}

// Shorter ones are a click of the line, not a message.
const SHORTEST_MESSAGE_MS = 1000

/** What is to be worked off after an inbound call has ended; at most one a call. */
export function missedOf(facts: readonly Fact[]): Missed | undefined {
  const known = inOrder(facts)
  const began = ofType(known, 'call-began')[0]
  if (!began) return missedBlocked(known)
  const ended = ofType(known, 'call-ended').at(-1)
  if (!ended || began.data.direction !== 'inbound') return undefined
  const wanted = ofType(known, 'callback-requested').at(-1)
  const message = ofType(known, 'message-recorded').findLast(
    ({ data }) => data.durationMs >= SHORTEST_MESSAGE_MS,
  )
  const lastTalk = ofType(known, 'talk-began').at(-1)?.seq ?? -1
  const kind =
    wanted && wanted.seq > lastTalk
      ? 'callback'
      : message && message.seq > lastTalk
        ? 'voicemail'
        : // Who has spoken with an agent and asked for nothing since is not missed.
          lastTalk >= 0
          ? undefined
          : KIND_OF[ended.data.result]
  if (!kind) return undefined
  return {
    id: began.subject,
    callId: began.subject,
    kind,
    number: wanted?.data.number || began.data.caller,
    at: ended.at,
    waitMs: ofType(known, 'queue-left').reduce((total, left) => total + left.data.waitMs, 0),
    recordingId: message?.data.recordingId ?? null,
  }
}

function missedBlocked(facts: readonly Fact[]): Missed | undefined {
  const blocked = ofType(facts, 'call-blocked')[0]
  if (!blocked?.data.counted) return undefined
  return {
    id: blocked.subject,
    callId: blocked.subject,
    kind: 'blocked',
    number: blocked.data.caller,
    at: blocked.at,
    waitMs: 0,
    recordingId: null,
  }
}
