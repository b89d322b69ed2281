// The door of the SIP layer: what the switch's core may ask of it and hear from it. The core never sees a transaction.
import type { StreamLimits } from './transport/flow.ts'
import type { Transport } from './transport/transport.ts'

/** Headers by name; a name may repeat. Names compare without case. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

export interface Source {
  readonly transport: Transport
  readonly address: string
  readonly port: number
}

/** A phone's registered contact (RFC 3261 §10) and the way back to it. */
export interface Binding {
  readonly user: string
  readonly contact: string
  readonly source: Source
  /** Epoch ms. */
  readonly expiresAt: number
  readonly userAgent: string
}

/** An INVITE that began a dialog and waits for our answer. Every method after the final answer does nothing. */
export interface IncomingCall {
  readonly sipCallId: string
  readonly source: Source
  /** User part and display name of From, user part of the request URI and of To. */
  readonly fromUser: string
  readonly fromName: string
  readonly toUser: string
  readonly requestUri: string
  /** URI of From and of To. */
  readonly fromUri: string
  readonly toUri: string
  readonly headers: HeaderList
  /** User whose digest was right; absent for an INVITE without credentials. */
  readonly authenticatedUser?: string
  /** SDP body of the INVITE; absent for a late offer. */
  readonly offer?: string
  progress(status: 180 | 183, sdp?: string): void
  accept(sdp: string, headers?: HeaderList): Dialog
  reject(status: number, reason?: string, headers?: HeaderList): void
}

/** What the core wants to hear of a call in either direction. */
export interface IncomingCallHandler {
  /** CANCEL arrived, or the transaction died; 487 has been sent. */
  onCancelled(): void
}

export interface DialogHandler {
  onBye(headers: HeaderList): void
  /** A re-INVITE or UPDATE with an offer. Resolve with the answer, or with a failure status. */
  onReoffer(sdp: string): Promise<{ sdp: string } | { status: number }>
  /** The answer that came in the ACK of a late offer. */
  onLateAnswer(sdp: string): void
  /** INFO: DTMF relay (application/dtmf-relay), picture fast update, anything else. */
  onInfo(contentType: string, body: string): void
  /** REFER is answered by the status returned; the trust rule of the design decides, no leg is ever made here. */
  onRefer(referTo: string): number
  /** The far end is gone: ACK never came (timer H), session timer, transport lost. BYE has been sent if it could be. */
  onLost(reason: string): void
}

export interface Dialog {
  readonly sipCallId: string
  readonly localTag: string
  readonly remoteTag: string
  setHandler(handler: DialogHandler): void
  /** Resolves with the answer's SDP, or the status of refusal. Glare (491) is retried inside, RFC 3261 §14.1. */
  reinvite(sdp: string): Promise<{ sdp: string } | { status: number }>
  info(contentType: string, body: string): Promise<number>
  bye(headers?: HeaderList): void
}

export interface OutgoingCallHandler {
  onProgress(status: number, sdp?: string): void
  onAccepted(dialog: Dialog, sdp: string | undefined): void
  onRejected(status: number, reason: string, headers: HeaderList): void
}

export interface OutgoingCall {
  readonly sipCallId: string
  /** CANCEL when ringing; a 200 that crosses it is acknowledged and ended with BYE (RFC 3261 §9.1, §15). */
  cancel(): void
}

/** A binding (flow back to the phone), or an address on the network. */
export type Target =
  | { readonly binding: Binding }
  | {
      readonly uri: string
      readonly address: string
      readonly port: number
      readonly transport: 'udp' | 'tcp'
    }

/** Our name and password at a network (RFC 3261 §22.2). */
export interface Account {
  readonly username: string
  readonly password: string
  /** Only a challenge that names it is answered; absent: any. */
  readonly realm?: string
}

/** Reliable provisional responses (RFC 3262): never, where the other side wants them, or always. */
export type Reliability = 'off' | 'supported' | 'required'

