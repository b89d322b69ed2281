// Far ends for tests: they speak SIP as text over real sockets and know nothing of the stack but its parser.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { createSipStack } from '../../../../telephony/softswitch/sip/create.ts'
import type {
  Binding,
  IncomingCall,
  SipStack,
  SipStackOptions,
} from '../../../../telephony/softswitch/sip/stack.ts'
import {
  headerLine,
  type SipMessage,
} from '../../../../telephony/softswitch/sip/message/message.ts'
import { parseMessage } from '../../../../telephony/softswitch/sip/message/parse.ts'
import { digestSecret, md5 } from '../../../../telephony/softswitch/sip/registrar/digest.ts'
import { createFramer } from '../../../../telephony/softswitch/sip/transport/stream-framer.ts'

export const REALM = 'hotline.test'
export const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n'
const LIMIT_MS = 8000

export interface Peer {
  readonly port: number
  readonly transport: 'UDP' | 'TCP' | 'WS'
  send(text: string | Buffer): void
  /** The next message that fits; those before it are dropped. */
  next(fits: (message: SipMessage) => boolean, what: string): Promise<SipMessage>
  /** `cseq` keeps out the repetitions of answers to earlier requests. */
  answer(status: number, cseq?: number): Promise<SipMessage & { type: 'response' }>
  request(method: string): Promise<SipMessage & { type: 'request' }>
  /** What has come and was not waited for. */
  readonly heard: SipMessage[]
  close(): void
  onRaw?: (data: Buffer) => void
}

function createInbox(): { deliver(data: Buffer): void } & Pick<
  Peer,
  'next' | 'answer' | 'request' | 'heard'
> {
  const heard: SipMessage[] = []
  let wake: (() => void)[] = []
  async function next(fits: (message: SipMessage) => boolean, what: string): Promise<SipMessage> {
    const until = Date.now() + LIMIT_MS
    for (;;) {
      const at = heard.findIndex(fits)
      const found = heard[at]
      if (found !== undefined) {
        heard.splice(0, at + 1)
        return found
      }
      const left = until - Date.now()
      if (left <= 0) {
        const have = heard.map(m => (m.type === 'request' ? m.method : m.status)).join(', ')
        throw new Error(`No ${what} came within ${LIMIT_MS} ms; heard: ${have}`)
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        wake.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }
  return {
    heard,
    next,
    answer: async (status, cseq) =>
      (await next(
        m =>
          m.type === 'response' &&
          m.status === status &&
          (cseq === undefined || Number.parseInt(headerLine(m, 'CSeq') ?? '', 10) === cseq),
        `answer ${status}`,
      )) as never,
    request: async method =>
      (await next(m => m.type === 'request' && m.method === method, method)) as never,
    deliver(data) {
      const parsed = parseMessage(data)
      if (parsed.type === 'message') heard.push(parsed.message)
      const sleepers = wake
      wake = []
      for (const sleeper of sleepers) sleeper()
    },
  }
}

export async function udpPeer(stack: SipStack): Promise<Peer> {
  const socket = createSocket('udp4')
  const { deliver, ...inbox } = createInbox()
  socket.on('message', data => deliver(data))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.unref()
  return {
    ...inbox,
    transport: 'UDP',
    port: socket.address().port,
    send: text => socket.send(text, stack.sipPort, '127.0.0.1'),
    close: () => socket.close(),
  }
}

export async function tcpPeer(stack: SipStack): Promise<Peer & { closed: Promise<unknown> }> {
  const socket = connect(stack.sipPort, '127.0.0.1')
  const { deliver, ...inbox } = createInbox()
  const framer = createFramer({ headBytes: 65_536, bodyBytes: 65_536 })
  const closed = once(socket, 'close')
  const peer: Peer = {
    ...inbox,
    transport: 'TCP',
    port: 0,
    send: text => void socket.write(text),
    close: () => socket.destroy(),
  }
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    peer.onRaw?.(chunk)
    for (const framed of framer.push(chunk)) if (framed.type === 'message') deliver(framed.data)
  })
  await once(socket, 'connect')
  return Object.assign(peer, { port: socket.localPort ?? 0, closed })
}

