// A request outside any dialog: OPTIONS to learn whether a network lives, REGISTER as its client (RFC 3261 §10.2, §11.1).
import type { Answer, AskOptions, HeaderList } from '../stack.ts'
import { acceptHeaders, capabilityHeaders } from '../dialog/capability.ts'
import type { Agent } from '../dialog/core.ts'
import type { SipRequest } from '../message/message.ts'
import { answerChallenge } from '../registrar/challenge.ts'
import type { Flow } from '../transport/flow.ts'

/** Never rejects: silence is 408, a broken connection 503 (§8.1.3.1). */
export async function ask(agent: Agent, flow: Flow, options: AskOptions): Promise<Answer> {
  const first = await askOnce(agent, flow, options, options.cseq, [])
  const credentials =
    options.account &&
    answerChallenge(first, { method: options.method, uri: options.target.uri }, options.account)
  if (credentials === undefined) return first
  const second = await askOnce(agent, flow, options, options.cseq + 1, [credentials])
  if (!isStale(second) || options.account === undefined) return second
  // The nonce ran out between the two (RFC 7616 §3.3): once more with the new one.
  const again = answerChallenge(
    second,
    { method: options.method, uri: options.target.uri },
    options.account,
  )
  return again === undefined ? second : askOnce(agent, flow, options, options.cseq + 2, [again])
}

const isStale = ({ headers }: Answer): boolean =>
  headers.some(
    ([name, value]) =>
      /^(www|proxy)-authenticate$/i.test(name) && /stale\s*=\s*"?true/i.test(value),
  )

function askOnce(
  agent: Agent,
  flow: Flow,
  options: AskOptions,
  cseq: number,
  more: HeaderList,
): Promise<Answer> {
  return new Promise(resolve => {
    const settle = (status: number, reason: string, headers: HeaderList = []) => {
      clearTimeout(limit)
      resolve({ status, reason, headers, cseq })
    }
    const limit = setTimeout(() => settle(408, 'Request Timeout'), options.limitMs)
    agent.transactions.send(build(agent, options, cseq, more), flow, {
      onAnswer({ status, reason, headers }) {
        if (status >= 200) settle(status, reason, headers)
      },
      onTimeout: () => settle(408, 'Request Timeout'),
      onFailed: () => settle(503, 'Service Unavailable'),
    })
  })
}

function build(agent: Agent, options: AskOptions, cseq: number, more: HeaderList): SipRequest {
  const { method, target, fromUri, toUri, callId, fromTag } = options
  return {
    type: 'request',
    method,
    uri: target.uri,
    version: '2.0',
    encoding: 'utf8',
    body: Buffer.alloc(0),
    headers: [
      ['Max-Forwards', '70'],
      ['From', `<${fromUri}>;tag=${fromTag}`],
      ['To', `<${toUri}>`],
      ['Call-ID', callId],
      ['CSeq', `${cseq} ${method}`],
      ['User-Agent', agent.options.userAgent],
      ...capabilityHeaders,
      ...(method === 'OPTIONS' ? acceptHeaders : []),
      ...(options.headers ?? []),
      ...more,
    ],
  }
}
