// Copies of all SIP for a collector (HEP 3 over UDP), as FreeSWITCH's `capture-server` makes them. Nobody waits for it.
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { encodeHep, HEP_SIP, HEP_TCP, HEP_UDP } from '../../capture/hep.ts'
import type { SwitchConfig } from '../config.ts'
import type { WireMessage } from '../sip/stack.ts'
import type { Log } from './board.ts'

export interface WireCopies {
  send(message: WireMessage): void
  close(): void
}

export function createWireCopies(options: {
  /** Read for each message, as it may change while the switch runs. */
  readonly target: () => SwitchConfig['capture']
  /** Epoch ms, with fractions. */
  readonly now: () => number
  readonly log: Log
}): WireCopies {
  let socket: Socket | undefined
  let closed = false
  let failed = false

  const open = (host: string): Socket => {
    const made = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    made.on('error', onError)
    made.unref()
    return made
  }
  // Told once: a collector that is away is no fault of the switch.
  const onError = (err: Error) => {
    if (!failed) options.log.warn({ err }, 'copies of signalling do not arrive')
    failed = true
  }

  return {
    send({ direction, far, near, data }) {
      const target = options.target()
      if (target === undefined || closed) return
      const packet = encodeHep({
        protocol: far.transport === 'udp' ? HEP_UDP : HEP_TCP,
        from: direction === 'in' ? far : near,
        to: direction === 'in' ? near : far,
        atUs: Math.round(options.now() * 1000),
        kind: HEP_SIP,
        captureId: target.id,
        payload: data,
      })
      if (packet === undefined) return
      socket ??= open(target.host)
      socket.send(packet, target.port, target.host, err => {
        if (err) onError(err)
      })
    },
    close() {
      closed = true
      socket?.close()
    },
  }
}