export async function wsPeer(stack: SipStack): Promise<Peer & { closed: Promise<unknown> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${stack.webSocketPort}`, 'sip')
  const { deliver, ...inbox } = createInbox()
  const closed = once(socket, 'close')
  const peer: Peer = {
    ...inbox,
    transport: 'WS',
    port: 9,
    send: text => socket.send(text),
    close: () => socket.terminate(),
  }
  socket.on('error', () => undefined)
  socket.on('message', (data: Buffer) => {
    peer.onRaw?.(data)
    deliver(data)
  })
  await once(socket, 'open')
  return Object.assign(peer, { closed })
}

export interface Bench {
  readonly stack: SipStack
  readonly calls: IncomingCall[]
  readonly cancelled: IncomingCall[]
  readonly registered: Binding[]
  readonly unregistered: [Binding, string][]
  readonly badCredentials: string[]
  readonly faults: unknown[]
  close(): Promise<void>
}

/** A stack with users 1001 and 1002 (password = `secret-` and the number), and everything it says written down. */
export async function createBench(
  change: Partial<SipStackOptions> & { take?: (call: IncomingCall) => void } = {},
): Promise<Bench> {
  const bench = {
    calls: [] as IncomingCall[],
    cancelled: [] as IncomingCall[],
    registered: [] as Binding[],
    unregistered: [] as [Binding, string][],
    badCredentials: [] as string[],
    faults: [] as unknown[],
  }
  const secrets = new Map(
    ['1001', '1002'].map(user => [user, digestSecret(user, REALM, `secret-${user}`)]),
  )
  const { take, ...options } = change
  const stack = await createSipStack({
    realm: REALM,
    advertisedAddress: '127.0.0.1',
    bindAddress: '127.0.0.1',
    sipPort: 0,
    webSocketPort: 0,
    userAgent: 'Hotline test',
    directory: { ha1: user => secrets.get(user) },
    gate: {
      onRequest: () => 'pass',
      onBadCredentials: async (_, user) => void bench.badCredentials.push(user),
      onGoodCredentials: () => undefined,
    },
    log: { info: () => undefined, warn: () => undefined, error: o => void bench.faults.push(o) },
    onCall(call) {
      bench.calls.push(call)
      take?.(call)
      return { onCancelled: () => void bench.cancelled.push(call) }
    },
    onRegistered: binding => void bench.registered.push(binding),
    onUnregistered: (binding, reason) => void bench.unregistered.push([binding, reason]),
    tuning: { t1Ms: 25, connectionGraceMs: 100 },
    ...options,
  })
  return { ...bench, stack, close: () => stack.close(50) }
}

let count = 0

export interface RequestShape {
  readonly method?: string
  readonly uri?: string
  readonly from?: string
  readonly to?: string
  readonly callId?: string
  readonly cseq?: number
  readonly branch?: string
  readonly extra?: readonly string[]
  readonly body?: string
  readonly contact?: string | undefined
}

/** A request of this peer as text. */
export function request(peer: Peer, shape: RequestShape = {}): string {
  count++
  const { method = 'INVITE', uri = 'sip:12393@127.0.0.1', body = '' } = shape
  const host = peer.transport === 'WS' ? 'abc.invalid' : `127.0.0.1:${peer.port}`
  const contact = 'contact' in shape ? shape.contact : `<sip:me@${host}>`
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${peer.transport} ${host};branch=${shape.branch ?? `z9hG4bKt${count}`}`,
    'Max-Forwards: 70',
    `From: ${shape.from ?? `"Caller" <sip:13800138000@127.0.0.1>;tag=f${count}`}`,
    `To: ${shape.to ?? `<${uri}>`}`,
    `Call-ID: ${shape.callId ?? `call-${count}-${peer.port}`}`,
    `CSeq: ${shape.cseq ?? 1} ${method}`,
    ...(contact === undefined ? [] : [`Contact: ${contact}`]),
    ...(shape.extra ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** The answer of this peer to a request it got. */
export function answerTo(
  message: SipMessage,
  status: number,
  shape: { tag?: string; contact?: string; body?: string; extra?: readonly string[] } = {},
): string {
  const copied = message.headers
    .filter(([name]) => ['Via', 'From', 'Call-ID', 'CSeq', 'Record-Route'].includes(name))
    .map(([name, value]) => `${name}: ${value}`)
  const to = headerLine(message, 'To') ?? ''
  const { body = '' } = shape
  return [
    `SIP/2.0 ${status} Whatever`,
    ...copied,
    `To: ${to}${shape.tag === undefined || to.includes('tag=') ? '' : `;tag=${shape.tag}`}`,
    ...(shape.contact === undefined ? [] : [`Contact: ${shape.contact}`]),
    ...(shape.extra ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** Authorization for a challenge, worked out apart from the stack's own check. */
export function authorize(
  challenge: string,
  method: string,
  uri: string,
  user: string,
  password: string,
  nc = '00000001',
): string {
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? ''
  const realm = /realm="([^"]*)"/.exec(challenge)?.[1] ?? ''
  const ha1 = md5(`${user}:${realm}:${password}`)
  const ha2 = md5(`${method}:${uri}`)
  const response = md5(`${ha1}:${nonce}:${nc}:0a4f113b:auth:${ha2}`)
  return `Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=${nc}`
}

export async function until(fits: () => boolean, what: string): Promise<void> {
  const end = Date.now() + LIMIT_MS
  while (!fits()) {
    if (Date.now() > end) throw new Error(`Never came true: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
