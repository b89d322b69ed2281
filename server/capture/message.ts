// From a captured packet to the row that is kept. Pure.
import { HEP_SIP, type HepAddress, type HepPacket } from '../../telephony/capture/hep.ts'
import { blotSecrets, readSipHead } from '../../telephony/capture/sip-text.ts'
import type { NewSipMessage } from '../store/index.ts'

/** Requests that belong to calls; registrations, probes and presence do not, and come by the thousand. */
const OF_CALLS = new Set([
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'PRACK',
  'UPDATE',
  'INFO',
  'REFER',
  'NOTIFY',
])
const MOST_CHARACTERS = 16_384

/** Undefined for what is no SIP, or no call's; `now` (epoch ms) stands in for a packet that tells no time. */
export function toMessage(packet: HepPacket, now: number): NewSipMessage | undefined {
  if (packet.kind !== HEP_SIP) return undefined
  const text = packet.payload.toString('utf8')
  const head = readSipHead(text)
  if (!head || !OF_CALLS.has(head.method)) return undefined
  return {
    sipCallId: head.callId,
    atUs: packet.atUs > 0 ? packet.atUs : now * 1000,
    protocol: packet.protocol,
    sender: written(packet.from),
    receiver: written(packet.to),
    content: blotSecrets(text).slice(0, MOST_CHARACTERS),
  }
}

const written = ({ address, port }: HepAddress): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`
