// Bytes to a message: RFC 3261 §7, §18.3, §25. What is no SIP at all is garbage; what is SIP with a fault says which.
import { isUtf8 } from 'node:buffer'
import type { HeaderList } from '../stack.ts'
import { longName } from './header-names.ts'
import type { Fault, HeadEncoding, SipMessage } from './message.ts'
import { isToken, parseWhole } from './scan.ts'

export type Parsed =
  | { readonly type: 'message'; readonly message: SipMessage; readonly fault?: Fault }
  | { readonly type: 'garbage'; readonly why: string }

/** More headers than this is no phone but a flood. */
const HEADER_LIMIT = 300

export function parseMessage(data: Buffer): Parsed {
  const { headEnd, bodyStart } = findHead(data)
  const headBytes = data.subarray(0, headEnd)
  const encoding: HeadEncoding = isUtf8(headBytes) ? 'utf8' : 'latin1'
  const lines = headBytes
    .toString(encoding)
    .replace(/^(\r?\n)+/, '')
    .split(/\r?\n/)
  const start = parseStartLine(lines[0] ?? '')
  if (start === undefined) return { type: 'garbage', why: 'No start line of SIP.' }
  const { headers, fault: headerFault } = parseHeaders(lines.slice(1))
  const { body, fault: bodyFault } = cutBody(headers, data.subarray(bodyStart))
  const message: SipMessage = { ...start.line, headers, body, encoding }
  const fault = start.fault ?? headerFault ?? bodyFault
  return { type: 'message', message, ...(fault === undefined ? {} : { fault }) }
}

function findHead(data: Buffer): { headEnd: number; bodyStart: number } {
  let from = 0
  while (data[from] === 13 || data[from] === 10) from++
  const strict = data.indexOf('\r\n\r\n', from)
  const loose = data.indexOf('\n\n', from)
  if (strict >= 0 && (loose < 0 || strict < loose)) {
    return { headEnd: strict, bodyStart: strict + 4 }
  }
  if (loose >= 0) return { headEnd: loose, bodyStart: loose + 2 }
  return { headEnd: data.length, bodyStart: data.length }
}

type StartLine =
  | {
      readonly type: 'request'
      readonly method: string
      readonly uri: string
      readonly version: string
    }
  | {
      readonly type: 'response'
      readonly status: number
      readonly reason: string
      readonly version: string
    }

function parseStartLine(line: string): { line: StartLine; fault?: Fault } | undefined {
  const answer = /^SIP\/2\.0 +([1-6]\d\d)(?: (.*))?$/i.exec(line)
  if (answer !== null) {
    const [, status, reason = ''] = answer
    return { line: { type: 'response', status: Number(status), reason, version: '2.0' } }
  }
  // Trailing blanks are harmless; any other slip in the line is told to the sender (RFC 4475 §3.1.2.7–11). Cut by hand, for
  // a pattern with two open gaps would take quadratic time over a line of blanks.
  const text = line.trimEnd()
  const methodEnd = text.search(/\s/)
  const versionAt = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t')) + 1
  const version = /^SIP\/(\d{1,3}\.\d{1,3})$/i.exec(text.slice(versionAt))?.[1]
  if (methodEnd < 0 || version === undefined) return undefined
  const method = text.slice(0, methodEnd)
  const uri = text.slice(methodEnd + 1, Math.max(methodEnd + 1, versionAt - 1))
  const start = { type: 'request', method, uri: uri.trim(), version } as const
  if (!isToken(method)) return undefined
  if (version !== '2.0') {
    return { line: start, fault: { status: 505, reason: 'Version Not Supported' } }
  }
  if (uri === '' || /[\s<>]/.test(uri)) {
    return { line: start, fault: { status: 400, reason: 'Malformed Request-Line' } }
  }
  return { line: start }
}

function parseHeaders(lines: readonly string[]): { headers: HeaderList; fault?: Fault } {
  const headers: [string, string][] = []
  let fault: Fault | undefined
  for (const line of lines) {
    const last = headers.at(-1)
    if (line.startsWith(' ') || line.startsWith('\t')) {
      // Folding (§7.3.1): one blank for the break and what surrounds it.
      if (last !== undefined) last[1] = `${last[1]} ${line.trim()}`.trim()
      continue
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trimEnd()
    if (colon < 0 || !isToken(name)) {
      fault ??= { status: 400, reason: 'Malformed Header' }
      continue
    }
    if (headers.length >= HEADER_LIMIT)
      return { headers, fault: { status: 400, reason: 'Too Many Headers' } }
    headers.push([longName(name), line.slice(colon + 1).trim()])
  }
  return { headers, ...(fault === undefined ? {} : { fault }) }
}

/** §18.3: bytes beyond Content-Length are dropped, missing ones are an error. */
function cutBody(headers: HeaderList, rest: Buffer): { body: Buffer; fault?: Fault } {
  const said = headers.filter(([name]) => name === 'Content-Length').map(([, value]) => value)
  const first = said[0]
  if (first === undefined) return { body: rest }
  const length = parseWhole(first, Number.MAX_SAFE_INTEGER)
  if (length === undefined || said.some(value => value !== first)) {
    return { body: Buffer.alloc(0), fault: { status: 400, reason: 'Bad Content-Length' } }
  }
  if (length > rest.length) {
    return { body: rest, fault: { status: 400, reason: 'Body Shorter Than Content-Length' } }
  }
  return { body: rest.subarray(0, length) }
}
