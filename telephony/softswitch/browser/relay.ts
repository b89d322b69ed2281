// One medium of a browser leg: two plain UDP sockets on loopback facing the media plane, one track facing the browser.
import { createSocket, type Socket } from 'node:dgram'
import { isRtcp, renameInRtcp, ssrcOf, toPlainRtp } from './rewrite.ts'

const TRIES = 20

export interface Relay {
  readonly rtpPort: number
  /** The SSRC promised to the browser. */
  readonly ssrc: number
  /** Where packets for the browser go; undefined while there is no track. */
  sendToBrowser: ((packet: Buffer) => void) | undefined
  fromBrowser(packet: Buffer): void
  close(): void
}

export interface RelayTarget {
  readonly address: string
  /** RTP port of the media plane; RTCP goes to the one after it. */
  readonly rtpPort: number
}

export const createRelay = async (target: RelayTarget, ssrc: number): Promise<Relay> => {
  const { rtp, rtcp } = await openPair()
  let mediaSsrc = 0
  let isOpen = true

  const toBrowser = (packet: Buffer) => {
    if (relay.sendToBrowser === undefined || packet.length < 8) return
    if (isRtcp(packet)) {
      if (mediaSsrc !== 0) renameInRtcp(packet, mediaSsrc, ssrc)
    } else {
      if (packet.length < 12) return
      mediaSsrc = ssrcOf(packet)
      packet.writeUInt32BE(ssrc, 8)
    }
    relay.sendToBrowser(packet)
  }

  const onPacket = (packet: Buffer, from: { port: number }) => {
    if (from.port === target.rtpPort || from.port === target.rtpPort + 1) toBrowser(packet)
  }
  rtp.on('message', onPacket)
  rtcp.on('message', onPacket)

  const relay: Relay = {
    rtpPort: rtp.address().port,
    ssrc,
    sendToBrowser: undefined,
    fromBrowser(packet) {
      if (!isOpen || packet.length < 8) return
      if (isRtcp(packet)) {
        if (mediaSsrc !== 0) renameInRtcp(packet, ssrc, mediaSsrc)
        rtcp.send(packet, target.rtpPort + 1, target.address)
        return
      }
      const plain = toPlainRtp(packet)
      if (plain) rtp.send(plain, target.rtpPort, target.address)
    },
    close() {
      if (!isOpen) return
      isOpen = false
      relay.sendToBrowser = undefined
      rtp.close()
      rtcp.close()
    },
  }
  return relay
}

const openPair = async (): Promise<{ rtp: Socket; rtcp: Socket }> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const rtp = await bind(0)
    if (rtp === undefined) continue
    const { port } = rtp.address()
    const rtcp = port % 2 === 0 ? await bind(port + 1) : undefined
    if (rtcp) return { rtp, rtcp }
    rtp.close()
  }
  throw new Error('no free pair of ports on loopback')
}

const bind = (port: number): Promise<Socket | undefined> =>
  new Promise(resolve => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(undefined)
    })
    socket.bind(port, '127.0.0.1', () => {
      socket.removeAllListeners('error')
      // A media port that is closed already is told by silence.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
