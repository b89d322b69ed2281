// An INVITE that begins a call: RFC 3261 §13.3, until its final answer.
import { randomInt } from 'node:crypto'
import type { Dialog, IncomingCall, IncomingCallHandler } from '../stack.ts'
import type { Agent, DialogBegin } from '../dialog/core.ts'
import { capabilityHeaders } from '../dialog/capability.ts'
import { createDialog } from '../dialog/dialog.ts'
import { createHandlerSlot } from '../dialog/handler-slot.ts'
import { receiveEarly } from '../dialog/early.ts'
import { answerSessionTimer } from '../dialog/session-timer.ts'
import { headerLine, headerList, headerTokens } from '../message/message.ts'
import { displayText, parseNameAddr } from '../message/name-addr.ts'
import { sdpBody } from '../message/sdp-body.ts'
import { bodyHeaders, textBody } from '../message/serialise.ts'
import { isIpLiteral, parseSipUri } from '../message/uri.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import type { Flow } from '../transport/flow.ts'

/** §13.3.1.1: proxies forget a call that says nothing for three minutes. */
const REPEAT_PROGRESS_MS = 60_000

export interface OpenIncomingCall {
  cancel(): void
}

export function openIncomingCall(
  agent: Agent,
  transaction: ServerTransaction,
  authenticatedUser: string | undefined,
  onDone: () => void,
): OpenIncomingCall | undefined {
  const { request, envelope, flow, localTag } = transaction
  const { callId, fromTag } = envelope
  const body = sdpBody(request)
  if (body.type === 'fault') {
    transaction.answer(body.fault)
    return undefined
  }
  const session = answerSessionTimer(request)
  if (session.type === 'too-small') {
    transaction.answer({ status: 422, headers: session.headers })
    return undefined
  }
  const offer = body.type === 'sdp' ? body.sdp : undefined
  const toUser = parseSipUri(request.uri)?.user ?? ''
  const slot = createHandlerSlot<IncomingCallHandler>(agent.options.log)
  const contact: [string, string] = ['Contact', agent.contact(toUser, flow)]
  let earlySdp: string | undefined
  let repeating: NodeJS.Timeout | undefined
  let accepted: Dialog | undefined

  function close(): void {
    clearInterval(repeating)
    onDone()
  }

  function cancel(): void {
    if (transaction.isAnswered()) return
    transaction.answer({ status: 487 })
    agent.registry.remove(callId, localTag, fromTag)
    close()
    slot.tell(handler => handler.onCancelled())
  }

  function progress(status: 180 | 183, sdp?: string): void {
    earlySdp = sdp ?? earlySdp
    transaction.answer({
      status,
      headers: [contact, ...capabilityHeaders, ...bodyHeaders('application/sdp', sdp)],
      body: textBody(sdp),
    })
    clearInterval(repeating)
    repeating = setInterval(() => {
      if (!transaction.isAnswered()) transaction.repeat()
    }, REPEAT_PROGRESS_MS)
  }

  function beginDialog(sdp: string): DialogBegin {
    const to = headerLine(request, 'To') ?? ''
    return {
      role: 'uas',
      callId,
      localTag,
      remoteTag: fromTag,
      localAddress: `${to};tag=${localTag}`,
      remoteAddress: headerLine(request, 'From') ?? '',
      localUser: toUser,
      localSeq: randomInt(1, 10_000),
      remoteSeq: envelope.cseq,
      remoteTarget: remoteTarget(transaction),
      routeSet: headerList(request, 'Record-Route') ?? [],
      flow,
      behindNat: isBehindNat(envelope.via.host, flow),
      localSdp: sdp,
      allowsUpdate: headerTokens(request, 'Allow').includes('update'),
    }
  }

  const call: IncomingCall = {
    sipCallId: callId,
    source: flow.source,
    fromUser: parseSipUri(envelope.from.uri)?.user ?? '',
    fromName: displayText(envelope.from.displayName, request.encoding),
    toUser,
    headers: request.headers,
    ...(authenticatedUser === undefined ? {} : { authenticatedUser }),
    ...(offer === undefined ? {} : { offer }),
    progress(status, sdp) {
      if (!transaction.isAnswered()) progress(status, sdp)
    },
    accept(sdp, headers = []) {
      if (accepted !== undefined) return accepted
      const live = createDialog(agent, beginDialog(sdp))
      accepted = live.dialog
      if (transaction.isAnswered()) {
        // The caller was quicker: a dialog that has ended already.
        live.dispose()
        agent.registry.remove(callId, localTag, fromTag)
        return live.dialog
      }
      live.core.state.lateOffer = offer === undefined ? 'first' : 'none'
      transaction.answer({
        status: 200,
        headers: [
          contact,
          ...capabilityHeaders,
          ...(session.type === 'agreed' ? session.headers : []),
          ...headers,
          ...bodyHeaders('application/sdp', sdp),
        ],
        body: textBody(sdp),
      })
      live.awaitAck(envelope.cseq, () => transaction.repeat())
      if (session.type === 'agreed') live.setSessionTimer(session.timer)
      close()
      return live.dialog
    },
    reject(status, reason, headers) {
      if (transaction.isAnswered()) return
      transaction.answer({
        status,
        ...(reason === undefined ? {} : { reason }),
        ...(headers === undefined ? {} : { headers }),
      })
      agent.registry.remove(callId, localTag, fromTag)
      close()
    },
  }

  agent.registry.add(callId, localTag, fromTag, {
    receive: inner => receiveEarly(inner, cancel),
    receiveAck: () => undefined,
    flowClosed(closed) {
      if (flow.reliable && closed.key === flow.key) cancel()
    },
    moved: () => undefined,
    shutDown: () => call.reject(503),
    dispose: () => clearInterval(repeating),
  })
  transaction.answer({ status: 100 })
  try {
    slot.set(agent.options.onCall(call))
  } catch (error) {
    agent.options.log.error({ err: error, callId }, 'A call could not be taken.')
    call.reject(500)
  }
  return { cancel }
}

function isBehindNat(sentBy: string, flow: Flow): boolean {
  return isIpLiteral(sentBy) && sentBy.replace(/^\[|\]$/g, '') !== flow.source.address
}

/** RFC 2543 callers may leave Contact out; the way back is where they are. */
function remoteTarget({ request, flow }: ServerTransaction): string {
  const contact = parseNameAddr(headerLine(request, 'Contact') ?? '')
  const { address, port } = flow.source
  return contact?.uri ?? `sip:${address.includes(':') ? `[${address}]` : address}:${port}`
}
