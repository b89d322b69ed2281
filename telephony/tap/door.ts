// Where switches bring the sound of legs: a WebSocket server that lets in whoever knows the word given out for one stream, once.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'

/** A connection that the switch has made for us. */
export interface Arrival {
  readonly socket: WebSocket
  /** The switch leaves nothing out in silence: what was lost, it tells. */
  readonly isSteady: boolean
}

export interface Expected {
  /** For the switch. */
  readonly url: string
  /** From now on nobody comes in by it. */
  cancel(): void
}

export interface TapDoor {
  /** `address`: ours, as the switch reaches it. @throws when it can't be listened on. */
  expect(address: string, onArrival: (arrival: Arrival) => void): Promise<Expected>
  close(): void
}

export interface TapDoorOptions {
  /** Where the switch has to go through a wall; default any. */
  readonly port?: number
}

const WORD_BYTES = 24
/** Two seconds of both sides; the modules send a fiftieth. */
const MOST_MESSAGE_BYTES = 65_536
const MOST_CONNECTIONS = 512
/** A connection that asks for nothing is no stream. */
const REQUEST_WITHIN_MS = 5_000

export function createTapDoor(options: TapDoorOptions = {}): TapDoor {
  const servers = new Map<string, Promise<Server>>()
  const expected = new Map<string, (arrival: Arrival) => void>()
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  let isClosed = false

  const listen = async (address: string): Promise<Server> => {
    const server = createServer((_request, response) => void response.writeHead(404).end())
    server.maxConnections = MOST_CONNECTIONS
    server.headersTimeout = REQUEST_WITHIN_MS
    server.requestTimeout = REQUEST_WITHIN_MS
    server.on('upgrade', (request, socket, head) => {
      const word = /^\/tap\/([\w-]+)$/.exec(request.url ?? '')?.[1] ?? ''
      const onArrival = expected.get(word)
      // Who breaks off before we have answered needs no answer.
      socket.on('error', () => socket.destroy())
      if (onArrival === undefined) {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
        return
      }
      expected.delete(word)
      sockets.handleUpgrade(request, socket, head, opened =>
        onArrival({
          socket: opened,
          isSteady: request.headers['x-audio-stream'] === 'steady',
        }),
      )
    })
    server.listen(options.port ?? 0, address)
    await once(server, 'listening')
    // Sound that nobody fetches must not keep the process.
    server.unref()

    return server
  }

  const serverAt = (address: string): Promise<Server> => {
    const known = servers.get(address)
    if (known !== undefined) return known
    const opening = listen(address)
    servers.set(address, opening)
    // The next one tries again.
    opening.catch(() => servers.delete(address))

    return opening
  }

  return {
    async expect(address, onArrival) {
      const bound = (await serverAt(address)).address()
      if (isClosed || bound === null || typeof bound === 'string')
        throw new Error('the door of taps is closed')
      const word = randomBytes(WORD_BYTES).toString('base64url')
      expected.set(word, onArrival)
      const host = address.includes(':') ? `[${address}]` : address

      return {
        url: `ws://${host}:${bound.port}/tap/${word}`,
        cancel: () => void expected.delete(word),
      }
    },
    close() {
      isClosed = true
      expected.clear()
      for (const opening of servers.values())
        void opening.then(
          server => {
            server.close()
            server.closeAllConnections()
          },
          () => undefined, // It never listened.
        )
      servers.clear()
      sockets.close()
    },
  }
}
