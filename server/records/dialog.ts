// Which SIP dialog carried which leg. Pure.
import type { Fact } from '../ledger/fact.ts'
import type { StoredDialog } from '../store/index.ts'
import { inOrder } from './facts.ts'

/** Each SIP Call-ID of a call's legs, once. */
export function dialogsOf(facts: readonly Fact[]): StoredDialog[] {
  const found = new Map<string, StoredDialog>()
  for (const fact of inOrder(facts)) {
    if (fact.type !== 'leg-began' && fact.type !== 'leg-signalled') continue
    const { legId, sipCallId } = fact.data
    if (sipCallId === '' || found.has(sipCallId)) continue
    found.set(sipCallId, { sipCallId, callId: fact.subject, legId, at: fact.at })
  }
  return [...found.values()]
}
