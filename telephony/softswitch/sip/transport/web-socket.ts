// SIP over WebSocket: RFC 7118. One frame, one message; browsers are reached over their own connection only.
import { once } from 'node:events'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { flowKey, plainAddress, type Arrivals, type Flow, type StreamLimits } from './flow.ts'

export interface WebSocketTransport {
  readonly port: number
  find(address: string, port: number): Flow | undefined
  close(): Promise<void>
}

interface WebSocketOptions {
  readonly bindAddress: string
  readonly port: number
  readonly limits: StreamLimits
  /** Looks for dead connections this often; two rounds without a pong end one. */
  readonly pingMs: number
}

const BACKLOG_LIMIT = 4_194_304
const KEEP_ALIVE_BYTES = 4

export async function openWebSocket(
  options: WebSocketOptions,
  arrivals: Arrivals,
): Promise<WebSocketTransport> {
  const { limits } = options
  const connections = new Map<string, { flow: Flow; socket: WebSocket; heard: boolean }>()
  const server = new WebSocketServer({
    host: options.bindAddress,
    port: options.port,
    maxPayload: limits.headBytes + limits.bodyBytes,
    // RFC 7118 §4: without the subprotocol `sip` the handshake fails.
    verifyClient: ({ req }, decide) => {
      const offered = (req.headers['sec-websocket-protocol'] ?? '')
        .split(',')
        .map(name => name.trim())
      decide(offered.includes('sip') && connections.size < limits.connections, 400)
    },
    handleProtocols: protocols => (protocols.has('sip') ? 'sip' : false),
  })

  function adopt(socket: WebSocket, address: string, port: number): void {
    const key = flowKey('ws', address, port)
    const flow: Flow = {
      source: { transport: 'ws', address, port },
      key,
      reliable: true,
      isOpen: () => socket.readyState === socket.OPEN,
      close: () => socket.terminate(),
      send(data) {
        if (socket.readyState !== socket.OPEN) return
        if (socket.bufferedAmount > BACKLOG_LIMIT) return socket.terminate()
        socket.send(data, { binary: false })
        if (data.length > KEEP_ALIVE_BYTES) arrivals.onSent?.(flow, data)
      },
    }
    const connection = { flow, socket, heard: true }
    connections.set(key, connection)
    socket.on('pong', () => (connection.heard = true))
    // The close that follows says all there is to say.
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      if (connections.get(key) === connection) connections.delete(key)
      arrivals.onClosed(flow)
    })
    socket.on('message', (raw: RawData) => {
      connection.heard = true
      const data = toBuffer(raw)
      // Keep-alive in a frame (RFC 7118 §6 with RFC 5626 §4.4.1), as sip.js sends it.
      if (/^[\r\n]*$/.test(data.subarray(0, 8).toString('latin1'))) {
        if (data.length === 4) flow.send(Buffer.from('\r\n'))
      } else arrivals.onMessage(flow, data)
    })
  }

  server.on('connection', (socket, request) => {
    const { remoteAddress, remotePort } = request.socket
    if (remoteAddress === undefined || remotePort === undefined) socket.terminate()
    else adopt(socket, plainAddress(remoteAddress), remotePort)
  })
  await once(server, 'listening')
  const rounds = setInterval(() => {
    for (const connection of connections.values()) {
      if (!connection.heard) connection.socket.terminate()
      else if (connection.socket.readyState === connection.socket.OPEN) {
        connection.heard = false
        connection.socket.ping()
      }
    }
  }, options.pingMs)
  const bound = server.address()

  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    find: (address, port) => connections.get(flowKey('ws', address, port))?.flow,
    async close() {
      clearInterval(rounds)
      const closed = once(server, 'close')
      server.close()
      for (const { socket } of connections.values()) socket.close(1001)
      const patience = setTimeout(() => {
        for (const { socket } of connections.values()) socket.terminate()
      }, 300)
      await closed
      clearTimeout(patience)
    },
  }
}

function toBuffer(raw: RawData): Buffer {
  if (Buffer.isBuffer(raw)) return raw
  return Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw)
}
