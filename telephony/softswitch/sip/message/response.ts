// The answer to a request: RFC 3261 §8.2.6.
import type { HeaderList } from '../stack.ts'
import { headerLine, headerLines, type SipRequest, type SipResponse } from './message.ts'
import { parseNameAddr } from './name-addr.ts'
import { reasonPhrase } from './reason.ts'

export interface AnswerParts {
  readonly status: number
  readonly reason?: string
  readonly headers?: HeaderList
  readonly body?: Buffer
  /** Put on To when it carries none yet. */
  readonly toTag?: string
}

export function buildAnswer(request: SipRequest, parts: AnswerParts): SipResponse {
  const { status } = parts
  const headers: [string, string][] = []
  const copy = (name: string) => {
    for (const value of headerLines(request, name)) headers.push([name, value])
  }
  copy('Via')
  copy('From')
  for (const value of headerLines(request, 'To')) {
    headers.push(['To', status > 100 ? withTag(value, parts.toTag) : value])
  }
  copy('Call-ID')
  copy('CSeq')
  if (status === 100) copy('Timestamp')
  // §12.1.1: an answer that makes a dialog repeats the route.
  if (request.method === 'INVITE' && status > 100 && status < 300) copy('Record-Route')
  return {
    type: 'response',
    status,
    reason: parts.reason ?? reasonPhrase(status),
    version: '2.0',
    headers: [...headers, ...(parts.headers ?? [])],
    body: parts.body ?? Buffer.alloc(0),
    encoding: request.encoding,
  }
}

/** A malformed To is given back as it came. */
function withTag(value: string, tag: string | undefined): string {
  if (tag === undefined) return value
  const parsed = parseNameAddr(value)
  return parsed === undefined || parsed.params.has('tag') ? value : `${value};tag=${tag}`
}

/** ACK for an answer from 300 up: §17.1.1.3. It belongs to the transaction and repeats its Via and Route. */
export function buildFailureAck(request: SipRequest, answer: SipResponse): SipRequest {
  const cseq = Number.parseInt(headerLine(request, 'CSeq') ?? '0', 10)
  const copied = ['Via', 'Route', 'From', 'Call-ID', 'Max-Forwards'].flatMap(name =>
    headerLines(request, name).map((value): [string, string] => [name, value]),
  )
  const to = headerLine(answer, 'To') ?? headerLine(request, 'To') ?? ''
  return {
    ...request,
    method: 'ACK',
    headers: [...copied, ['To', to], ['CSeq', `${cseq} ACK`]],
    body: Buffer.alloc(0),
  }
}
