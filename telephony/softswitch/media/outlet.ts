// The sending half of a port: one stream, whatever it is made of.
import { FRAME } from './clock.ts'
import type { DigitFrame } from './digit-sender.ts'
import { EVENT_BYTES, writeEvent } from './digit.ts'
import { codecOf, encode, PAYLOAD_TYPE, SILENCE_CODE, transcode } from './g711.ts'
import type { AudioCodec } from './media.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from './packet.ts'
import { Timeline } from './timeline.ts'
import { writeTone } from './tone.ts'

const PACKET_BYTES = 1600
const MOST_PAYLOAD_BYTES = PACKET_BYTES - RTP_HEADER_BYTES

/** Packets in flight share these buffers; one is used again after all the others. */
export const createPacketRing = (count: number) => {
  const buffers = Array.from({ length: count }, () => Buffer.alloc(PACKET_BYTES))
  const first = Buffer.alloc(PACKET_BYTES)
  let next = 0
  return (): Buffer => {
    next = (next + 1) % count
    return buffers[next] ?? first
  }
}

export interface OutletDeps {
  readonly rateHz: number
  readonly nextBuffer: () => Buffer
  readonly send: (packet: Buffer, bytes: number) => void
  /** Told of each piece of G.711 sent: codec, timestamp, payload place. */
  readonly onSent: (
    codec: AudioCodec,
    timestamp: number,
    packet: Buffer,
    start: number,
    end: number,
  ) => void
  readonly nowMs: () => number
}

/** Sources made here carry negative numbers; those of far ends positive ones. */
export const OWN_SOUND = -1
const OWN_DIGITS = -2

export class Outlet {
  readonly timeline: Timeline
  codec: AudioCodec = 'PCMA'
  digitPayloadType: number | undefined
  isOpen = false
  packets = 0
  bytes = 0

  readonly #deps: OutletDeps
  readonly #tone = new Int16Array(FRAME)
  #eventTimestamp = 0

  constructor(deps: OutletDeps) {
    this.#deps = deps
    this.timeline = new Timeline(deps.rateHz, deps.nowMs(), Math.random)
  }

  /** A frame of sound made here; `place` is its first sample on the clock. */
  sendFrame(samples: Int16Array, place: number): void {
    if (
      !this.isOpen ||
      !this.timeline.place(OWN_SOUND, undefined, place, FRAME, this.#deps.nowMs())
    )
      return
    const packet = this.#deps.nextBuffer()
    encode(this.codec, samples, FRAME, packet, RTP_HEADER_BYTES)
    this.#emit(packet, PAYLOAD_TYPE[this.codec], this.timeline.isSpurtStart, FRAME)
    this.#deps.onSent(
      this.codec,
      this.timeline.timestamp,
      packet,
      RTP_HEADER_BYTES,
      RTP_HEADER_BYTES + FRAME,
    )
  }

  /** Passes a far end's G.711 on, in our law; `isMuted` keeps the stream and takes the sound out. */
  forwardAudio(
    source: number,
    sequence: number,
    timestamp: number,
    isMarked: boolean,
    payloadType: number,
    payload: Buffer,
    start: number,
    end: number,
    isMuted: boolean,
  ): void {
    const codec = codecOf(payloadType)
    const bytes = end - start
    if (!this.isOpen || codec === undefined || bytes === 0 || bytes > MOST_PAYLOAD_BYTES) return
    if (!this.timeline.place(source, sequence, timestamp, bytes, this.#deps.nowMs())) return
    const packet = this.#deps.nextBuffer()
    if (isMuted) packet.fill(SILENCE_CODE[this.codec], RTP_HEADER_BYTES, RTP_HEADER_BYTES + bytes)
    else transcode(codec, this.codec, payload, start, end, packet, RTP_HEADER_BYTES)
    this.#emit(packet, PAYLOAD_TYPE[this.codec], isMarked || this.timeline.isSpurtStart, bytes)
    this.#deps.onSent(
      this.codec,
      this.timeline.timestamp,
      packet,
      RTP_HEADER_BYTES,
      RTP_HEADER_BYTES + bytes,
    )
  }

  /** Passes a payload on as it is: telephone events, video. */
  forwardRaw(
    source: number,
    sequence: number,
    timestamp: number,
    isMarked: boolean,
    payloadType: number,
    payload: Buffer,
    start: number,
    end: number,
  ): void {
    const bytes = end - start
    if (!this.isOpen || bytes > MOST_PAYLOAD_BYTES) return
    if (!this.timeline.place(source, sequence, timestamp, 0, this.#deps.nowMs())) return
    const packet = this.#deps.nextBuffer()
    payload.copy(packet, RTP_HEADER_BYTES, start, end)
    this.#emit(packet, payloadType, isMarked, bytes)
  }

  /** What a pressed key sends at this beat. */
  sendDigit(frame: DigitFrame, place: number): void {
    if (frame.type === 'tone') {
      writeTone(frame.tone, frame.position, this.#tone, 0, FRAME)
      this.sendFrame(this.#tone, place)
    }
    if (frame.type === 'event') this.#sendEvent(frame, place)
  }

  #sendEvent(
    { event, isStart, isEnd, duration }: Extract<DigitFrame, { type: 'event' }>,
    place: number,
  ): void {
    const payloadType = this.digitPayloadType
    if (payloadType === undefined) return
    // RFC 4733 §2.5.1.2: all packets of an event carry the timestamp of its start.
    if (isStart) this.#eventTimestamp = place
    if (!this.isOpen) return
    if (
      !this.timeline.place(
        OWN_DIGITS,
        undefined,
        this.#eventTimestamp,
        duration,
        this.#deps.nowMs(),
      )
    )
      return
    const packet = this.#deps.nextBuffer()
    writeEvent(packet, RTP_HEADER_BYTES, event, isEnd, duration)
    this.#emit(packet, payloadType, isStart, EVENT_BYTES)
  }

  #emit(packet: Buffer, payloadType: number, isMarked: boolean, payloadBytes: number): void {
    writeRtpHeader(
      packet,
      isMarked,
      payloadType,
      this.timeline.sequence,
      this.timeline.timestamp,
      this.timeline.ssrc,
    )
    this.packets++
    this.bytes += payloadBytes
    this.#deps.send(packet, RTP_HEADER_BYTES + payloadBytes)
  }
}