export interface InviteOptions {
  readonly target: Target
  readonly fromUser: string
  readonly fromName: string
  readonly toUser: string
  readonly sdp: string
  readonly headers?: HeaderList
  /** Absent: `fromUser` at our own address. */
  readonly fromUri?: string
  /** Contact, with brackets; absent: our own. */
  readonly contact?: string
  readonly account?: Account
  readonly reliability?: Reliability
  /** Asked for as session timer (RFC 4028), seconds; absent or 0: none. */
  readonly sessionExpiresS?: number
  /** A next hop that says nothing at all for this long is dead; default 64 × T1. */
  readonly silentMs?: number
}

/** A request outside any dialog. */
export interface AskOptions {
  readonly method: 'OPTIONS' | 'REGISTER'
  readonly target: Extract<Target, { readonly uri: string }>
  readonly fromUri: string
  readonly toUri: string
  readonly callId: string
  readonly fromTag: string
  /** Rises with each request of a Call-ID. */
  readonly cseq: number
  readonly headers?: HeaderList
  readonly account?: Account
  /** No answer within this time counts as 408. */
  readonly limitMs: number
}
export interface Answer {
  readonly status: number
  readonly reason: string
  readonly headers: HeaderList
  /** The last one used: a challenge takes another. */
  readonly cseq: number
}

/** Waits of the protocol; the defaults are right for a network, tests shorten them. */
export interface SipTuning {
  /** RFC 3261 T1, default 500 ms; T2, T4 and all timers are its multiples. */
  readonly t1Ms?: number
  /** How long a browser whose connection broke may take to come back, default 4000 ms; 600 000 ms in a talk. */
  readonly connectionGraceMs?: number
  /** Life of a digest nonce, default 300 000 ms. */
  readonly nonceLifetimeMs?: number
  readonly streamLimits?: Partial<StreamLimits>
}

/** The digest secret of a user: HA1 = MD5(user:realm:password), RFC 7616 §3.4.2 with MD5. */
export interface Directory {
  ha1(user: string): string | undefined
}

/** Decides before anything else whether an INVITE or REGISTER is looked at; pure rules of telephony/admission. */
export interface Gate {
  /** `drop` sends nothing at all (flood, banned scanner). */
  onRequest(method: string, source: Source): 'pass' | 'drop'
  /** Wrong credentials from this address; resolves after the growing delay that the rules ask for. */
  onBadCredentials(source: Source, user: string): Promise<void>
  onGoodCredentials(source: Source, user: string): void
}

export interface SipStackOptions {
  readonly realm: string
  /** Address written in Via, Contact and SDP; the public address where there is one. */
  readonly advertisedAddress: string
  readonly bindAddress: string
  /** UDP and TCP port; 0 chooses one. */
  readonly sipPort: number
  /** WebSocket (ws://, subprotocol `sip`) port on bindAddress; 0 chooses one. */
  readonly webSocketPort: number
  readonly directory: Directory
  readonly gate: Gate
  readonly userAgent: string
  readonly log: {
    info(o: object, m: string): void
    warn(o: object, m: string): void
    error(o: object, m: string): void
  }
  /** An INVITE outside any dialog. Called once a request; the returned handler hears of its end. */
  onCall(call: IncomingCall): IncomingCallHandler
  /** What is agreed with the one who sends this INVITE about reliable provisional responses; absent: `supported`. */
  reliabilityOf?(source: Source): Reliability
  /** A contact was added or refreshed. */
  onRegistered(binding: Binding): void
  onUnregistered(binding: Binding, reason: 'asked' | 'expired' | 'connection-lost'): void
  /** Hears every message, whole, as it is on the wire. */
  onWire?(message: WireMessage): void
  readonly tuning?: SipTuning
}
export interface WireMessage {
  readonly direction: 'in' | 'out'
  readonly far: Source
  readonly near: { readonly address: string; readonly port: number }
  readonly data: Buffer
}

export interface SipStack {
  readonly sipPort: number
  readonly webSocketPort: number
  /** Newest first. */
  bindings(user: string): readonly Binding[]
  allBindings(): readonly Binding[]
  invite(options: InviteOptions, handler: OutgoingCallHandler): OutgoingCall
  ask(options: AskOptions): Promise<Answer>
  /** Our Contact for a network reached by this transport, without brackets. */
  contactUri(user: string, transport: 'udp' | 'tcp'): string
  /** Sends BYE and CANCEL for everything, waits up to `graceMs` for answers, closes sockets. */
  close(graceMs: number): Promise<void>
}
