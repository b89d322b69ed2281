// Process of the load for the bench of the peers: callers who hang up as soon as they are answered, at a steady rate.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { serve } from './child.ts'
import { ack, answer, bye, invite, openSipEnd, type CallShape } from './sip-ends.ts'

const FIRST_SIP_PORT = 23_200
const CALLER = 13_900_000_000
const LATE_MS = 5_000

export interface Short {
  readonly answeredMs: readonly number[]
  readonly refused: readonly string[]
}

/** Where the sound of all of them goes; nobody listens. */
const sound = createSocket('udp4')
sound.bind(0, '127.0.0.1')
await once(sound, 'listening')

interface Call {
  readonly shape: CallShape
  readonly from: number
}
const calls = new Map<string, Call>()
let answeredMs: number[] = []
let refused: string[] = []

const end = await openSipEnd(FIRST_SIP_PORT, message => {
  if (message.start.startsWith('BYE ')) return end.send(answer(message, '200 OK'), message.fromPort)
  const atMs = performance.now()
  const call = calls.get(message.header('Call-ID'))
  if (!call || !/^[2-6]/.test(message.start) || message.header('CSeq') !== '1 INVITE') return
  calls.delete(call.shape.callId)
  end.send(ack(call.shape, message), call.shape.toPort)
  if (!message.start.startsWith('2')) return void refused.push(message.start)
  answeredMs.push(atMs - call.from)
  end.send(bye(call.shape, message), call.shape.toPort)
})

serve({
  async call(input: {
    port: number
    count: number
    perSecond: number
    first: number
  }): Promise<Short> {
    answeredMs = []
    refused = []
    const beganAt = performance.now()
    for (let n = 0; n < input.count; n++) {
      const due = beganAt + (n * 1000) / input.perSecond
      await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())))
      const shape = {
        callId: `short-${process.pid}-${input.first + n}`,
        caller: String(CALLER + input.first + n),
        number: '12393',
        fromPort: end.port,
        toPort: input.port,
        soundPort: sound.address().port,
      }
      const from = performance.now()
      calls.set(shape.callId, { shape, from })
      end.send(invite(shape), input.port)
    }
    const until = performance.now() + LATE_MS
    while (answeredMs.length + refused.length < input.count && performance.now() < until)
      await new Promise(resolve => setTimeout(resolve, 20))
    calls.clear()
    return { answeredMs, refused }
  },
})
