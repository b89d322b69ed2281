// SIP over TCP: framing by Content-Length, one connection used both ways (RFC 3261 §18, RFC 5923).
import { connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { flowKey, plainAddress, type Arrivals, type Flow, type StreamLimits } from './flow.ts'
import { createFramer } from './stream-framer.ts'

export interface TcpTransport {
  readonly port: number
  find(address: string, port: number): Flow | undefined
  /** The connection there is, or a new one; what is sent before it stands is sent then. */
  flowTo(address: string, port: number): Flow
  close(): Promise<void>
}

interface TcpOptions {
  readonly bindAddress: string
  readonly port: number
  readonly limits: StreamLimits
}

const PONG = Buffer.from('\r\n')
/** Bytes the far end leaves unread before we give it up. */
const BACKLOG_LIMIT = 4_194_304
const CONNECT_LIMIT_MS = 10_000

export async function openTcp(options: TcpOptions, arrivals: Arrivals): Promise<TcpTransport> {
  const { limits } = options
  const connections = new Map<string, { flow: Flow; socket: Socket }>()

  function adopt(socket: Socket, address: string, port: number): Flow {
    const key = flowKey('tcp', address, port)
    const framer = createFramer(limits)
    const flow: Flow = {
      source: { transport: 'tcp', address, port },
      key,
      reliable: true,
      isOpen: () => !socket.destroyed && !socket.writableEnded,
      close: () => socket.destroy(),
      send(data) {
        if (!flow.isOpen()) return
        if (socket.writableLength > BACKLOG_LIMIT) return void socket.destroy()
        socket.write(data)
        if (data !== PONG) arrivals.onSent?.(flow, data)
      },
    }
    connections.set(key, { flow, socket })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    socket.setTimeout(limits.silentMs)
    socket.on('timeout', () => socket.destroy())
    // The close that follows says all there is to say.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (connections.get(key)?.socket === socket) connections.delete(key)
      arrivals.onClosed(flow)
    })
    socket.on('data', (chunk: Buffer) => {
      for (const framed of framer.push(chunk)) {
        if (framed.type === 'ping') flow.send(PONG)
        else if (framed.type === 'message') {
          socket.setTimeout(limits.idleMs)
          arrivals.onMessage(flow, framed.data)
        } else {
          if (framed.data.length > 0) arrivals.onMessage(flow, framed.data, framed.oversized)
          socket.end()
          socket.setTimeout(1000)
        }
      }
    })
    return flow
  }

  const server = createServer({ pauseOnConnect: false }, socket => {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) socket.destroy()
    else if (connections.size >= limits.connections) socket.destroy()
    else adopt(socket, plainAddress(remoteAddress), remotePort)
  })
  const listening = once(server, 'listening')
  server.listen({ host: options.bindAddress, port: options.port })
  await listening
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port

  return {
    port,
    find: (address, farPort) => connections.get(flowKey('tcp', address, farPort))?.flow,
    flowTo(address, farPort) {
      const there = connections.get(flowKey('tcp', address, farPort))?.flow
      if (there?.isOpen() === true) return there
      const socket = connect({ host: address, port: farPort, localAddress: options.bindAddress })
      const flow = adopt(socket, address, farPort)
      socket.setTimeout(Math.min(CONNECT_LIMIT_MS, limits.silentMs))
      socket.once('connect', () => socket.setTimeout(limits.idleMs))
      return flow
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const { socket } of connections.values()) {
        // What was written last should still leave.
        socket.end()
        socket.setTimeout(200)
      }
      const patience = setTimeout(() => {
        for (const { socket } of connections.values()) socket.destroy()
      }, 300)
      await closed
      clearTimeout(patience)
      for (const { socket } of connections.values()) socket.destroy()
    },
  }
}
