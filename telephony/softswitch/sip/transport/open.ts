// Opens all transports; UDP and TCP share one port number (RFC 3261 §18.2.1).
import type { Source } from '../stack.ts'
import type { Arrivals, Flow, StreamLimits } from './flow.ts'
import { openTcp, type TcpTransport } from './tcp.ts'
import { openUdp, type UdpTransport } from './udp.ts'
import { openWebSocket } from './web-socket.ts'

export interface Transports {
  readonly sipPort: number
  readonly webSocketPort: number
  /** The flow to a far end heard before; undefined when its connection is gone. */
  find(source: Source): Flow | undefined
  /** A flow to an address on the network. */
  reach(transport: 'udp' | 'tcp', address: string, port: number): Flow
  close(): Promise<void>
}

interface TransportOptions {
  readonly bindAddress: string
  readonly sipPort: number
  readonly webSocketPort: number
  readonly limits: StreamLimits
  readonly webSocketPingMs: number
  readonly onError: (error: Error) => void
}

export async function openTransports(
  options: TransportOptions,
  arrivals: Arrivals,
): Promise<Transports> {
  const { udp, tcp } = await openPair(options, arrivals)
  const webSocket = await openWebSocket(
    { ...options, port: options.webSocketPort, pingMs: options.webSocketPingMs },
    arrivals,
  ).catch(async (error: unknown) => {
    await Promise.all([udp.close(), tcp.close()])
    throw error
  })
  return {
    sipPort: udp.port,
    webSocketPort: webSocket.port,
    find({ transport, address, port }) {
      if (transport === 'udp') return udp.flowTo(address, port)
      return (transport === 'tcp' ? tcp : webSocket).find(address, port)
    },
    reach: (transport, address, port) => (transport === 'udp' ? udp : tcp).flowTo(address, port),
    async close() {
      await Promise.all([tcp.close(), webSocket.close()])
      await udp.close()
    },
  }
}

/** A port that is free for UDP may be taken for TCP; with port 0 another one is tried. */
async function openPair(
  options: TransportOptions,
  arrivals: Arrivals,
): Promise<{ udp: UdpTransport; tcp: TcpTransport }> {
  for (let attempt = 1; ; attempt++) {
    const udp = await openUdp({ ...options, port: options.sipPort }, arrivals)
    try {
      return { udp, tcp: await openTcp({ ...options, port: udp.port }, arrivals) }
    } catch (error) {
      await udp.close()
      if (options.sipPort !== 0 || attempt === 20) throw error
    }
  }
}
