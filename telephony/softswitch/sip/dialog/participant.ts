// Everything that lives under a dialog id (RFC 3261 §12): calls not answered yet and dialogs.
import type { Envelope } from '../message/envelope.ts'
import type { SipRequest } from '../message/message.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import type { Flow } from '../transport/flow.ts'

export interface Participant {
  /** A request inside the dialog; ACK and CANCEL come otherwise. */
  receive(transaction: ServerTransaction): void
  receiveAck(request: SipRequest, envelope: Envelope): void
  flowClosed(flow: Flow): void
  /** The far end registered this contact over a new connection. */
  moved(contact: string, flow: Flow): void
  /** The switch ends: BYE, CANCEL or a refusal. */
  shutDown(): void
  /** Stops all timers; nothing is said to anybody. */
  dispose(): void
}

export interface DialogRegistry {
  add(callId: string, localTag: string, remoteTag: string, participant: Participant): void
  remove(callId: string, localTag: string, remoteTag: string): void
  find(callId: string, localTag: string, remoteTag: string): Participant | undefined
  all(): readonly Participant[]
}

export function createDialogRegistry(): DialogRegistry {
  const participants = new Map<string, Participant>()
  const key = (...parts: string[]) => parts.join('\n')
  return {
    add: (callId, localTag, remoteTag, participant) =>
      void participants.set(key(callId, localTag, remoteTag), participant),
    remove: (callId, localTag, remoteTag) =>
      void participants.delete(key(callId, localTag, remoteTag)),
    find: (callId, localTag, remoteTag) => participants.get(key(callId, localTag, remoteTag)),
    all: () => [...participants.values()],
  }
}
