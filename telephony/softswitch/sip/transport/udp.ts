// SIP over UDP: one datagram, one message (RFC 3261 §18).
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { flowKey, plainAddress, type Arrivals, type Flow } from './flow.ts'

export interface UdpTransport {
  readonly port: number
  flowTo(address: string, port: number): Flow
  close(): Promise<void>
}

interface UdpOptions {
  readonly bindAddress: string
  readonly port: number
  readonly onError: (error: Error) => void
}

/** Room for a burst of calls while a busy process looks away; the system may grant less. */
const RECEIVE_BUFFER_BYTES = 2_097_152

export async function openUdp(options: UdpOptions, arrivals: Arrivals): Promise<UdpTransport> {
  const type = options.bindAddress.includes(':') ? 'udp6' : 'udp4'
  const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES })
  let open = true

  function flowTo(address: string, port: number): Flow {
    const flow: Flow = {
      source: { transport: 'udp', address, port },
      key: flowKey('udp', address, port),
      reliable: false,
      isOpen: () => open,
      close: () => undefined,
      send(data) {
        if (!open || port <= 0 || port > 65535) return
        socket.send(data, port, address, error => {
          if (error !== null) options.onError(error)
        })
        arrivals.onSent?.(flow, data)
      },
    }
    return flow
  }

  const listening = once(socket, 'listening')
  socket.bind({ address: options.bindAddress, port: options.port, exclusive: true })
  try {
    await listening
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('error', options.onError)
  socket.on('message', (data, remote) => {
    // Keep-alives of RFC 5626 and of old phones: line ends, NULs, STUN bindings.
    if (data.length < 12 || (data[0] ?? 0) < 4) return
    arrivals.onMessage(flowTo(plainAddress(remote.address), remote.port), data)
  })
  return {
    port: socket.address().port,
    flowTo,
    async close() {
      if (!open) return
      open = false
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
