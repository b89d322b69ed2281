// A call on one axis of time: facts, SIP messages of its legs, quality of their sound. Pure.
import { readSipHead } from '../../telephony/capture/sip-text.ts'
import type { Fact } from '../ledger/fact.ts'
import type { QualityPoint, SipMessage } from '../store/index.ts'
import { inOrder } from './facts.ts'

export interface TimelineLeg {
  readonly legId: string
  readonly role: string
  readonly number: string
  readonly beganAt: number
  readonly endedAt: number | null
  readonly sipCallIds: readonly string[]
}
export type TimelineEntry =
  | { readonly kind: 'fact'; readonly at: number; readonly seq: number }
  | ({ readonly kind: 'quality'; readonly legId: string } & QualityPoint)
  | TimelineMessage
export interface TimelineMessage {
  readonly kind: 'message'
  readonly at: number
  readonly legId: string
  /** Seen from the switch. */
  readonly direction: 'in' | 'out'
  readonly transport: 'udp' | 'tcp' | 'tls' | 'sctp'
  readonly sender: string
  readonly receiver: string
  /** Of the request, or of the request that is answered. */
  readonly method: string
  readonly status?: number
  readonly reason?: string
  readonly text: string
}

interface Dialog {
  readonly legId: string
  /** Whether the far end has begun it. */
  readonly isIncoming: boolean
}

/** Each SIP Call-ID with its leg. One known at the leg's beginning came in; one learnt later is of an INVITE of ours. */
function dialogs(facts: readonly Fact[]): Map<string, Dialog> {
  const found = new Map<string, Dialog>()
  for (const { type, data } of facts) {
    if (type !== 'leg-began' && type !== 'leg-signalled') continue
    if (data.sipCallId === '' || found.has(data.sipCallId)) continue
    found.set(data.sipCallId, { legId: data.legId, isIncoming: type === 'leg-began' })
  }
  return found
}

export function legsOfCall(facts: readonly Fact[]): TimelineLeg[] {
  const known = inOrder(facts)
  const byLeg = new Map<string, string[]>()
  for (const [sipCallId, { legId }] of dialogs(known))
    byLeg.set(legId, [...(byLeg.get(legId) ?? []), sipCallId])
  const ends = new Map(
    known.flatMap(fact => (fact.type === 'leg-ended' ? [[fact.data.legId, fact.at]] : [])),
  )
  return known.flatMap(fact =>
    fact.type === 'leg-began'
      ? [
          {
            legId: fact.data.legId,
            role: fact.data.role,
            number: fact.data.number,
            beganAt: fact.at,
            endedAt: ends.get(fact.data.legId) ?? null,
            sipCallIds: byLeg.get(fact.data.legId) ?? [],
          },
        ]
      : [],
  )
}

const TRANSPORTS: Readonly<Record<number, TimelineMessage['transport']>> = {
  6: 'tcp',
  17: 'udp',
  22: 'tls',
  132: 'sctp',
}

/** In order of time; what happened in the same millisecond stands in the order wire, fact, figure. */
export function entriesOfCall(
  facts: readonly Fact[],
  messages: readonly SipMessage[],
  quality: readonly (QualityPoint & { readonly legId: string })[],
): TimelineEntry[] {
  const known = inOrder(facts)
  const entries: { readonly atUs: number; readonly entry: TimelineEntry }[] = [
    ...messagesOf(known, messages),
    ...known.map(({ at, seq }) => ({
      atUs: at * 1000 + 999,
      entry: { kind: 'fact' as const, at, seq },
    })),
    ...quality.map(point => ({
      atUs: point.at * 1000 + 999,
      entry: { kind: 'quality' as const, ...point },
    })),
  ]
  return entries.sort((a, b) => a.atUs - b.atUs).map(({ entry }) => entry)
}

function messagesOf(facts: readonly Fact[], messages: readonly SipMessage[]) {
  const known = dialogs(facts)
  const near = new Map<string, string>()
  return messages.flatMap(message => {
    const dialog = known.get(message.sipCallId)
    const head = readSipHead(message.content)
    if (!dialog || !head) return []
    // The first message of a dialog is its INVITE, which says on which side the switch stands.
    const first = dialog.isIncoming ? message.receiver : message.sender
    const own = near.get(message.sipCallId) ?? first
    near.set(message.sipCallId, own)
    const entry: TimelineMessage = {
      kind: 'message',
      at: Math.floor(message.atUs / 1000),
      legId: dialog.legId,
      direction: message.sender === own ? 'out' : 'in',
      transport: TRANSPORTS[message.protocol] ?? 'udp',
      sender: message.sender,
      receiver: message.receiver,
      method: head.method,
      ...(head.status === undefined ? {} : { status: head.status, reason: head.reason ?? '' }),
      text: message.content,
    }
    return [{ atUs: message.atUs, entry }]
  })
}
