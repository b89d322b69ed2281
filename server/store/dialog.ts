// What the network says of a call: its SIP dialogs, their messages, and how sound arrived. Instants are epoch ms, unless they say µs.

/** The SIP dialog that carried a leg. */
export interface StoredDialog {
  readonly sipCallId: string
  readonly callId: string
  readonly legId: string
  readonly at: number
}
/** One message as it was on the wire, secrets blotted out; the addresses are `host:port`. */
export interface NewSipMessage {
  readonly sipCallId: string
  /** Epoch µs by the clock of the switch. */
  readonly atUs: number
  /** As IP numbers it: 6 TCP and WebSocket, 17 UDP, 22 TLS. */
  readonly protocol: number
  readonly sender: string
  readonly receiver: string
  readonly content: string
}
export type SipMessage = NewSipMessage & { readonly id: number }
/** Found by dialog: whoever captured a message need not know whose call it is. */
export interface SignallingStore {
  add(messages: readonly NewSipMessage[]): Promise<void>
  /** In order of time, 2,000 at most. */
  of(sipCallIds: readonly string[]): Promise<SipMessage[]>
  callOf(sipCallId: string): Promise<string | undefined>
  /** Removes at most `limit` of what is older; gives how many. */
  forget(before: number, limit: number): Promise<number>
  /** The same for messages of a time that no call has claimed. */
  forgetStrangers(from: number, to: number, limit: number): Promise<number>
}
/** How a leg's sound arrived in the time up to `at`. */
export interface QualityPoint {
  readonly at: number
  readonly forMs: number
  readonly packets: number
  readonly lost: number
  readonly jitterMs: number
  readonly roundTripMs?: number
  readonly mos?: number
}
export interface QualityStore {
  add(
    stretches: readonly {
      readonly legId: string
      readonly callId: string
      readonly points: readonly QualityPoint[]
    }[],
  ): Promise<void>
  ofCall(callId: string): Promise<(QualityPoint & { readonly legId: string })[]>
  forget(before: number, limit: number): Promise<number>
}
