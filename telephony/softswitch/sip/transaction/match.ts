// Which transaction a message belongs to: RFC 3261 §17.1.3 and §17.2.3.
import type { Envelope } from '../message/envelope.ts'
import { headerLine, headerList, type SipRequest, type SipResponse } from '../message/message.ts'
import { parseVia } from '../message/via.ts'

const COOKIE = 'z9hG4bK'

/** A branch that is the cookie alone says nothing (RFC 4475 §3.3.9's badbranch), so the old rule serves. */
function hasBranch(envelope: Envelope): boolean {
  const branch = envelope.via.params.get('branch') ?? ''
  return branch.startsWith(COOKIE) && branch.length > COOKIE.length
}

/** Same for a request, its repetitions, the ACK of its failure and, asked for INVITE, its CANCEL. */
export function serverKey(request: SipRequest, envelope: Envelope, method: string): string {
  const { via } = envelope
  const wanted = method === 'ACK' ? 'INVITE' : method
  const sentBy = `${via.host.toLowerCase()}:${via.port ?? ''}`
  const { fromTag, callId, cseq } = envelope
  // Call-ID and CSeq are the same in all of them too, and keep apart peers whose branches are not as unique as they must be.
  if (hasBranch(envelope)) {
    return ['3261', via.params.get('branch'), sentBy, callId, cseq, wanted].join('|')
  }
  // RFC 2543 peers: everything that stays the same between INVITE, ACK and CANCEL. The tag of To is left out, for the
  // ACK has one that the INVITE had not.
  const branch = via.params.get('branch') ?? ''
  return ['2543', request.uri, fromTag, callId, cseq, sentBy, branch, wanted].join('|')
}

/** §8.2.2.2: the same request over another way is a fork that met again. */
export function mergeKey(envelope: Envelope): string {
  return [envelope.callId, envelope.fromTag, envelope.cseq, envelope.cseqMethod].join('|')
}

export function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`
}

export function clientKeyOf(response: SipResponse): string | undefined {
  const via = parseVia(headerList(response, 'Via')?.[0] ?? '')
  const branch = via?.params.get('branch')
  const method = (headerLine(response, 'CSeq') ?? '').split(/\s+/)[1]
  return branch === undefined || method === undefined ? undefined : clientKey(branch, method)
}

export { COOKIE }
