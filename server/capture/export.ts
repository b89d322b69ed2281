// Hands what was captured on to Homer, or to any other collector of HEP 3. Secrets are blotted out before.
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { encodeHep, HEP_SIP, type HepPacket } from '../../telephony/capture/hep.ts'
import { blotSecrets } from '../../telephony/capture/sip-text.ts'

export interface HepExport {
  send(packet: HepPacket): void
  counts(): { readonly sent: number; readonly failed: number }
  close(): void
}

export function openExport(
  target: { readonly host: string; readonly port: number },
  onError: (error: Error) => void,
): HepExport {
  const socket = createSocket(isIPv6(target.host) ? 'udp6' : 'udp4')
  const counts = { sent: 0, failed: 0 }
  socket.on('error', onError)
  socket.unref()
  let closed = false
  return {
    send(packet) {
      if (closed) return
      // One character a byte, so that what is no text passes unharmed.
      const payload =
        packet.kind === HEP_SIP
          ? Buffer.from(blotSecrets(packet.payload.toString('latin1')), 'latin1')
          : packet.payload
      const data = encodeHep({ ...packet, payload })
      if (!data) return void counts.failed++
      socket.send(data, target.port, target.host, error => {
        if (error) counts.failed++
        else counts.sent++
      })
    },
    counts: () => ({ ...counts }),
    close() {
      if (closed) return
      closed = true
      socket.close()
    },
  }
}
