// A message to bytes: RFC 3261 §7.
import type { HeaderList } from '../stack.ts'
import type { SipMessage } from './message.ts'

export function serialiseMessage(message: SipMessage): Buffer {
  const start =
    message.type === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`
  const lines = [oneLine(start)]
  for (const [name, value] of message.headers) {
    if (name.toLowerCase() !== 'content-length') lines.push(`${oneLine(name)}: ${oneLine(value)}`)
  }
  lines.push(`Content-Length: ${message.body.length}`, '', '')
  return Buffer.concat([Buffer.from(lines.join('\r\n'), message.encoding), message.body])
}

/** A value from outside must never begin a header of its own. */
function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text
}

export function textBody(text: string | undefined): Buffer {
  return text === undefined ? Buffer.alloc(0) : Buffer.from(text, 'utf8')
}

export function bodyHeaders(contentType: string, text: string | undefined): HeaderList {
  return text === undefined ? [] : [['Content-Type', contentType]]
}
