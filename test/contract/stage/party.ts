// A telephone or a carrier of the suite's own over UDP: text in, text out, each call with its own sound.
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createFarEnd } from '../../fixtures/far-end.ts'
import { answerTo } from '../../fixtures/rtp-caller.ts'
import { until } from '../../fixtures/until.ts'
import type { Voice } from './ears.ts'
import type { HostPort } from './subject.ts'
import { createTalk, type DeafTalk, type Talk } from './talk.ts'
import { cseqOf, headerOf, newBranch, newTag, sdpText, statusOf } from './text.ts'

/** What is done with a call that comes in: taken, left ringing, left unanswered, or refused. */
export type Manner = 'answer' | 'ring' | 'silent' | number

export interface CallOptions {
  readonly to: string
  readonly from?: string
  readonly headers?: readonly string[]
  /** In place of the offer; empty for an INVITE without one. */
  readonly sdp?: string
  readonly voice?: Voice
}

export interface Party {
  readonly user: string
  readonly port: number
  manner: Manner
  call(options: CallOptions): Promise<Talk>
  /** The next call that has come in and was not given out yet. */
  next(limitMs?: number): Promise<Talk>
  /** Calls that have come in. */
  readonly incoming: readonly Talk[]
  /** REGISTER with digest; gives the final response. */
  register(expiresS?: number, password?: string): Promise<string>
  /** A request out of any dialog; gives the final response. */
  ask(lines: readonly string[]): Promise<string>
  close(): Promise<void>
}

export interface PartyOptions {
  /** Whom it asks: the proxy, in a phone's words. */
  readonly server: HostPort
  readonly voice: Voice
  readonly manner?: Manner
  readonly account?: { readonly user: string; readonly password: string; readonly realm: string }
}

const REPEAT_MS = 500
const LIMIT_MS = 20_000

export async function createParty(options: PartyOptions): Promise<Party> {
  const { server, account } = options
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const talks = new Map<string, Promise<DeafTalk>>()
  const incoming: DeafTalk[] = []
  const replies = new Map<string, string>()
  const registerId = `${randomBytes(8).toString('hex')}@phone`
  const registerTag = newTag()
  let registerSeq = 0
  let isRegistered = false
  let given = 0
  let isClosed = false

  const sendTo = (to: HostPort) => (message: string) => {
    if (!isClosed) socket.send(message, to.port, to.host)
  }
  const send = sendTo(server)

  const accept = async (message: string, from: HostPort) => {
    const talk = createTalk({
      direction: 'in',
      ear: await createFarEnd(),
      port,
      send: sendTo(from),
      invite: message,
      voice: options.voice,
    })
    incoming.push(talk)
    const { manner } = party
    if (typeof manner === 'number') talk.refuse(manner)
    else if (manner !== 'silent') talk.ring()
    if (manner === 'answer') talk.answer()

    return talk
  }
  socket.on('message', (data, { address, port: fromPort }) => {
    const message = data.toString()
    const id = headerOf(message, 'Call-ID')
    const known = talks.get(id)
    if (known) return void known.then(talk => talk.onMessage(message))
    if (statusOf(message) > 0)
      return void replies.set(`${id} ${headerOf(message, 'CSeq')}`, message)
    if (cseqOf(message).method === 'INVITE')
      talks.set(id, accept(message, { host: address, port: fromPort }))
  })

  const registerLines = (expiresS: number, extra: readonly string[]) => [
    `REGISTER sip:${account?.realm} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=${newBranch()};rport`,
    'Max-Forwards: 70',
    `From: <sip:${account?.user}@${account?.realm}>;tag=${registerTag}`,
    `To: <sip:${account?.user}@${account?.realm}>`,
    `Call-ID: ${registerId}`,
    `CSeq: ${++registerSeq} REGISTER`,
    `Contact: <sip:${account?.user}@127.0.0.1:${port}>`,
    `Expires: ${expiresS}`,
    ...extra,
  ]

  const party: Party = {
    user: account?.user ?? '',
    port,
    manner: options.manner ?? 'answer',
    incoming,
    async call({ to, from = account?.user ?? '13800001111', headers = [], sdp, voice }) {
      const ear = await createFarEnd()
      const uri = `sip:${to}@${server.host}:${server.port}`
      const body = sdp ?? sdpText({ port: ear.port, rtcpPort: ear.rtcpPort })
      const host = account?.realm ?? `127.0.0.1:${port}`
      const talk = createTalk({
        direction: 'out',
        ear,
        port,
        send,
        voice: voice ?? options.voice,
        invite: [
          `INVITE ${uri} SIP/2.0`,
          'Max-Forwards: 70',
          `From: <sip:${from}@${host}>;tag=${newTag()}`,
          `To: <${uri}>`,
          `Call-ID: ${randomBytes(8).toString('hex')}@party`,
          'CSeq: 1 INVITE',
          `Contact: <sip:${from}@127.0.0.1:${port}>`,
          ...headers,
          ...(body === '' ? [] : ['Content-Type: application/sdp']),
          `Content-Length: ${Buffer.byteLength(body)}`,
          '',
          body,
        ].join('\r\n'),
        ...(account
          ? {
              authorize: (challenge: string, status: number) =>
                answerTo(challenge, account, uri, status),
            }
          : {}),
      })
      talks.set(talk.callId, Promise.resolve(talk))

      return talk
    },
    next: (limitMs = LIMIT_MS) => {
      const index = given++

      return until('a call', () => incoming[index], limitMs, 5)
    },
    async register(expiresS = 3600, password = account?.password ?? '') {
      if (!account) throw new Error('no account to register')
      const challenge = await party.ask(registerLines(expiresS, []))
      const offered = headerOf(challenge, 'WWW-Authenticate')
      if (offered === '') return challenge
      const uri = `sip:${account.realm}`
      const answer = await party.ask(
        registerLines(expiresS, [
          answerTo(offered, { user: account.user, password }, uri, 401, 'REGISTER'),
        ]),
      )
      isRegistered = expiresS > 0 && statusOf(answer) === 200

      return answer
    },
    async ask(lines) {
      const message = [...lines, 'Content-Length: 0', '', ''].join('\r\n')
      const key = `${headerOf(message, 'Call-ID')} ${headerOf(message, 'CSeq')}`
      const limit = performance.now() + LIMIT_MS
      while (performance.now() < limit) {
        send(message)
        const found = await until(
          'a response',
          () => {
            const reply = replies.get(key)

            return reply !== undefined && statusOf(reply) >= 200 ? reply : undefined
          },
          REPEAT_MS,
          5,
        ).catch(() => undefined)
        if (found) return found
      }
      throw new Error(`no response to ${lines[0]}`)
    },
    async close() {
      if (isClosed) return
      await Promise.all([...talks.values()].map(async talk => (await talk).close()))
      if (isRegistered) await party.register(0)
      isClosed = true
      socket.close()
    },
  }

  return party
}
