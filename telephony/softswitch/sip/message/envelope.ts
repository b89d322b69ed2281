// What every request and response must carry, read once and checked: RFC 3261 §8.1.1, §8.2, §20.
import {
  headerLine,
  headerLines,
  headerList,
  type Fault,
  type SipMessage,
  type SipRequest,
} from './message.ts'
import { parseNameAddr, tagOf, type NameAddr } from './name-addr.ts'
import { isToken, parseWhole } from './scan.ts'
import { isTelUri, parseSipUri, uriScheme } from './uri.ts'
import { parseVia, type Via } from './via.ts'

export interface Envelope {
  readonly via: Via
  readonly from: NameAddr
  readonly fromTag: string
  readonly to: NameAddr
  readonly toTag?: string
  readonly callId: string
  readonly cseq: number
  readonly cseqMethod: string
}

export type EnvelopeRead =
  | { readonly type: 'envelope'; readonly envelope: Envelope }
  | { readonly type: 'fault'; readonly fault: Fault }

const ONCE = ['From', 'To', 'Call-ID', 'CSeq']
/** RFC 3261 §8.1.1.5: less than 2^31. */
const CSEQ_LIMIT = 2 ** 31 - 1

export function readEnvelope(message: SipMessage): EnvelopeRead {
  for (const name of ONCE) {
    const count = headerLines(message, name).length
    if (count !== 1) return bad(count === 0 ? `Missing ${name}` : `Multiple ${name}`)
  }
  const via = parseVia(headerList(message, 'Via')?.[0] ?? '')
  if (via === undefined) return bad('Malformed Via')
  const from = parseNameAddr(headerLine(message, 'From') ?? '')
  if (from === undefined) return bad('Malformed From')
  const to = parseNameAddr(headerLine(message, 'To') ?? '')
  if (to === undefined) return bad('Malformed To')
  const callId = headerLine(message, 'Call-ID') ?? ''
  if (callId === '' || /\s/.test(callId)) return bad('Malformed Call-ID')
  const [numberText = '', cseqMethod = '', ...more] = (headerLine(message, 'CSeq') ?? '').split(
    /\s+/,
  )
  const cseq = parseWhole(numberText, CSEQ_LIMIT)
  if (cseq === undefined || !isToken(cseqMethod) || more.length > 0) return bad('Malformed CSeq')
  const toTag = tagOf(to)
  return {
    type: 'envelope',
    envelope: {
      via,
      from,
      // RFC 2543 clients send none; '' keeps them apart by Call-ID alone (§12.1.1).
      fromTag: tagOf(from) ?? '',
      to,
      callId,
      cseq,
      cseqMethod,
      ...(toTag === undefined ? {} : { toTag }),
    },
  }
}

/** Faults of a request that its envelope does not show. */
export function requestFault(request: SipRequest, envelope: Envelope): Fault | undefined {
  if (envelope.cseqMethod !== request.method) return { status: 400, reason: 'CSeq Method Mismatch' }
  const hops = headerLines(request, 'Max-Forwards')
  if (hops.length > 1 || (hops[0] !== undefined && parseWhole(hops[0], 255) === undefined)) {
    return { status: 400, reason: 'Malformed Max-Forwards' }
  }
  const scheme = uriScheme(request.uri)
  if (scheme === undefined) return { status: 400, reason: 'Malformed Request-URI' }
  if (scheme === 'tel') {
    // RFC 3261 §19.1.6: networks call numbers by tel: URIs; only an INVITE can be for a number.
    if (request.method === 'INVITE' || envelope.toTag !== undefined) {
      return isTelUri(request.uri)
        ? contactFault(request)
        : { status: 400, reason: 'Malformed Request-URI' }
    }
  }
  if (scheme !== 'sip' && scheme !== 'sips')
    return { status: 416, reason: 'Unsupported URI Scheme' }
  const uri = parseSipUri(request.uri)
  if (uri === undefined || uri.hasHeaders) return { status: 400, reason: 'Malformed Request-URI' }
  return contactFault(request)
}

function contactFault(request: SipRequest): Fault | undefined {
  const contacts = headerList(request, 'Contact')
  if (contacts === undefined) return { status: 400, reason: 'Malformed Contact' }
  if (!contacts.every(contact => contact === '*' || parseNameAddr(contact) !== undefined)) {
    return { status: 400, reason: 'Malformed Contact' }
  }
  return undefined
}

function bad(reason: string): EnvelopeRead {
  return { type: 'fault', fault: { status: 400, reason } }
}
