// The far end's re-INVITE and UPDATE: RFC 3261 §14.2, RFC 3311 §5.2.
import { randomInt } from 'node:crypto'
import type { HeaderList } from '../stack.ts'
import { sdpBody } from '../message/sdp-body.ts'
import { bodyHeaders, textBody } from '../message/serialise.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import { capabilityHeaders } from './capability.ts'
import type { Confirmation } from './confirmation.ts'
import type { DialogCore } from './core.ts'
import { answerSessionTimer, type SessionTimer } from './session-timer.ts'

interface OfferInHands {
  readonly confirmation: Confirmation
  refreshed(timer: SessionTimer | undefined): void
}

export function receiveOffer(
  core: DialogCore,
  hands: OfferInHands,
  transaction: ServerTransaction,
): void {
  const { state } = core
  const { request } = transaction
  if (state.answering !== undefined) {
    const retryAfter: HeaderList = [['Retry-After', String(randomInt(0, 11))]]
    return transaction.answer({ status: 500, headers: retryAfter })
  }
  const body = sdpBody(request)
  if (body.type === 'fault') return transaction.answer(body.fault)
  const offers = request.method === 'INVITE' || body.type === 'sdp'
  if (state.offering && offers) return transaction.answer({ status: 491 })
  const session = answerSessionTimer(request)
  if (session.type === 'too-small') {
    return transaction.answer({ status: 422, headers: session.headers })
  }
  core.refreshTarget(request)

  let limit: NodeJS.Timeout | undefined

  function accept(sdp: string | undefined): void {
    clearTimeout(limit)
    if (state.answering === transaction) state.answering = undefined
    if (transaction.isAnswered()) return
    if (state.ended) return transaction.answer({ status: 487 })
    if (sdp !== undefined) state.localSdp = sdp
    const sessionHeaders = session.type === 'agreed' ? session.headers : []
    transaction.answer({
      status: 200,
      headers: [
        ...core.contactHeaders(),
        ...capabilityHeaders,
        ...sessionHeaders,
        ...bodyHeaders('application/sdp', sdp),
      ],
      body: textBody(sdp),
    })
    hands.refreshed(session.type === 'agreed' ? session.timer : undefined)
    if (request.method === 'INVITE') {
      hands.confirmation.await(transaction.envelope.cseq, () => transaction.repeat())
    }
  }

  function refuse(status: number): void {
    clearTimeout(limit)
    if (state.answering === transaction) state.answering = undefined
    transaction.answer({ status: state.ended ? 487 : status })
  }

  if (body.type === 'none') {
    if (request.method === 'UPDATE') return accept(undefined)
    // An INVITE without offer asks for ours: what we said last still holds.
    if (state.localSdp === undefined) return refuse(488)
    state.lateOffer = 'again'
    return accept(state.localSdp)
  }

  state.answering = transaction
  limit = setTimeout(() => refuse(504), core.agent.timers.giveUp).unref()
  if (request.method === 'INVITE') transaction.answer({ status: 100 })
  core.tell(handler => {
    handler.onReoffer(body.sdp).then(
      result => ('sdp' in result ? accept(result.sdp) : refuse(result.status)),
      (error: unknown) => {
        core.agent.options.log.error(
          { err: error, callId: core.begin.callId },
          'A re-offer failed.',
        )
        refuse(500)
      },
    )
  })
}
