// A dialog (RFC 3261 §12): what the core holds, and what the network says to it.
import type { Dialog, DialogHandler, HeaderList } from '../stack.ts'
import { sameUri } from '../message/uri.ts'
import { sdpBody } from '../message/sdp-body.ts'
import { textBody } from '../message/serialise.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import type { Flow } from '../transport/flow.ts'
import { allowHeaders } from './capability.ts'
import { createConfirmation } from './confirmation.ts'
import { createDialogCore, type Agent, type DialogBegin, type DialogCore } from './core.ts'
import { createHandlerSlot } from './handler-slot.ts'
import { receiveOffer } from './offer-in.ts'
import { createOfferer } from './offer-out.ts'
import type { Participant } from './participant.ts'
import { receiveBye, receiveInfo, receiveOptions, receiveRefer } from './requests.ts'
import { createSessionClock, readSessionTimer, type SessionTimer } from './session-timer.ts'

export interface LiveDialog extends Participant {
  readonly dialog: Dialog
  readonly core: DialogCore
  /** Our 2xx to the first INVITE went out: repeat it until the ACK comes. */
  awaitAck(cseq: number, repeat: () => void): void
  setSessionTimer(timer: SessionTimer | undefined): void
}

export function createDialog(agent: Agent, begin: DialogBegin): LiveDialog {
  const { callId, localTag, remoteTag } = begin
  const slot = createHandlerSlot<DialogHandler>(agent.options.log)
  const core = createDialogCore(agent, begin, slot.tell)
  const { state } = core
  let goodbye: HeaderList | undefined
  let grace: NodeJS.Timeout | undefined

  const confirmation = createConfirmation(agent.timers, () => {
    if (goodbye !== undefined) sendBye(goodbye)
    else lose('ACK never came')
  })
  const clock = createSessionClock({
    refresh,
    expired: () => lose('session timer'),
  })
  const hands = { confirmation, refreshed: clock.set, lost: lose, sessionHeaders: clock.headers }
  const offer = createOfferer(core, hands)

  /** No word goes to the core any more; the id stays known until our BYE is answered. */
  function finish(): void {
    state.ended = true
    clearTimeout(grace)
    clock.stop()
  }

  function remove(): void {
    confirmation.stop()
    agent.registry.remove(callId, localTag, remoteTag)
  }

  function sendBye(headers: HeaderList): void {
    goodbye = undefined
    core.request(
      'BYE',
      { headers },
      {
        onAnswer: response => {
          if (response.status >= 200) remove()
        },
        onTimeout: remove,
        onFailed: remove,
      },
    )
  }

  function bye(headers: HeaderList = []): void {
    if (state.ended) return
    state.answering?.answer({ status: 487 })
    finish()
    // §15: the callee may not end a call whose 2xx is not acknowledged yet.
    if (begin.role === 'uas' && confirmation.isWaiting()) goodbye = headers
    else sendBye(headers)
  }

  function lose(reason: string): void {
    if (state.ended) return
    finish()
    sendBye([['Reason', 'SIP;cause=408;text="Far end lost"']])
    slot.tell(handler => handler.onLost(reason))
  }

  function refresh(): void {
    if (!state.allowsUpdate) {
      if (state.localSdp !== undefined) void offer(state.localSdp)
      return
    }
    core.request(
      'UPDATE',
      { headers: clock.headers() },
      {
        onAnswer(response) {
          if (response.status < 200) return
          if (response.status === 481 || response.status === 408) lose('session refresh refused')
          else clock.set(readSessionTimer(response))
        },
        onTimeout: () => lose('session refresh without answer'),
        onFailed: () => lose('session refresh failed'),
      },
    )
  }

  function info(contentType: string, body: string): Promise<number> {
    if (state.ended) return Promise.resolve(481)
    return new Promise(resolve => {
      const parts = { headers: [['Content-Type', contentType]] as HeaderList, body: textBody(body) }
      core.request('INFO', parts, {
        onAnswer(response) {
          if (response.status < 200) return
          resolve(response.status)
          if (response.status === 481) lose('INFO answered 481')
        },
        onTimeout() {
          resolve(408)
          lose('INFO without answer')
        },
        onFailed: () => resolve(503),
      })
    })
  }

  function receive(transaction: ServerTransaction): void {
    const { request, envelope, flow } = transaction
    if (state.remoteSeq !== undefined && envelope.cseq <= state.remoteSeq) {
      return transaction.answer({ status: 500, reason: 'CSeq Out Of Order' })
    }
    state.remoteSeq = envelope.cseq
    if (flow.source.transport === begin.flow.source.transport) follow(flow)
    if (request.method === 'BYE') {
      return receiveBye(core, transaction, () => {
        finish()
        remove()
      })
    }
    if (state.ended) return transaction.answer({ status: 481 })
    switch (request.method) {
      case 'INVITE':
      case 'UPDATE':
        return receiveOffer(core, hands, transaction)
      case 'INFO':
        return receiveInfo(core, transaction)
      case 'REFER':
        return receiveRefer(core, transaction)
      case 'OPTIONS':
        return receiveOptions(core, transaction)
      case 'PRACK':
        return begin.receivePrack?.(transaction) ?? transaction.answer({ status: 481 })
      default:
        return transaction.answer({ status: 405, headers: allowHeaders })
    }
  }

  /** The far end speaks over another flow now (new NAT binding, new connection). */
  function follow(flow: Flow): void {
    state.flow = flow
    clearTimeout(grace)
  }

  const live: LiveDialog = {
    core,
    dialog: {
      sipCallId: callId,
      localTag,
      remoteTag,
      setHandler: slot.set,
      reinvite: sdp => (state.ended ? Promise.resolve({ status: 481 }) : offer(sdp)),
      info,
      bye,
    },
    awaitAck: confirmation.await,
    setSessionTimer: clock.set,
    receive,
    receiveAck(request, envelope) {
      if (!confirmation.acked(envelope.cseq)) return
      if (goodbye !== undefined) return sendBye(goodbye)
      const { lateOffer } = state
      if (lateOffer === 'none') return
      state.lateOffer = 'none'
      const body = sdpBody(request)
      if (body.type === 'sdp') slot.tell(handler => handler.onLateAnswer(body.sdp))
      // Without an answer nothing changes, but a call that never agreed on media is none.
      else if (lateOffer === 'first') lose('ACK without an answer to our offer')
    },
    flowClosed(flow) {
      if (state.ended || flow.key !== state.flow.key || flow.source.transport !== 'ws') return
      clearTimeout(grace)
      grace = setTimeout(() => lose('connection lost'), agent.connectionGraceMs)
    },
    moved(contact, flow) {
      if (!state.ended && sameUri(contact, state.remoteTarget)) follow(flow)
    },
    shutDown: () => bye(),
    dispose() {
      finish()
      confirmation.stop()
    },
  }
  agent.registry.add(callId, localTag, remoteTag, live)
  return live
}
