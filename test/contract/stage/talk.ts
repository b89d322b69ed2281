// One SIP dialog of a party, from the INVITE to the end, in either direction. Answers what is asked as a plain telephone would,
// unless the behaviour takes a request over.
import type { FarEnd } from '../../fixtures/far-end.ts'
import { until } from '../../fixtures/until.ts'
import type { Voice } from './ears.ts'
import { TONES } from './ears.ts'
import { pressOne } from './keys.ts'
import {
  bodyOf,
  cseqOf,
  type Direction,
  directionOf,
  headerOf,
  linesOf,
  methodOf,
  mirrored,
  newBranch,
  newTag,
  portOf,
  refusedLines,
  sdpText,
  statusOf,
  tagIn,
  uriIn,
} from './text.ts'

export interface Talk {
  readonly callId: string
  /** The INVITE that began it. */
  readonly invite: string
  readonly ear: FarEnd
  /** Responses to our INVITEs, without repetitions. */
  readonly responses: readonly string[]
  /** What the switch asked within the dialog, without ACK, the first INVITE and repetitions. */
  readonly requests: readonly string[]
  readonly acks: readonly string[]
  statuses(): number[]
  /** Called for a request before it is answered; `true` says that the behaviour answers itself. */
  take: ((message: string) => boolean) | undefined
  /** SDP of ours in answers from now on. */
  sdp(direction?: Direction): string
  /** The switch's last SDP. */
  farSdp(): string
  reply(message: string, status: string, extra?: readonly string[], body?: string): void
  ring(status?: string, extra?: readonly string[], body?: string): void
  answer(extra?: readonly string[], body?: string): void
  refuse(status: number, extra?: readonly string[]): void
  cancel(extra?: readonly string[]): void
  /** A request in the dialog; gives the final response. */
  ask(method: string, extra?: readonly string[], body?: string): Promise<string>
  /** RFC 3262: acknowledges progress with `<RSeq> <CSeq>`; gives the final response. */
  prack(rack: string): Promise<string>
  /** A re-INVITE; gives the final response, acknowledged. */
  reinvite(body: string): Promise<string>
  answered(): Promise<void>
  /** The final refusal's status. */
  refused(): Promise<number>
  requested(method: string, count?: number): Promise<string>
  ended(): Promise<void>
  readonly isEnded: boolean
  speak(voice: Voice): void
  /** RFC 4733. */
  press(digits: string, durationMs?: number): Promise<void>
  hangUp(extra?: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface TalkOptions {
  readonly direction: 'out' | 'in'
  readonly ear: FarEnd
  readonly port: number
  readonly send: (message: string) => void
  /** The INVITE, complete when it came in; when it goes out, all but Via. */
  readonly invite: string
  readonly isAnswering?: boolean
  readonly voice: Voice
  /** Answer to a challenge, as a header line. */
  readonly authorize?: (challenge: string, status: number) => string
}

export interface DeafTalk extends Talk {
  onMessage(message: string): void
}

const REPEAT_MS = 500
const LIMIT_MS = 20_000

export function createTalk(options: TalkOptions): DeafTalk {
  const { ear, port, send, direction } = options
  let { invite } = options
  const isOurs = direction === 'out'
  const callId = headerOf(invite, 'Call-ID')
  const tag = isOurs ? tagIn(headerOf(invite, 'From')) : newTag()
  const us = isOurs
    ? headerOf(invite, 'From')
    : `${headerOf(invite, 'To').replace(/;tag=.*/, '')};tag=${tag}`
  let them = isOurs ? headerOf(invite, 'To') : headerOf(invite, 'From')
  let target = isOurs ? (invite.split(' ')[1] ?? '') : uriIn(headerOf(invite, 'Contact'))
  const responses: string[] = []
  const requests: string[] = []
  const acks: string[] = []
  const finals = new Map<string, string>()
  const repeats = new Map<string, NodeJS.Timeout>()
  let lastFarSdp = isOurs ? '' : bodyOf(invite)
  let cseq = isOurs ? cseqOf(invite).number : 0
  let version = 0
  let isAnswered = false
  let isEnded = false
  let isCancelled = false
  let voice: Voice | undefined
  const contact = `Contact: <sip:phone@127.0.0.1:${port}>`
  const repeat = (key: string, message: string) => {
    clearInterval(repeats.get(key))
    send(message)
    let left = 12
    repeats.set(
      key,
      setInterval(() => {
        if (left-- > 0) send(message)
        else clearInterval(repeats.get(key))
      }, REPEAT_MS),
    )
  }
  const hush = (key: string) => clearInterval(repeats.get(key))
  const text = (lines: readonly string[], body = '') =>
    [
      ...lines,
      ...(body === '' || lines.some(line => line.startsWith('Content-Type:'))
        ? []
        : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n')
  const requestText = (
    method: string,
    number: number,
    extra: readonly string[] = [],
    body = '',
    branch = newBranch(),
  ) =>
    text(
      [
        `${method} ${target} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=${branch};rport`,
        'Max-Forwards: 70',
        `From: ${us}`,
        `To: ${them}`,
        `Call-ID: ${callId}`,
        `CSeq: ${number} ${method}`,
        contact,
        ...extra,
      ],
      body,
    )
  const talkTo = () => {
    const farPort = portOf(lastFarSdp)
    if (voice !== undefined && farPort > 0) ear.speak(farPort, TONES[voice])
  }
  const hearSdp = (message: string) => {
    const body = bodyOf(message)
    if (!body.includes('m=audio')) return
    const before = portOf(lastFarSdp)
    lastFarSdp = body
    if (voice !== undefined && portOf(body) !== before) talkTo()
  }
  const finish = () => {
    isEnded = true
    // A lost BYE is said again all the same.
    for (const key of repeats.keys()) if (!key.endsWith(' BYE')) hush(key)
    ear.silence()
  }
  const toneOn = () => {
    voice ??= options.voice
    talkTo()
  }
  let inviteBranch = ''
  const sendInvite = () => {
    inviteBranch = newBranch()
    const via = `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=${inviteBranch};rport`
    repeat(`${cseq} INVITE`, invite.replace('\r\n', `\r\n${via}\r\n`))
  }

  const onOwnInvite = (message: string, status: number, number: number) => {
    hush(`${number} INVITE`)
    const previous = responses.at(-1)
    const isRepeated =
      previous !== undefined &&
      statusOf(previous) === status &&
      cseqOf(previous).number === number &&
      headerOf(previous, 'RSeq') === headerOf(message, 'RSeq')
    if (!isRepeated) responses.push(message)
    hearSdp(message)
    if (status < 200) return
    const isFirst = !isAnswered
    if (status >= 300) {
      // RFC 3261 §17.1.1.3: the ACK for a refusal belongs to its transaction.
      const branch = isFirst ? inviteBranch : /branch=([^;\s]+)/.exec(message)?.[1]
      const ackTo = isFirst ? { from: us, to: headerOf(message, 'To') } : { from: us, to: them }
      const uri = isFirst ? (invite.split(' ')[1] ?? '') : target
      send(
        text([
          `ACK ${uri} SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=${branch};rport`,
          'Max-Forwards: 70',
          `From: ${ackTo.from}`,
          `To: ${ackTo.to}`,
          `Call-ID: ${callId}`,
          `CSeq: ${number} ACK`,
        ]),
      )
      if (!isFirst || isRepeated) return
      const challenge =
        headerOf(message, 'WWW-Authenticate') || headerOf(message, 'Proxy-Authenticate')
      if (options.authorize && challenge !== '' && !/^(Proxy-)?Authorization:/im.test(invite)) {
        const line = options.authorize(challenge, status)
        cseq++
        invite = invite
          .replace(/^CSeq: .*$/m, `CSeq: ${cseq} INVITE`)
          .replace('\r\nCSeq', `\r\n${line}\r\nCSeq`)
        return sendInvite()
      }

      return finish()
    }
    if (isFirst) {
      them = headerOf(message, 'To')
      target = uriIn(headerOf(message, 'Contact')) || target
      isAnswered = true
      toneOn()
    }
    // RFC 3261 §13.2.1: without an offer in the INVITE the answer goes into the ACK.
    const isAnswer = isFirst && bodyOf(invite) === '' && bodyOf(message) !== ''
    send(requestText('ACK', number, [], isAnswer ? talk.sdp() : ''))
    // It came too late to be refused: RFC 3261 §9.1.
    if (isCancelled && isFirst) void talk.hangUp()
  }

  const onRequest = (message: string) => {
    const { number, method } = cseqOf(message)
    const key = `${number} ${method}`
    if (method === 'ACK') {
      acks.push(message)
      hearSdp(message)
      hush(`${number} 2xx`)
      return
    }
    const told = finals.get(key)
    if (told !== undefined) return send(told)
    if (!isOurs && method === 'INVITE' && number === cseqOf(options.invite).number) return
    if (requests.some(one => cseqOf(one).number === number && methodOf(one) === method)) return
    requests.push(message)
    if (talk.take?.(message)) return
    if (method === 'CANCEL') {
      talk.reply(message, '200 OK')
      if (isAnswered || isEnded) return
      talk.reply(options.invite, '487 Request Terminated')
      return finish()
    }
    if (method === 'INVITE') {
      hearSdp(message)
      const body = bodyOf(message)
      const wish = body === '' ? 'sendrecv' : directionOf(body)
      return talk.reply(message, '200 OK', [], talk.sdp(mirrored(wish)))
    }
    talk.reply(message, '200 OK')
    if (method === 'BYE') finish()
  }

  const talk: DeafTalk = {
    callId,
    invite,
    ear,
    responses,
    requests,
    acks,
    take: undefined,
    get isEnded() {
      return isEnded
    },
    statuses: () => responses.map(statusOf),
    sdp: (wish = 'sendrecv') =>
      sdpText({
        port: ear.port,
        rtcpPort: ear.rtcpPort,
        direction: wish,
        version: ++version,
        refused: refusedLines(lastFarSdp),
      }),
    farSdp: () => lastFarSdp,
    reply(message, status, extra = [], body = '') {
      const { number, method } = cseqOf(message)
      const to = headerOf(message, 'To')
      const reply = text(
        [
          `SIP/2.0 ${status}`,
          ...linesOf(message, 'Via'),
          ...linesOf(message, 'Record-Route'),
          `From: ${headerOf(message, 'From')}`,
          `To: ${to}${/;tag=/.test(to) || status.startsWith('100') ? '' : `;tag=${tag}`}`,
          `Call-ID: ${callId}`,
          `CSeq: ${headerOf(message, 'CSeq')}`,
          contact,
          ...extra,
        ],
        body,
      )
      if (Number(status.slice(0, 3)) < 200) return send(reply)
      finals.set(`${number} ${method}`, reply)
      // RFC 3261 §13.3.1.4: an answer to INVITE is repeated until it is acknowledged.
      if (method === 'INVITE') repeat(`${number} 2xx`, reply)
      else send(reply)
    },
    ring: (status = '180 Ringing', extra, body) => {
      if (body) toneOn()
      talk.reply(options.invite, status, extra, body)
    },
    answer(extra = [], body = talk.sdp()) {
      if (isAnswered || isEnded) return
      isAnswered = true
      talk.reply(options.invite, '200 OK', extra, body)
      toneOn()
    },
    refuse(status, extra = []) {
      if (isAnswered || isEnded) return
      talk.reply(options.invite, `${status} No`, extra)
      isEnded = true
    },
    cancel(extra = []) {
      isCancelled = true
      const head = invite.split('\r\n')
      const kept = head.filter(line => /^(From|To|Call-ID|Max-Forwards):/.test(line))
      send(
        text([
          `CANCEL ${invite.split(' ')[1]} SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=${inviteBranch};rport`,
          ...kept,
          `CSeq: ${cseq} CANCEL`,
          ...extra,
        ]),
      )
    },
    async ask(method, extra = [], body = '') {
      const number = ++cseq
      const key = `${number} ${method}`
      repeat(key, requestText(method, number, extra, body))

      return until(`an answer to ${method}`, () => finals.get(`our ${key}`), LIMIT_MS, 5)
    },
    prack(rack) {
      // The dialog is there with the first answer that has a tag, RFC 3261 §12.1.2.
      const early = responses.findLast(one => tagIn(headerOf(one, 'To')) !== '') ?? ''
      them = headerOf(early, 'To')
      target = uriIn(headerOf(early, 'Contact')) || target

      return talk.ask('PRACK', [`RAck: ${rack}`])
    },
    async reinvite(body) {
      const number = ++cseq
      repeat(`${number} INVITE`, requestText('INVITE', number, [], body))

      return until(
        'an answer to a re-INVITE',
        () => responses.find(one => cseqOf(one).number === number && statusOf(one) >= 200),
        LIMIT_MS,
        5,
      )
    },
    async answered() {
      await until(
        'an answer',
        () => {
          if (isEnded) throw new Error(`ended with ${talk.statuses().join(' ')}`)

          return isAnswered
        },
        LIMIT_MS,
        5,
      )
    },
    refused: () =>
      until(
        'a refusal',
        () => {
          const status = talk.statuses().at(-1) ?? 0

          return isEnded && status >= 300 ? status : undefined
        },
        LIMIT_MS,
        5,
      ),
    requested: (method, count = 1) =>
      until(
        `${method} number ${count}`,
        () => requests.filter(message => methodOf(message) === method)[count - 1],
        LIMIT_MS,
        5,
      ),
    async ended() {
      await until('the end of the call', () => isEnded, LIMIT_MS, 5)
    },
    speak(chosen) {
      voice = chosen
      talkTo()
    },
    async press(digits, durationMs = 160) {
      ear.silence()
      for (const digit of digits) await pressOne(ear, portOf(lastFarSdp), digit, durationMs)
      talkTo()
    },
    async hangUp(extra = []) {
      if (!isAnswered || isEnded) return
      const asked = talk.ask('BYE', extra)
      finish()
      // A switch that is gone answers no more; whoever hangs up does not care.
      await asked.catch(() => undefined)
    },
    async close() {
      talk.take = undefined
      if (!isAnswered && !isEnded) {
        if (isOurs) talk.cancel()
        else talk.refuse(480)
      }
      await talk.hangUp()
      for (const key of repeats.keys()) hush(key)
      ear.close()
    },
    onMessage(message) {
      const status = statusOf(message)
      if (status === 0) return onRequest(message)
      const { number, method } = cseqOf(message)
      if (method === 'INVITE') return onOwnInvite(message, status, number)
      if (status < 200) return
      hush(`${number} ${method}`)
      finals.set(`our ${number} ${method}`, message)
    },
  }
  if (isOurs) sendInvite()

  return talk
}
