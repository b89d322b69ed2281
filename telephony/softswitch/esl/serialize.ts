// Events on the wire: plain (URL-encoded values), JSON and XML, as FreeSWITCH 1.10 writes them (switch_event.c).
import type { SwitchEvent } from '../core/switch-event.ts'

export type EventFormat = 'plain' | 'json' | 'xml'

// switch_utils.h SWITCH_URL_UNSAFE; everything outside printable ASCII is escaped as well, byte by byte in UTF-8.
const SAFE = /^[^\r\n #%&+:;<=>?@[\\\]^`{|}"\u0000-\u001f\u007f-\uffff]*$/
const UNSAFE_BYTES = new Set(Buffer.from('\r\n #%&+:;<=>?@[\\]^`{|}"'))

/** FreeSWITCH's switch_url_encode. */
export function encodeValue(value: string): string {
  if (SAFE.test(value)) return value
  let out = ''
  for (const byte of Buffer.from(value)) {
    out +=
      byte < 0x20 || byte > 0x7e || UNSAFE_BYTES.has(byte)
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte)
  }
  return out
}

function toPlain(event: SwitchEvent): string {
  let text = ''
  for (const [name, value] of event.headers)
    text += `${name}: ${value === '' ? '_undef_' : encodeValue(value)}\n`
  if (event.body === undefined || event.body === '') return `${text}\n`
  return `${text}Content-Length: ${Buffer.byteLength(event.body)}\n\n${event.body}`
}

function toJson(event: SwitchEvent): string {
  const object: Record<string, string> = {}
  for (const [name, value] of event.headers) object[name] = value
  if (event.body !== undefined && event.body !== '') {
    object['Content-Length'] = String(Buffer.byteLength(event.body))
    object['_body'] = event.body
  }
  return JSON.stringify(object)
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, c => XML_ESCAPES[c] ?? c)

function toXml(event: SwitchEvent): string {
  const headers = event.headers
    .map(([name, value]) => `    <${name}>${escapeXml(encodeValue(value))}</${name}>\n`)
    .join('')
  const body = event.body
    ? `  <Content-Length>${Buffer.byteLength(event.body)}</Content-Length>\n  <body>${escapeXml(event.body)}</body>\n`
    : ''
  return `<event>\n  <headers>\n${headers}  </headers>\n${body}</event>`
}

const WRITERS: Readonly<Record<EventFormat, (event: SwitchEvent) => string>> = {
  plain: toPlain,
  json: toJson,
  xml: toXml,
}

export const serializeEvent = (event: SwitchEvent, format: EventFormat): string =>
  WRITERS[format](event)

/** mod_event_socket frames an event with these two headers, in this order. */
export function frameEvent(event: SwitchEvent, format: EventFormat): string {
  const text = serializeEvent(event, format)
  return `Content-Length: ${Buffer.byteLength(text)}\nContent-Type: text/event-${format}\n\n${text}`
}
