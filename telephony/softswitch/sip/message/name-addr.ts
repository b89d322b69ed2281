// From, To, Contact, Route, Record-Route, Refer-To: name-addr or addr-spec with parameters (RFC 3261 §20, §25.1).
import type { HeadEncoding } from './message.ts'
import { isToken, parseParams, readQuoted, type Params } from './scan.ts'
import { uriScheme } from './uri.ts'

export interface NameAddr {
  readonly displayName: string
  readonly uri: string
  readonly params: Params
}

// Gateways in the field send raw UTF-8 names without quotes; refusing a call for that would help nobody.
const NAME_WORD = /^[A-Za-z0-9\-.!%*_+`'~\u0080-\uffff]+$/

/** Undefined when malformed. */
export function parseNameAddr(value: string): NameAddr | undefined {
  const text = value.trim()
  let displayName = ''
  let at = 0
  if (text.startsWith('"')) {
    const quoted = readQuoted(text, 0)
    if (quoted === undefined) return undefined
    displayName = quoted.text
    at = quoted.end
    while (text[at] === ' ' || text[at] === '\t') at++
    if (text[at] !== '<') return undefined
  } else {
    const open = text.indexOf('<')
    if (open < 0) return parseAddrSpec(text)
    displayName = text.slice(0, open).trim()
    const words = displayName === '' ? [] : displayName.split(/\s+/)
    if (!words.every(word => NAME_WORD.test(word))) return undefined
    at = open
  }
  const close = text.indexOf('>', at)
  if (close < 0) return undefined
  const uri = text.slice(at + 1, close)
  if (uri === '' || /\s/.test(uri) || uriScheme(uri) === undefined) return undefined
  const params = parseTail(text.slice(close + 1))
  return params && { displayName, uri, params }
}

/** Without brackets, parameters belong to the header, and the URI may hold no comma, question mark or semicolon (§20). */
function parseAddrSpec(text: string): NameAddr | undefined {
  const end = text.indexOf(';')
  const uri = (end < 0 ? text : text.slice(0, end)).trim()
  if (uri === '' || /[\s?,"]/.test(uri) || uriScheme(uri) === undefined) return undefined
  const params = parseTail(end < 0 ? '' : text.slice(end))
  return params && { displayName: '', uri, params }
}

function parseTail(text: string): Params | undefined {
  const rest = text.trim()
  if (rest === '') return new Map()
  return rest.startsWith(';') ? parseParams(rest.slice(1)) : undefined
}

/** Tags are tokens; anything else would break out of the header it is put into. */
export function tagOf(address: NameAddr): string | undefined {
  const tag = address.params.get('tag')
  return tag !== undefined && isToken(tag) ? tag : undefined
}

/** A display name for people. Gateways here send GBK where no UTF-8 is found; latin1 only carried its bytes. */
export function displayText(name: string, encoding: HeadEncoding): string {
  if (encoding === 'utf8') return name
  return new TextDecoder('gb18030').decode(Buffer.from(name, 'latin1'))
}
