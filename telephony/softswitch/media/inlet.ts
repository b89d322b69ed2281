// The receiving half of a port: is this packet ours, is it in time, what is it.
import { DigitReceiver } from './digit-receiver.ts'
import { codecOf } from './g711.ts'
import { Latch } from './latch.ts'
import type { VideoFormat } from './media.ts'
import { emptyRtpHeader, parseRtp } from './packet.ts'
import { Reception } from './reception.ts'

/** Comfort noise (RFC 3389): accepted and left silent. */
const COMFORT_NOISE = 13

export type Found = 'sound' | 'digit' | 'picture' | 'comfort' | 'nothing'

export class Inlet {
  readonly latch = new Latch()
  readonly reception: Reception
  readonly digits = new DigitReceiver()
  /** Of the packet last accepted. */
  readonly header = emptyRtpHeader()
  /** Payload types of a video port; audio ports take both laws of G.711. */
  pictures: VideoFormat | undefined
  digitPayloadType: number | undefined
  junk = 0

  constructor(rateHz: number) {
    this.reception = new Reception(rateHz)
  }

  accept(packet: Buffer, address: string, port: number, nowMs: number): Found {
    const header = this.header
    const found = parseRtp(packet, header) ? this.#kindOf(header.payloadType) : 'nothing'
    if (found === 'nothing') {
      this.junk++
      return found
    }
    if (!this.latch.admits(address, port, header, nowMs)) return 'nothing'
    return this.reception.accept(header, nowMs) === 'accepted' ? found : 'nothing'
  }

  #kindOf(payloadType: number): Found {
    if (this.pictures !== undefined)
      return this.pictures.payloadTypes.includes(payloadType) ? 'picture' : 'nothing'
    if (payloadType === this.digitPayloadType) return 'digit'
    if (codecOf(payloadType) !== undefined) return 'sound'
    return payloadType === COMFORT_NOISE ? 'comfort' : 'nothing'
  }
}
