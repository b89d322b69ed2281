// Requests inside a dialog that change no media: BYE, INFO, REFER, OPTIONS.
import type { HeaderList } from '../stack.ts'
import { headerLine } from '../message/message.ts'
import { mediaType } from '../message/sdp-body.ts'
import { textBody } from '../message/serialise.ts'
import { reasonPhrase } from '../message/reason.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import { acceptHeaders, capabilityHeaders } from './capability.ts'
import type { DialogCore } from './core.ts'

/** RFC 3261 §15.1.2. */
export function receiveBye(
  core: DialogCore,
  transaction: ServerTransaction,
  finish: () => void,
): void {
  transaction.answer({ status: 200 })
  if (core.state.ended) return
  core.state.answering?.answer({ status: 487 })
  finish()
  core.tell(handler => handler.onBye(transaction.request.headers))
}

/** RFC 6086; the older INFO of RFC 2976 for digits and fast update looks the same. */
export function receiveInfo(core: DialogCore, transaction: ServerTransaction): void {
  const { request } = transaction
  transaction.answer({ status: 200 })
  const contentType = mediaType(headerLine(request, 'Content-Type') ?? '')
  core.tell(handler => handler.onInfo(contentType, request.body.toString('utf8')))
}

/** RFC 3515. */
export function receiveRefer(core: DialogCore, transaction: ServerTransaction): void {
  const { request } = transaction
  const referTo = parseNameAddr(headerLine(request, 'Refer-To') ?? '')
  if (referTo === undefined) {
    return transaction.answer({ status: 400, reason: 'Missing Or Malformed Refer-To' })
  }
  core.tell(handler => {
    const status = handler.onRefer(referTo.uri)
    const headers: HeaderList = status < 300 ? core.contactHeaders() : []
    transaction.answer({ status, headers })
    if (status < 300) notifyOutcome(core, transaction.envelope.cseq, 200)
  })
}

/** RFC 3515 §2.4.4: the subscription that a REFER makes is told its one and last news. */
function notifyOutcome(core: DialogCore, cseq: number, status: number): void {
  const headers: HeaderList = [
    ['Event', `refer;id=${cseq}`],
    ['Subscription-State', 'terminated;reason=noresource'],
    ['Content-Type', 'message/sipfrag;version=2.0'],
  ]
  const nothing = () => undefined
  core.request(
    'NOTIFY',
    { headers, body: textBody(`SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`) },
    { onAnswer: nothing, onTimeout: nothing, onFailed: nothing },
  )
}

/** §11.2 */
export function receiveOptions(core: DialogCore, transaction: ServerTransaction): void {
  const headers = [...core.contactHeaders(), ...capabilityHeaders, ...acceptHeaders]
  transaction.answer({ status: 200, headers })
}
