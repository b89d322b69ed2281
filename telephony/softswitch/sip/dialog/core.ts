// The state of one dialog and what all its parts share: RFC 3261 §12.
import type { DialogHandler, HeaderList } from '../stack.ts'
import { headerLine, type SipRequest, type SipResponse } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import type { Answers } from '../transaction/client.ts'
import type { SentRequest, TransactionLayer } from '../transaction/layer.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import type { SipTimers } from '../transaction/timers.ts'
import type { Flow } from '../transport/flow.ts'
import type { SipStackOptions } from '../stack.ts'
import { capabilityHeaders } from './capability.ts'
import type { DialogRegistry } from './participant.ts'
import { nextFlow, routeRequest } from './route.ts'

/** What every part of the user agent gets. */
export interface Agent {
  readonly options: SipStackOptions
  readonly timers: SipTimers
  /** How long a browser in a talk whose connection broke may take to come back. */
  readonly connectionGraceMs: number
  readonly transactions: TransactionLayer
  readonly registry: DialogRegistry
  readonly reach: (transport: 'udp' | 'tcp', address: string, port: number) => Flow
  /** Our Contact as seen over this flow. */
  readonly contact: (user: string, flow: Flow) => string
}

export interface DialogBegin {
  readonly role: 'uac' | 'uas'
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** From of our requests, with tag. */
  readonly localAddress: string
  /** To of our requests, with tag where there is one. */
  readonly remoteAddress: string
  /** User part of our Contact. */
  readonly localUser: string
  readonly localSeq: number
  readonly remoteSeq?: number
  readonly remoteTarget: string
  readonly routeSet: readonly string[]
  readonly flow: Flow
  readonly behindNat: boolean
  readonly localSdp?: string
  readonly allowsUpdate: boolean
  /** A PRACK of what was said before the dialog was confirmed. */
  readonly receivePrack?: (transaction: ServerTransaction) => void
}

/** The part of a dialog that changes. */
export interface DialogState {
  localSeq: number
  remoteSeq: number | undefined
  remoteTarget: string
  flow: Flow
  localSdp: string | undefined
  allowsUpdate: boolean
  ended: boolean
  /** Our INVITE or UPDATE with an offer that has no answer yet. */
  offering: boolean
  /** Theirs. */
  answering: ServerTransaction | undefined
  /** Our 200 carried the offer and the answer comes in its ACK: to the first INVITE, or to a later one. */
  lateOffer: 'none' | 'first' | 'again'
}

export interface DialogCore {
  readonly agent: Agent
  readonly begin: DialogBegin
  readonly state: DialogState
  /** Calls the core's handler, once there is one. */
  tell(say: (handler: DialogHandler) => void): void
  request(method: string, parts: RequestParts, answers: Answers): SentRequest
  ack(invite: SipRequest): void
  /** Contact of a request or 2xx is where the next request goes (§12.2.1.2, §12.2.2). */
  refreshTarget(message: SipRequest | SipResponse): void
  contactHeaders(): HeaderList
}

export interface RequestParts {
  readonly headers?: HeaderList
  readonly body?: Buffer
}

export function createDialogCore(
  agent: Agent,
  begin: DialogBegin,
  tell: DialogCore['tell'],
): DialogCore {
  const state: DialogState = {
    localSeq: begin.localSeq,
    remoteSeq: begin.remoteSeq,
    remoteTarget: begin.remoteTarget,
    flow: begin.flow,
    localSdp: begin.localSdp,
    allowsUpdate: begin.allowsUpdate,
    ended: false,
    offering: false,
    answering: undefined,
    lateOffer: 'none',
  }

  function contactHeaders(): HeaderList {
    return [['Contact', agent.contact(begin.localUser, state.flow)]]
  }

  function build(
    method: string,
    cseq: number,
    parts: RequestParts,
  ): { request: SipRequest; flow: Flow } {
    const routed = routeRequest(state.remoteTarget, begin.routeSet)
    const full = method === 'INVITE' || method === 'UPDATE' ? capabilityHeaders : []
    const request: SipRequest = {
      type: 'request',
      method,
      uri: routed.uri,
      version: '2.0',
      encoding: 'utf8',
      body: parts.body ?? Buffer.alloc(0),
      headers: [
        ['Max-Forwards', '70'],
        ...routed.routes.map((route): [string, string] => ['Route', route]),
        ['From', begin.localAddress],
        ['To', begin.remoteAddress],
        ['Call-ID', begin.callId],
        ['CSeq', `${cseq} ${method}`],
        ...contactHeaders(),
        ['User-Agent', agent.options.userAgent],
        ...full,
        ...(parts.headers ?? []),
      ],
    }
    return { request, flow: nextFlow(routed.nextHop, state.flow, begin.behindNat, agent.reach) }
  }

  return {
    agent,
    begin,
    state,
    tell,
    contactHeaders,
    request(method, parts, answers) {
      state.localSeq++
      const { request, flow } = build(method, state.localSeq, parts)
      return agent.transactions.send(request, flow, answers)
    },
    ack(invite) {
      const cseq = Number.parseInt(headerLine(invite, 'CSeq') ?? '', 10)
      const { request, flow } = build('ACK', cseq, {})
      agent.transactions.sendAck(request, flow)
    },
    refreshTarget(message) {
      const contact = parseNameAddr(headerLine(message, 'Contact') ?? '')
      if (contact !== undefined) state.remoteTarget = contact.uri
    },
  }
}
