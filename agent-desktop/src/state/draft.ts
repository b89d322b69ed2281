// What an agent writes about a call, before it is sent.
import type { CallView, Description } from './protocol.ts'

export interface Draft {
  readonly callId: string
  readonly savedAt: number
  readonly text: Readonly<Record<keyof Description, string>>
}

export const emptyText: Draft['text'] = { contactReason: '', notes: '', callerName: '', area: '' }

/** What the server has, under what the agent has written since. */
export function textOf(call: CallView, draft: Draft | null): Draft['text'] {
  const known = {
    contactReason: call.described.contactReason ?? '',
    notes: call.described.notes ?? '',
    callerName: call.described.callerName ?? call.caller.name ?? '',
    area: call.described.area ?? call.caller.area ?? '',
  }
  return draft?.callId === call.id ? { ...known, ...draft.text } : known
}

/** Fields that differ from what was last sent; null when there is nothing to send. */
export function toSend(text: Draft['text'], sent: Draft['text']): Description | null {
  const fields = Object.keys(text) as (keyof Draft['text'])[]
  const changed = fields.filter(field => text[field] !== sent[field])
  return changed.length === 0
    ? null
    : Object.fromEntries(changed.map(field => [field, text[field]]))
}

/** Drafts of calls long gone are noise, and they hold people's words. */
export const DRAFT_LIFE_MS = 12 * 3_600_000
export const isStale = (draft: Draft, now: number): boolean => now - draft.savedAt > DRAFT_LIFE_MS
