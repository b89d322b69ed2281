// A SIP message as a value: RFC 3261 §7. Header names are in their long form, values unfolded and trimmed.
import type { HeaderList } from '../stack.ts'
import { splitList } from './scan.ts'

/** How the head was decoded; an answer to it is written the same way, so that it carries the very bytes it got. */
export type HeadEncoding = 'utf8' | 'latin1'

interface Parts {
  readonly version: string
  readonly headers: HeaderList
  readonly body: Buffer
  readonly encoding: HeadEncoding
}

export interface SipRequest extends Parts {
  readonly type: 'request'
  readonly method: string
  readonly uri: string
}

export interface SipResponse extends Parts {
  readonly type: 'response'
  readonly status: number
  readonly reason: string
}

export type SipMessage = SipRequest | SipResponse

/** An answer that says what is wrong with a request. */
export interface Fault {
  readonly status: number
  readonly reason: string
  readonly headers?: HeaderList
}

interface HasHeaders {
  readonly headers: HeaderList
}

/** Every line of this header, as it stands. */
export function headerLines(message: HasHeaders, name: string): string[] {
  const wanted = name.toLowerCase()
  const found: string[] = []
  for (const [key, value] of message.headers) {
    if (key.toLowerCase() === wanted) found.push(value)
  }
  return found
}

/** The first line of this header. */
export function headerLine(message: HasHeaders, name: string): string | undefined {
  return headerLines(message, name)[0]
}

/** All values of a header that is a comma-separated list (RFC 3261 §7.3.1); undefined when a quote never ends. */
export function headerList(message: HasHeaders, name: string): string[] | undefined {
  const values: string[] = []
  for (const line of headerLines(message, name)) {
    const parts = splitList(line, ',')
    if (parts === undefined) return undefined
    values.push(...parts)
  }
  return values
}

/** Words of a list of tokens (Require, Supported, Allow), in lower case. */
export function headerTokens(message: HasHeaders, name: string): string[] {
  return headerLines(message, name)
    .flatMap(line => line.split(','))
    .map(word => word.trim().toLowerCase())
    .filter(word => word !== '')
}

export function withoutHeaders(headers: HeaderList, ...names: string[]): HeaderList {
  const dropped = new Set(names.map(name => name.toLowerCase()))
  return headers.filter(([name]) => !dropped.has(name.toLowerCase()))
}
