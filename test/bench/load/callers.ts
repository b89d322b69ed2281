// Process of the load for the bench of calls: callers, those they are bridged with, and the sound of both.
import { serve } from './child.ts'
import { createHistogram } from './histogram.ts'
import { ack, answer, invite, openSipEnd, type CallShape, type SipMessage } from './sip-ends.ts'
import { createStreams, type Stream } from './streams.ts'

interface Call {
  readonly shape: CallShape
  readonly stream: Stream
  readonly from: number
}

export interface Ports {
  readonly callerPort: number
  readonly calledPort: number
  /** Epoch ms at which the clock of its packets began. */
  readonly clockOriginMs: number
}
export interface SetUp {
  readonly answered: number
  readonly heard: number
  readonly refused: readonly string[]
  readonly answeredP50Ms: number
  readonly answeredP99Ms: number
  readonly heardP50Ms: number
  readonly heardP99Ms: number
}

const FIRST_SIP_PORT = 25_000
/** Numbers dialled by the switch for the other half of call n. */
const CALLED = 9_000_000
const CALLER = 13_900_000_000
/** Streams of the second half; those of pairs that do not go through the switch. */
const OTHER_HALF = 10_000
const DIRECT = 20_000

const streams = createStreams()
const calls = new Map<string, Call>()
const answeredMs = createHistogram()
const heardMs = createHistogram()
const refused: string[] = []
const called = new Map<number, Stream>()

const callerEnd = await openSipEnd(FIRST_SIP_PORT, message => {
  if (message.start.startsWith('BYE ')) {
    calls.get(message.header('Call-ID'))?.stream.stop()
    return callerEnd.send(answer(message, '200 OK'), message.fromPort)
  }
  const call = calls.get(message.header('Call-ID'))
  if (call && /^[2-6]/.test(message.start) && message.header('CSeq') === '1 INVITE')
    onFinal(call, message)
})

function onFinal({ shape, stream, from }: Call, message: SipMessage): void {
  callerEnd.send(ack(shape, message), shape.toPort)
  if (!message.start.startsWith('2')) return void refused.push(message.start)
  // A 200 that comes again is acknowledged again, and that is all.
  if (answered.has(shape.callId)) return
  answered.add(shape.callId)
  answeredMs.add(performance.now() - from)
  stream.sendTo(message.soundPort)
}
const answered = new Set<string>()

const picksUp = new Map<string, string>()
const calledEnd = await openSipEnd(FIRST_SIP_PORT + 100, message => {
  const [method, address] = message.start.split(' ')
  if (method === 'INVITE') void pickUp(message, Number(/sip:(\d+)@/.exec(address ?? '')?.[1]))
  if (method !== 'BYE') return
  called.get(Number(/sip:(\d+)@/.exec(message.header('To'))?.[1]) - CALLED)?.stop()
  calledEnd.send(answer(message, '200 OK'), message.fromPort)
})

async function pickUp(message: SipMessage, number: number): Promise<void> {
  const callId = message.header('Call-ID')
  const before = picksUp.get(callId)
  if (before === '') return
  if (before) return calledEnd.send(before, message.fromPort)
  picksUp.set(callId, '')
  const n = number - CALLED
  const stream = await streams.open(OTHER_HALF + n, n, 'through-switch')
  called.set(n, stream)
  const text = answer(message, '200 OK', { port: calledEnd.port, soundPort: stream.port })
  picksUp.set(callId, text)
  calledEnd.send(text, message.fromPort)
  stream.sendTo(message.soundPort)
}

async function call(n: number, toPort: number): Promise<void> {
  const stream = await streams.open(n, OTHER_HALF + n, 'through-switch')
  const shape = {
    callId: `bench-${process.pid}-${n}`,
    caller: String(CALLER + n),
    number: '12393',
    fromPort: callerEnd.port,
    toPort,
    soundPort: stream.port,
  }
  const from = performance.now()
  stream.onFirstHeard = atMs => heardMs.add(atMs - from)
  calls.set(shape.callId, { shape, stream, from })
  callerEnd.send(invite(shape), toPort)
}

serve({
  ports: (): Ports => ({
    callerPort: callerEnd.port,
    calledPort: calledEnd.port,
    clockOriginMs: performance.timeOrigin,
  }),
  /** Pairs that hear each other without the switch: what the load itself adds. */
  async direct({ pairs }: { pairs: number }) {
    for (let n = 0; n < pairs; n++) {
      const [one, other] = await Promise.all([
        streams.open(DIRECT + 2 * n, DIRECT + 2 * n + 1, 'direct'),
        streams.open(DIRECT + 2 * n + 1, DIRECT + 2 * n, 'direct'),
      ])
      one.sendTo(other.port)
      other.sendTo(one.port)
    }
  },
  async ramp(input: { from: number; to: number; perSecond: number; port: number }): Promise<SetUp> {
    for (const histogram of [answeredMs, heardMs]) histogram.clear()
    refused.length = 0
    const beganAt = performance.now()
    for (let n = input.from; n < input.to; n++) {
      const due = beganAt + ((n - input.from) * 1000) / input.perSecond
      await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())))
      await call(n, input.port)
    }
    const wanted = input.to - input.from
    const until = performance.now() + 5000
    while (heardMs.count + refused.length < wanted && performance.now() < until)
      await new Promise(resolve => setTimeout(resolve, 20))
    return {
      answered: answeredMs.count,
      heard: heardMs.count,
      refused: [...refused],
      answeredP50Ms: answeredMs.at(0.5),
      answeredP99Ms: answeredMs.at(0.99),
      heardP50Ms: heardMs.at(0.5),
      heardP99Ms: heardMs.at(0.99),
    }
  },
  measure: ({ forMs }: { forMs: number }) => streams.measure(forMs),
})
