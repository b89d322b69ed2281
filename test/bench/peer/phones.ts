// Telephones of agents that ring and are never picked up, and callers who hang up when they are told to; over one socket each kind.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { answerTo } from '../../fixtures/rtp-caller.ts'
import {
  ack,
  answer,
  bye,
  invite,
  openSipEnd,
  register,
  type CallShape,
  type SipMessage,
} from '../load/sip-ends.ts'

const FIRST_PHONE_PORT = 23_400
const FIRST_CALLER_PORT = 23_300
const CALLER = 13_800_000_000
const LIMIT_MS = 10_000

export interface Rung {
  /** `performance.now()` as the INVITE came. */
  readonly atMs: number
  readonly agent: string
  /** The switch has called it off. */
  readonly cancelled: Promise<void>
}
export interface Phones {
  readonly port: number
  /** REGISTER with digest; for an hour. @throws when it is refused. */
  register(account: { user: string; password: string }, toPort: number): Promise<void>
  /** The next telephone to ring from now on. @throws when none does in time. */
  next(): Promise<Rung>
  close(): void
}

export async function openPhones(): Promise<Phones> {
  const invites = new Map<string, { message: SipMessage; cancel: () => void }>()
  const answers = new Map<string, (message: SipMessage) => void>()
  let tell: ((rung: Rung) => void) | undefined

  const end = await openSipEnd(FIRST_PHONE_PORT, message => {
    const atMs = performance.now()
    const callId = message.header('Call-ID')
    const [method = '', address = ''] = message.start.split(' ')
    if (/^[2-6]/.test(message.start)) return answers.get(callId)?.(message)
    if (method === 'ACK' || /^1/.test(method)) return
    if (method === 'CANCEL') {
      end.send(answer(message, '200 OK'), message.fromPort)
      const rings = invites.get(callId)
      if (rings) end.send(answer(rings.message, '487 Request Terminated'), rings.message.fromPort)
      return rings?.cancel()
    }
    if (method !== 'INVITE') return end.send(answer(message, '200 OK'), message.fromPort)
    if (invites.has(callId)) return
    let cancel: () => void = () => undefined
    const cancelled = limited('CANCEL', new Promise<void>(resolve => (cancel = resolve)))
    // Nobody may wait for it.
    cancelled.catch(() => undefined)
    invites.set(callId, { message, cancel })
    end.send(answer(message, '180 Ringing'), message.fromPort)
    tell?.({ atMs, agent: /^sip:([^@;]+)@/.exec(address)?.[1] ?? '', cancelled })
  })

  return {
    port: end.port,
    async register({ user, password }, toPort) {
      const ask = async (sequence: number, authorization: readonly string[]) => {
        const callId = `phone-${user}-${end.port}`
        const replied = new Promise<SipMessage>(resolve => answers.set(callId, resolve))
        end.send(
          register({ callId, user, fromPort: end.port, toPort, sequence }, authorization),
          toPort,
        )
        return limited(`REGISTER of ${user}`, replied)
      }
      const challenge = (await ask(1, [])).header('WWW-Authenticate')
      const target = `sip:127.0.0.1:${toPort}`
      const account = { user, password }
      const { start } = await ask(2, [answerTo(challenge, account, target, 401, 'REGISTER')])
      if (start !== '200') throw new Error(`${user} is not registered: ${start}`)
    },
    next() {
      const rung = limited('telephone that rings', new Promise<Rung>(resolve => (tell = resolve)))
      // The caller may be refused before anybody waits for it.
      rung.catch(() => undefined)
      return rung
    },
    close: () => end.close(),
  }
}

export interface Caller {
  /** `performance.now()` as the INVITE went. */
  readonly invitedAtMs: number
  hangUp(): void
}
export interface Callers {
  /** Rings and waits for the 200. @throws when it is refused or does not come. */
  dial(number: string, toPort: number): Promise<Caller>
  close(): void
}

export async function openCallers(): Promise<Callers> {
  const waiting = new Map<string, (message: SipMessage) => void>()
  const sound = createSocket('udp4')
  sound.bind(0, '127.0.0.1')
  await once(sound, 'listening')
  let count = 0
  const end = await openSipEnd(FIRST_CALLER_PORT, message => {
    if (!/^\d/.test(message.start))
      return message.start.startsWith('ACK ')
        ? undefined
        : end.send(answer(message, '200 OK'), message.fromPort)
    if (/^[2-6]/.test(message.start) && message.header('CSeq') === '1 INVITE')
      waiting.get(message.header('Call-ID'))?.(message)
  })
  return {
    async dial(number, toPort) {
      count++
      const shape: CallShape = {
        callId: `peer-${end.port}-${process.pid}-${count}`,
        caller: String(CALLER + count),
        number,
        fromPort: end.port,
        toPort,
        soundPort: sound.address().port,
      }
      const final = new Promise<SipMessage>(resolve => waiting.set(shape.callId, resolve))
      const invitedAtMs = performance.now()
      end.send(invite(shape), toPort)
      const message = await limited('answer to a caller', final)
      // The same answer may come again before this is heard.
      waiting.set(shape.callId, again => end.send(ack(shape, again), toPort))
      end.send(ack(shape, message), toPort)
      if (message.start !== '200') throw new Error(`the call was refused: ${message.start}`)
      return { invitedAtMs, hangUp: () => end.send(bye(shape, message), toPort) }
    },
    close() {
      end.close()
      sound.close()
    },
  }
}

async function limited<T>(what: string, promise: Promise<T>): Promise<T> {
  let limit: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error(`no ${what} within ${LIMIT_MS} ms`)), LIMIT_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(limit))
}
