// An INVITE that begins a call: RFC 3261 §13.3, until its final answer.
import { randomInt } from 'node:crypto'
import type { HeaderList, IncomingCall, IncomingCallHandler, Reliability } from '../stack.ts'
import type { Agent, DialogBegin } from '../dialog/core.ts'
import { capabilityHeaders } from '../dialog/capability.ts'
import { createDialog, type LiveDialog } from '../dialog/dialog.ts'
import { createHandlerSlot } from '../dialog/handler-slot.ts'
import { receiveEarly } from '../dialog/early.ts'
import { answerSessionTimer } from '../dialog/session-timer.ts'
import {
  headerLine,
  headerList,
  headerTokens,
  type Fault,
  type SipRequest,
} from '../message/message.ts'
import { displayText, parseNameAddr } from '../message/name-addr.ts'
import { sdpBody } from '../message/sdp-body.ts'
import { bodyHeaders, textBody } from '../message/serialise.ts'
import { isIpLiteral, uriUser } from '../message/uri.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import type { Flow } from '../transport/flow.ts'
import { createReliableProgress } from './reliable-progress.ts'

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
  const reliability = agent.options.reliabilityOf?.(flow.source) ?? 'supported'
  const wish = reliabilityWish(request, reliability)
  if (typeof wish === 'object') {
    transaction.answer(wish)
    return undefined
  }
  const session = answerSessionTimer(request)
  if (session.type === 'too-small') {
    transaction.answer({ status: 422, headers: session.headers })
    return undefined
  }
  const offer = body.type === 'sdp' ? body.sdp : undefined
  const toUser = uriUser(request.uri)
  const slot = createHandlerSlot<IncomingCallHandler>(agent.options.log)
  const contact: [string, string] = ['Contact', agent.contact(toUser, flow)]
  let repeating: NodeJS.Timeout | undefined
  let accepted: LiveDialog | undefined

  const reliable = createReliableProgress({
    timers: agent.timers,
    cseq: envelope.cseq,
    send: ({ status, sdp }, more) => sendProgress(status, sdp, more),
    repeat: () => transaction.repeat(),
    givenUp() {
      agent.options.log.warn({ callId }, 'A reliable progress was never acknowledged.')
      // RFC 3262 §3: a 5xx answers the INVITE then.
      cancel(504)
    },
  })

  function close(): void {
    clearInterval(repeating)
    reliable.stop()
    onDone()
  }

  function cancel(status = 487): void {
    if (transaction.isAnswered()) return
    transaction.answer({ status })
    accepted?.dispose()
    agent.registry.remove(callId, localTag, fromTag)
    close()
    slot.tell(handler => handler.onCancelled())
  }

  function sendProgress(status: number, sdp: string | undefined, more: HeaderList): void {
    transaction.answer({
      status,
      headers: [contact, ...capabilityHeaders, ...more, ...bodyHeaders('application/sdp', sdp)],
      body: textBody(sdp),
    })
  }

  function progress(status: 180 | 183, sdp?: string): void {
    if (wish === 'reliable') reliable.say({ status, ...(sdp === undefined ? {} : { sdp }) })
    else sendProgress(status, sdp, [])
    clearInterval(repeating)
    repeating = setInterval(() => {
      if (transaction.isAnswered()) return
      if (wish === 'reliable') reliable.say({ status })
      else transaction.repeat()
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
      receivePrack: reliable.receive,
    }
  }

  const call: IncomingCall = {
    sipCallId: callId,
    source: flow.source,
    fromUser: uriUser(envelope.from.uri),
    fromName: displayText(envelope.from.displayName, request.encoding),
    toUser,
    requestUri: request.uri,
    fromUri: envelope.from.uri,
    toUri: envelope.to.uri,
    headers: request.headers,
    ...(authenticatedUser === undefined ? {} : { authenticatedUser }),
    ...(offer === undefined ? {} : { offer }),
    progress(status, sdp) {
      if (!transaction.isAnswered() && accepted === undefined) progress(status, sdp)
    },
    accept(sdp, headers = []) {
      if (accepted !== undefined) return accepted.dialog
      const live = createDialog(agent, beginDialog(sdp))
      accepted = live
      if (transaction.isAnswered()) {
        // The caller was quicker: a dialog that has ended already.
        live.dispose()
        agent.registry.remove(callId, localTag, fromTag)
        return live.dialog
      }
      live.core.state.lateOffer = offer === undefined ? 'first' : 'none'
      reliable.whenFree(() => {
        close()
        // BYE came, or was asked for, before the 2xx could go out.
        if (live.core.state.ended) return transaction.answer({ status: 487 })
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
      })
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
    receive: inner =>
      inner.request.method === 'PRACK' ? reliable.receive(inner) : receiveEarly(inner, cancel),
    receiveAck: () => undefined,
    flowClosed(closed) {
      if (flow.reliable && closed.key === flow.key) cancel()
    },
    moved: () => undefined,
    shutDown: () => call.reject(503),
    dispose() {
      clearInterval(repeating)
      reliable.stop()
    },
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

/** RFC 3262 §3: what both want, or the refusal. */
function reliabilityWish(request: SipRequest, ours: Reliability): 'plain' | 'reliable' | Fault {
  const requires = headerTokens(request, 'Require').includes('100rel')
  const supports = requires || headerTokens(request, 'Supported').includes('100rel')
  if (requires && ours === 'off')
    return { status: 420, reason: 'Bad Extension', headers: [['Unsupported', '100rel']] }
  if (!supports && ours === 'required')
    return { status: 421, reason: 'Extension Required', headers: [['Require', '100rel']] }
  return requires || (supports && ours === 'required') ? 'reliable' : 'plain'
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
