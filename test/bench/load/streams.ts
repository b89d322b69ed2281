// Many RTP streams of 50 packets a second on a clock that catches up; every packet says which it is and when it was sent.
import { createSocket, type Socket } from 'node:dgram'
import { createHistogram } from './histogram.ts'

const FRAME_MS = 20
const FRAME_SAMPLES = 160
const HEADER_BYTES = 12
/** In the first bytes of the sound, which both laws being the same passes the switch untouched. */
export const MAGIC = 0x48_6f_74_6c
/** Magic, stream, window, number, time. */
export const MARK_BYTES = 20
const PCMA = 8
/** A-law of a quiet tone; the value does not matter, the amount does. */
const SOUND = 0xd4
const FIRST_PORT = 55_000
const LAST_PORT = 59_998

/** What a packet says of itself, at a place in its sound; `sentAtMs` by the clock of the process that sent it. */
export const readMark = (sound: Buffer, at: number) => ({
  isCounted: sound.readUInt16BE(at + 6) > 0,
  number: sound.readUInt32BE(at + 8),
  sentAtMs: sound.readDoubleBE(at + 12),
})

export type Kind = 'through-switch' | 'direct'

export interface Stream {
  readonly port: number
  /** Begins (or goes on) to send there, at once. */
  sendTo(port: number): void
  stop(): void
  /** When the first packet of the partner came, in `performance.now()`. */
  onFirstHeard: ((atMs: number) => void) | undefined
}
export interface Measured {
  readonly sent: number
  readonly received: number
  /** Distance of two arrivals less 20 ms, without sign. */
  readonly jitterP99Ms: number
  /** Distance of two arrivals less the distance at which they were sent, without sign: what the way adds. */
  readonly wayJitterP99Ms: number
  readonly delayP50Ms: number
  readonly delayP99Ms: number
  /** Longest distance of two arrivals of one stream; a packet that never came makes it longer. */
  readonly longestGapMs: number
  /** The same of each stream, by the id of who heard it; one that heard nothing is not in it. */
  readonly longestGapByStreamMs: Readonly<Record<string, number>>
}
export interface Streams {
  /** A stream that expects to hear the stream `partner`. */
  open(id: number, partner: number, kind: Kind): Promise<Stream>
  /** Counts what is sent from now on until `forMs` later, and what of it arrives half a second after that. */
  measure(forMs: number): Promise<Record<Kind, Measured>>
}

/** Addresses are numbers already; the resolver would cost a turn of the event loop per packet. */
const lookup = (
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void => done(null, address, 4)

const createCount = () => ({
  sent: 0,
  received: 0,
  jitter: createHistogram(),
  wayJitter: createHistogram(),
  delay: createHistogram(),
  longestGapMs: new Map<number, number>(),
})

const LATE_MS = 500

export function createStreams(): Streams {
  const senders = new Set<{ dueMs: number; send(): void }>()
  let counts = { 'through-switch': createCount(), direct: createCount() }
  /** 0: nothing is counted. */
  let window = 0
  let lastWindow = 0
  let nextPort = FIRST_PORT

  const beat = () => {
    const nowMs = performance.now()
    for (const sender of senders) {
      while (sender.dueMs <= nowMs) {
        sender.send()
        sender.dueMs += FRAME_MS
      }
    }
    setTimeout(beat, 1)
  }
  beat()

  const bind = async (): Promise<Socket> => {
    while (nextPort < LAST_PORT) {
      const socket = createSocket({ type: 'udp4', lookup })
      const port = nextPort
      nextPort += 2
      const isBound = await new Promise<boolean>(resolve => {
        socket.once('error', () => resolve(false))
        socket.bind(port, '127.0.0.1', () => resolve(true))
      })
      if (isBound) return socket.on('error', () => undefined)
      socket.close()
    }
    throw new Error('no free port for sound')
  }

  const open = async (id: number, partner: number, kind: Kind): Promise<Stream> => {
    const socket = await bind()
    const packet = Buffer.alloc(HEADER_BYTES + FRAME_SAMPLES, SOUND)
    packet.writeUInt16BE(0x80_00 | PCMA, 0)
    packet.writeUInt32BE(id + 1, 8)
    packet.writeUInt32BE(MAGIC, HEADER_BYTES)
    packet.writeUInt16BE(id, HEADER_BYTES + 4)
    let toPort = 0
    let number = 0
    const sender = {
      dueMs: 0,
      send() {
        number++
        packet.writeUInt16BE(number & 0xffff, 2)
        packet.writeUInt32BE((number * FRAME_SAMPLES) >>> 0, 4)
        packet.writeUInt16BE(window, HEADER_BYTES + 6)
        packet.writeUInt32BE(number, HEADER_BYTES + 8)
        packet.writeDoubleBE(performance.now(), HEADER_BYTES + 12)
        if (window > 0) counts[kind].sent++
        // A copy, because the kernel may take it later than we write the next one.
        socket.send(Buffer.from(packet), toPort, '127.0.0.1')
      },
    }
    let heard = { number: 0, atMs: 0, sentAtMs: 0 }
    const stream: Stream = {
      port: socket.address().port,
      onFirstHeard: undefined,
      sendTo(port) {
        toPort = port
        sender.dueMs = performance.now()
        senders.add(sender)
      },
      stop: () => void senders.delete(sender),
    }
    socket.on('message', data => {
      const atMs = performance.now()
      if (data.length !== packet.length || data.readUInt32BE(HEADER_BYTES) !== MAGIC) return
      if (data.readUInt16BE(HEADER_BYTES + 4) !== partner) return
      const its = data.readUInt32BE(HEADER_BYTES + 8)
      if (heard.number === 0) stream.onFirstHeard?.(atMs)
      // Each is counted once; one that was overtaken is as good as lost for a talk.
      if (its <= heard.number) return
      const sentAtMs = data.readDoubleBE(HEADER_BYTES + 12)
      if (data.readUInt16BE(HEADER_BYTES + 6) === lastWindow && lastWindow > 0) {
        const count = counts[kind]
        count.received++
        count.delay.add(atMs - sentAtMs)
        const gapMs = heard.number > 0 ? atMs - heard.atMs : 0
        count.longestGapMs.set(id, Math.max(count.longestGapMs.get(id) ?? 0, gapMs))
        if (its === heard.number + 1) {
          count.jitter.add(Math.abs(atMs - heard.atMs - FRAME_MS))
          count.wayJitter.add(Math.abs(atMs - heard.atMs - (sentAtMs - heard.sentAtMs)))
        }
      }
      heard = { number: its, atMs, sentAtMs }
    })
    return stream
  }

  const resultOf = ({
    sent,
    received,
    jitter,
    wayJitter,
    delay,
    longestGapMs,
  }: ReturnType<typeof createCount>) => ({
    sent,
    received,
    jitterP99Ms: jitter.at(0.99),
    wayJitterP99Ms: wayJitter.at(0.99),
    delayP50Ms: delay.at(0.5),
    delayP99Ms: delay.at(0.99),
    longestGapMs: +Math.max(0, ...longestGapMs.values()).toFixed(1),
    longestGapByStreamMs: Object.fromEntries(longestGapMs),
  })

  return {
    open,
    async measure(forMs) {
      counts = { 'through-switch': createCount(), direct: createCount() }
      window = ++lastWindow
      await new Promise(resolve => setTimeout(resolve, forMs))
      window = 0
      await new Promise(resolve => setTimeout(resolve, LATE_MS))
      return {
        'through-switch': resultOf(counts['through-switch']),
        direct: resultOf(counts.direct),
      }
    },
  }
}
