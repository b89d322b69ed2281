// Takes what switches copy of their SIP (HEP over UDP). Whatever arrives, it costs little and harms nothing.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { decodeHep, type HepPacket } from '../../telephony/capture/hep.ts'

export interface Collector {
  readonly host: string
  readonly port: number
  counts(): CollectorCounts
  close(): Promise<void>
}
export interface CollectorCounts {
  readonly received: number
  /** No HEP, or not whole. */
  readonly junk: number
  /** Beyond the rate that is looked at. */
  readonly refused: number
}

/** Room for a burst while the process looks away; the system may grant less. */
const RECEIVE_BUFFER_BYTES = 1_048_576
/** A hundred calls a second make 2,000 messages. */
const MOST_PER_SECOND = 5000

/** @throws when the port is taken. */
export async function openCollector(options: {
  readonly host: string
  /** 0 chooses one. */
  readonly port: number
  readonly onPacket: (packet: HepPacket) => void
  readonly onError: (error: Error) => void
  /** Epoch ms. */
  readonly now: () => number
}): Promise<Collector> {
  const socket = createSocket({
    type: isIPv6(options.host) ? 'udp6' : 'udp4',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  })
  const counts = { received: 0, junk: 0, refused: 0 }
  let second = 0
  let inSecond = 0

  socket.on('message', data => {
    counts.received++
    const now = Math.floor(options.now() / 1000)
    if (now !== second) [second, inSecond] = [now, 0]
    if (++inSecond > MOST_PER_SECOND) return void counts.refused++
    const packet = decodeHep(data)
    if (packet) options.onPacket(packet)
    else counts.junk++
  })
  const listening = once(socket, 'listening')
  socket.bind({ address: options.host, port: options.port, exclusive: true })
  try {
    await listening
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('error', options.onError)
  let closing: Promise<unknown> | undefined
  return {
    host: options.host,
    port: socket.address().port,
    counts: () => ({ ...counts }),
    async close() {
      if (!closing) {
        closing = once(socket, 'close')
        socket.close()
      }
      await closing
    },
  }
}
