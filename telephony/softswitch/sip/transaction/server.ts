// One server transaction: what the user of the layer holds to answer a request.
import { randomBytes } from 'node:crypto'
import type { Envelope } from '../message/envelope.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { buildAnswer, type AnswerParts } from '../message/response.ts'
import type { Flow } from '../transport/flow.ts'
import { inviteServer, type InviteServerState } from './invite-server.ts'
import { plainServer, type PlainServerState } from './plain-server.ts'
import { runMachine, type Running } from './runner.ts'
import type { SipTimers } from './timers.ts'

export interface ServerTransaction {
  readonly request: SipRequest
  readonly envelope: Envelope
  readonly flow: Flow
  /** Put on To of every answer; the local tag of a dialog that begins here. */
  readonly localTag: string
  /** Answers after the final one are ignored. */
  answer(parts: AnswerParts): void
  /** The 2xx again (RFC 3261 §13.3.1.4). */
  repeat(): void
  isAnswered(): boolean
}

export interface RunningServer {
  readonly transaction: ServerTransaction
  repeated(): void
  acked(): void
  halt(): void
}

interface ServerOptions {
  readonly request: SipRequest
  readonly envelope: Envelope
  readonly flow: Flow
  readonly timers: SipTimers
  readonly send: (response: SipResponse) => void
  readonly onEnd: () => void
}

export function newTag(): string {
  return randomBytes(8).toString('hex')
}

export function startServer(options: ServerOptions): RunningServer {
  const { request, envelope, flow, timers } = options
  const localTag = envelope.toTag ?? newTag()
  let last: SipResponse | undefined
  const hands = {
    send: () => {
      if (last !== undefined) options.send(last)
    },
    timedOut: () => undefined,
    failed: () => undefined,
    ended: options.onEnd,
  }
  const env = { reliable: flow.reliable, timers }
  const running: Running =
    request.method === 'INVITE'
      ? runMachine<InviteServerState>(inviteServer, { type: 'proceeding' }, env, hands)
      : runMachine<PlainServerState>(plainServer, { type: 'trying' }, env, hands)

  const transaction: ServerTransaction = {
    request,
    envelope,
    flow,
    localTag,
    isAnswered: () => last !== undefined && last.status >= 200,
    answer(parts) {
      if (transaction.isAnswered()) return
      last = buildAnswer(request, { toTag: localTag, ...parts })
      running.tell({ type: 'answer', status: last.status })
    },
    repeat() {
      if (last !== undefined) running.tell({ type: 'answer', status: last.status })
    },
  }
  return {
    transaction,
    repeated: () => running.tell({ type: 'repeat' }),
    acked: () => running.tell({ type: 'ack' }),
    halt: () => running.halt(),
  }
}
