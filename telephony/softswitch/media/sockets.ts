// Two UDP sockets of a port: an even number for RTP, the odd one after it for RTCP (RFC 3550 §11).
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { PortsUsedUp } from './errors.ts'

export interface Sockets {
  readonly rtpPort: number
  readonly rtp: Socket
  readonly rtcp: Socket
  close(): void
}

export type OnPacket = (packet: Buffer, from: RemoteInfo) => void

/** Addresses are numbers already; the resolver would cost a turn of the event loop per packet. */
const lookup = (
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void => done(null, address, address.includes(':') ? 6 : 4)

export interface SocketRange {
  readonly bindAddress: string
  readonly first: number
  readonly last: number
}

/** Opens pairs one after another through the range, so that a number just closed rests for a while. */
export const createSocketPairs = (range: SocketRange) => {
  const firstEven = range.first + (range.first & 1)
  const pairs = Math.floor((range.last - firstEven + 1) / 2)
  let next = 0
  return async (): Promise<Sockets> => {
    for (let tries = 0; tries < pairs; tries++) {
      const rtpPort = firstEven + 2 * next
      next = (next + 1) % pairs
      const sockets = await openPair(range.bindAddress, rtpPort)
      if (sockets) return sockets
    }
    throw new PortsUsedUp(range.first, range.last)
  }
}

const openPair = async (address: string, rtpPort: number): Promise<Sockets | undefined> => {
  const rtp = await bind(address, rtpPort)
  if (rtp === undefined) return undefined
  const rtcp = await bind(address, rtpPort + 1)
  if (rtcp === undefined) {
    rtp.close()
    return undefined
  }
  let isOpen = true
  const close = () => {
    if (!isOpen) return
    isOpen = false
    rtp.close()
    rtcp.close()
  }
  return { rtpPort, rtp, rtcp, close }
}

const bind = (address: string, port: number): Promise<Socket | undefined> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', lookup })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    socket.bind(port, address, () => {
      socket.removeAllListeners('error')
      // Unreachable far ends are told by silence, not by errors of the socket.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
