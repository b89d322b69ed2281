// The plainest SIP ends over UDP: one that calls, one that is called and picks up at once. Loopback loses nothing, so they send once.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface SipEnd {
  readonly port: number
  send(text: string, port: number): void
  close(): void
}
export interface SipMessage {
  /** `INVITE sip:…` or `200`. */
  readonly start: string
  readonly head: string
  header(name: string): string
  /** Port of the sound offered or answered. */
  readonly soundPort: number
  readonly fromPort: number
}

const HOST = '127.0.0.1'
const CRLF = '\r\n'

/** `firstPort` up to a hundred further. */
export async function openSipEnd(
  firstPort: number,
  onMessage: (message: SipMessage) => void,
): Promise<SipEnd> {
  for (let port = firstPort; port < firstPort + 100; port++) {
    const socket = createSocket('udp4')
    const bound = once(socket, 'listening').then(
      () => true,
      () => false,
    )
    socket.bind(port, HOST)
    if (!(await bound)) {
      socket.close()
      continue
    }
    socket.on('message', (data, from) => onMessage(parse(data.toString(), from.port)))
    return {
      port,
      send: (text, toPort) => socket.send(text, toPort, HOST),
      close: () => socket.close(),
    }
  }
  throw new Error('no free port for SIP')
}

function parse(text: string, fromPort: number): SipMessage {
  const end = text.indexOf(`${CRLF}${CRLF}`)
  const head = end < 0 ? text : text.slice(0, end)
  const first = head.slice(0, head.indexOf(CRLF))
  return {
    start: first.startsWith('SIP/2.0 ') ? first.slice(8, 11) : first,
    head,
    fromPort,
    header: name => new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '',
    soundPort: Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? 0),
  }
}

export interface CallShape {
  readonly callId: string
  readonly caller: string
  readonly number: string
  readonly fromPort: number
  readonly toPort: number
  readonly soundPort: number
}

export const invite = (call: CallShape): string =>
  message(
    [
      `INVITE sip:${call.number}@${HOST}:${call.toPort} SIP/2.0`,
      `Via: SIP/2.0/UDP ${HOST}:${call.fromPort};branch=z9hG4bK${call.callId}i`,
      'Max-Forwards: 70',
      `From: <sip:${call.caller}@${HOST}>;tag=${call.callId}`,
      `To: <sip:${call.number}@${HOST}>`,
      `Call-ID: ${call.callId}`,
      'CSeq: 1 INVITE',
      `Contact: <sip:${call.caller}@${HOST}:${call.fromPort}>`,
    ],
    sdp(call.soundPort),
  )

/** RFC 3261 §13.2.2.4 for a 2xx (to the Contact), §17.1.1.3 for others (the branch of the INVITE). */
export const ack = (call: CallShape, answer: SipMessage): string =>
  message(within(call, answer, 'ACK', 1, answer.start.startsWith('2') ? 'a' : 'i'))

export const bye = (call: CallShape, answer: SipMessage): string =>
  message(within(call, answer, 'BYE', 2, 'b'))

export const register = (
  phone: {
    readonly callId: string
    readonly user: string
    readonly fromPort: number
    readonly toPort: number
    readonly sequence: number
  },
  authorization: readonly string[],
): string =>
  message([
    `REGISTER sip:${HOST}:${phone.toPort} SIP/2.0`,
    `Via: SIP/2.0/UDP ${HOST}:${phone.fromPort};branch=z9hG4bK${phone.callId}${phone.sequence};rport`,
    'Max-Forwards: 70',
    `From: <sip:${phone.user}@${HOST}:${phone.toPort}>;tag=${phone.callId}`,
    `To: <sip:${phone.user}@${HOST}:${phone.toPort}>`,
    `Call-ID: ${phone.callId}`,
    `CSeq: ${phone.sequence} REGISTER`,
    `Contact: <sip:${phone.user}@${HOST}:${phone.fromPort}>`,
    'Expires: 3600',
    ...authorization,
  ])

const within = (
  call: CallShape,
  answer: SipMessage,
  method: string,
  sequence: number,
  branch: string,
) => [
  `${method} ${/<([^>]+)>/.exec(answer.header('Contact'))?.[1] ?? `sip:${call.number}@${HOST}:${call.toPort}`} SIP/2.0`,
  `Via: SIP/2.0/UDP ${HOST}:${call.fromPort};branch=z9hG4bK${call.callId}${branch}`,
  'Max-Forwards: 70',
  `From: <sip:${call.caller}@${HOST}>;tag=${call.callId}`,
  `To: ${answer.header('To')}`,
  `Call-ID: ${call.callId}`,
  `CSeq: ${sequence} ${method}`,
]

/** The answer to a request; `picksUp` adds our contact and sound. */
export const answer = (
  request: SipMessage,
  status: string,
  picksUp?: { readonly port: number; readonly soundPort: number },
): string => {
  const to = request.header('To')
  const copied = request.head
    .split(CRLF)
    .filter(line => /^(via|record-route|from|call-id|cseq):/i.test(line))
  return message(
    [
      `SIP/2.0 ${status}`,
      ...copied,
      `To: ${/;tag=/i.test(to) ? to : `${to};tag=end`}`,
      ...(picksUp ? [`Contact: <sip:end@${HOST}:${picksUp.port}>`] : []),
    ],
    picksUp ? sdp(picksUp.soundPort) : '',
  )
}

const sdp = (port: number) =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${HOST}`,
    's=-',
    `c=IN IP4 ${HOST}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 8 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=sendrecv',
    '',
  ].join(CRLF)

const message = (lines: readonly string[], body = '') =>
  [
    ...lines,
    ...(body ? ['Content-Type: application/sdp'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join(CRLF)
