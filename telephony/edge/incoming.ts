// A request as the guard sees it: plain values, read from the message once.

export interface Source {
  readonly address: string
  readonly port: number
}

export interface Incoming {
  readonly method: string
  readonly callId: string
  readonly source: Source
  /** As they came; absent where the request has no such header. */
  readonly requestUri: string
  readonly from: string
  readonly to: string
  readonly assertedIdentity?: string
  readonly privacy?: string
  readonly calledParty?: string
  /** The request belongs to a dialog (RFC 3261 §12.2). */
  readonly hasToTag: boolean
  /** Names of all headers, in small letters. */
  readonly headerNames: readonly string[]
  /** What a switch says of a call outside: the trunk it wants. */
  readonly wantedTrunk?: string
}
