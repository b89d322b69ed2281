// The session description in a message: alone, or a part of multipart/mixed as SIP-T gateways send it (RFC 3261 §7.4, RFC 5621).
import { headerLine, headerTokens, type Fault, type SipMessage } from './message.ts'
import { parseParams } from './scan.ts'

export type SdpBody =
  | { readonly type: 'sdp'; readonly sdp: string }
  | { readonly type: 'none' }
  | { readonly type: 'fault'; readonly fault: Fault }

const UNSUPPORTED: SdpBody = {
  type: 'fault',
  fault: {
    status: 415,
    reason: 'Unsupported Media Type',
    headers: [
      ['Accept', 'application/sdp'],
      ['Accept-Encoding', 'identity'],
    ],
  },
}

export function sdpBody(message: SipMessage): SdpBody {
  if (message.body.length === 0) return { type: 'none' }
  if (headerTokens(message, 'Content-Encoding').some(coding => coding !== 'identity')) {
    return UNSUPPORTED
  }
  const contentType = headerLine(message, 'Content-Type') ?? ''
  const type = mediaType(contentType)
  if (type === 'application/sdp') return { type: 'sdp', sdp: message.body.toString('utf8') }
  if (type.startsWith('multipart/')) {
    const part = sdpPart(message.body, contentType)
    if (part !== undefined) return { type: 'sdp', sdp: part }
  }
  // RFC 3261 §20.11: a body that may be passed over.
  const disposition = headerLine(message, 'Content-Disposition') ?? ''
  return /handling\s*=\s*optional/i.test(disposition) ? { type: 'none' } : UNSUPPORTED
}

export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').replace(/\s/g, '').toLowerCase()
}

function sdpPart(body: Buffer, contentType: string): string | undefined {
  const boundary = parseParams(contentType.split(';').slice(1).join(';'))?.get('boundary')
  if (boundary === undefined || boundary === '') return undefined
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1)) {
    const split = /\r?\n\r?\n/.exec(part)
    if (split === null) continue
    const head = part.slice(0, split.index)
    if (!/^content-type\s*:\s*application\/sdp\b/im.test(head)) continue
    const text = part.slice(split.index + split[0].length).replace(/\r?\n$/, '')
    return `${Buffer.from(text, 'latin1').toString('utf8')}\r\n`
  }
  return undefined
}
