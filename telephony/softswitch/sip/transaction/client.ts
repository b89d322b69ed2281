// One client transaction: a request on its way and the answers to it.
import type { SipRequest, SipResponse } from '../message/message.ts'
import { buildFailureAck } from '../message/response.ts'
import { serialiseMessage } from '../message/serialise.ts'
import type { Flow } from '../transport/flow.ts'
import { inviteClient } from './invite-client.ts'
import { plainClient } from './plain-client.ts'
import { runMachine, type Hands } from './runner.ts'
import type { SipTimers } from './timers.ts'

export interface Answers {
  onAnswer(response: SipResponse): void
  /** No answer in time: to be treated as 408 (RFC 3261 §8.1.3.1). */
  onTimeout(): void
  /** The transport failed: to be treated as 503. */
  onFailed(): void
}

export interface RunningClient {
  readonly request: SipRequest
  readonly flow: Flow
  answered(response: SipResponse): void
  /** No final answer yet. */
  isOpen(): boolean
  broken(): void
  halt(): void
}

interface ClientOptions {
  readonly request: SipRequest
  readonly flow: Flow
  readonly timers: SipTimers
  readonly answers: Answers
  readonly onEnd: () => void
}

/** Does nothing until `begin`, so that the layer can know it before an answer comes. */
export function prepareClient(options: ClientOptions): RunningClient & { begin(): void } {
  const { request, flow, timers, answers } = options
  const data = serialiseMessage(request)
  let latest: SipResponse | undefined
  let open = true
  const hands: Hands = {
    send: () => flow.send(data),
    ack: () => {
      if (latest !== undefined) flow.send(serialiseMessage(buildFailureAck(request, latest)))
    },
    deliver: () => {
      if (latest !== undefined) answers.onAnswer(latest)
    },
    timedOut: () => {
      open = false
      answers.onTimeout()
    },
    failed: () => {
      open = false
      answers.onFailed()
    },
    ended: options.onEnd,
  }
  const env = { reliable: flow.reliable, timers }
  const running =
    request.method === 'INVITE'
      ? runMachine(inviteClient, { type: 'calling', intervalMs: timers.t1 }, env, hands)
      : runMachine(plainClient, { type: 'trying', intervalMs: timers.t1 }, env, hands)
  return {
    request,
    flow,
    begin: () => running.tell(flow.isOpen() ? { type: 'begin' } : { type: 'broken' }),
    answered(response) {
      latest = response
      if (response.status >= 200) open = false
      running.tell({ type: 'answer', status: response.status })
    },
    isOpen: () => open,
    broken: () => running.tell({ type: 'broken' }),
    halt: () => running.halt(),
  }
}
