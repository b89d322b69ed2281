// One port of the media plane: its sockets, both halves of its stream, and what is recorded or played on it.
import type { RemoteInfo } from 'node:dgram'
import { FRAME, type Clock } from './clock.ts'
import { DigitDetector } from './digit-detector.ts'
import { DigitSender } from './digit-sender.ts'
import type { HeardDigit } from './digit.ts'
import { codecOf, decode } from './g711.ts'
import type { Hearing } from './hearing.ts'
import { Inlet } from './inlet.ts'
import type { AudioFormat, MediaEvent, PortId, PortStats, Remote, VideoFormat } from './media.ts'
import { Outlet } from './outlet.ts'
import { isRtcp } from './packet.ts'
import { sameCodec } from './picture.ts'
import { Playback } from './playback.ts'
import { Recordings } from './recordings.ts'
import { Reporter } from './reporter.ts'
import type { Sockets } from './sockets.ts'
import { toStats } from './stats.ts'
import { Voice } from './voice.ts'

export interface PortDeps {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly nextBuffer: () => Buffer
  readonly emit: (event: MediaEvent) => void
  readonly onKeyFrameWanted: (port: Port) => void
  readonly silentAfterMs: number
}

/** Room between numberings of one port, so that a source is one number. */
const GENERATIONS = 2 ** 20
const SAMPLES_PER_MS = 8

export class Port {
  readonly id: PortId
  readonly kind: 'audio' | 'video'
  readonly inlet: Inlet
  readonly outlet: Outlet
  readonly reporter: Reporter
  readonly said = new Voice()
  readonly heard = new Voice()
  readonly recordings: Recordings
  readonly playback: Playback
  hearing: Hearing = { type: 'nothing' }
  /** Ports that are passed each packet of this one. */
  listeners: readonly Port[] = []
  /** Somebody mixes or records what this far end says, or what it hears. */
  isSaidWanted = false
  isHeardWanted = false
  isMuted = false
  isConnected = false

  readonly #number: number
  readonly #sockets: Sockets
  readonly #deps: PortDeps
  readonly #pressing = new DigitSender()
  readonly #detector = new DigitDetector()
  readonly #samples = new Int16Array(1600)
  readonly #frame = new Int16Array(FRAME)
  #beatPlace = 0
  #mayReceive = false
  #isHeardTold = false
  #quietSinceMs = 0

  constructor(
    id: PortId,
    number: number,
    kind: 'audio' | 'video',
    sockets: Sockets,
    deps: PortDeps,
  ) {
    const rateHz = kind === 'audio' ? 8000 : 90_000
    this.id = id
    this.kind = kind
    this.#number = number
    this.#sockets = sockets
    this.#deps = deps
    this.inlet = new Inlet(rateHz)
    this.outlet = new Outlet({
      rateHz,
      nextBuffer: deps.nextBuffer,
      nowMs: () => deps.clock.nowMs(),
      send: (packet, bytes) =>
        sockets.rtp.send(packet, 0, bytes, this.inlet.latch.port, this.inlet.latch.address),
      onSent: (codec, timestamp, packet, start, end) => {
        if (!this.isHeardWanted) return
        const count = decode(codec, packet, start, end, this.#samples)
        this.heard.write(0, timestamp, this.#samples, count, this.#beatPlace, this.#now())
      },
    })
    this.reporter = new Reporter({
      inlet: this.inlet,
      outlet: this.outlet,
      name: `${id}@hotline`,
      random: Math.random,
      send: (packet, isMuxed, port, address) =>
        (isMuxed ? sockets.rtp : sockets.rtcp).send(packet, port, address),
      onKeyFrameWanted: () => deps.onKeyFrameWanted(this),
    })
    this.recordings = new Recordings(
      id,
      { said: this.said.tape, heard: this.heard.tape },
      deps.emit,
    )
    this.playback = new Playback(id, deps.emit)
    sockets.rtp.on('message', (packet, from) => this.#receive(packet, from))
    sockets.rtcp.on('message', (packet, from) =>
      this.reporter.receive(packet, from.address, from.port),
    )
  }

  connect(remote: Remote, format: AudioFormat | VideoFormat): void {
    const nowMs = this.#deps.clock.nowMs()
    this.inlet.latch.expect(remote.address, remote.port)
    this.reporter.connect(remote, nowMs)
    this.isConnected = remote.port > 0
    this.#quietSinceMs = nowMs
    if ('payloadTypes' in format) {
      this.inlet.pictures = format
      this.#mayReceive = true
      this.outlet.isOpen = this.isConnected
      return
    }
    this.inlet.digitPayloadType = format.digitPayloadType
    this.outlet.digitPayloadType = format.digitPayloadType
    this.outlet.codec = format.codec
    this.#mayReceive = format.direction === 'sendrecv' || format.direction === 'recvonly'
    this.outlet.isOpen =
      this.isConnected && (format.direction === 'sendrecv' || format.direction === 'sendonly')
  }

  press(digits: string, durationMs: number): void {
    this.#pressing.press(digits, durationMs, this.outlet.digitPayloadType === undefined)
  }

  /** Sends what is made here at this beat: digits, else `mixed`, else what is played. */
  beat(beat: number, mix: (into: Int16Array) => boolean): void {
    const place = beat * FRAME
    this.#beatPlace = place
    if (this.isConnected) {
      const hasSound =
        this.hearing.type === 'mix' ? mix(this.#frame) : this.playback.pull(this.#frame)
      const digit = this.#pressing.next()
      if (digit) this.outlet.sendDigit(digit, place)
      else if (hasSound) this.outlet.sendFrame(this.#frame, place)
    }
    this.recordings.advance(place)
  }

  /** About once a second. */
  review(nowMs: number): void {
    this.reporter.advance(nowMs)
    if (!this.isConnected || !this.#mayReceive) this.#quietSinceMs = nowMs
    const forMs = nowMs - this.#quietSinceMs
    if (forMs < this.#deps.silentAfterMs) return
    this.#quietSinceMs = nowMs
    this.#deps.emit({ type: 'silent', port: this.id, forMs: Math.round(forMs) })
  }

  /** Often enough for a key whose end was lost. */
  expireDigit(nowMs: number): void {
    const digit = this.inlet.digits.expire(nowMs)
    if (digit) this.#tellDigit(digit)
  }

  stats(): PortStats {
    return toStats(this.inlet, this.outlet, this.reporter)
  }

  async close(): Promise<PortStats> {
    this.playback.end()
    await this.recordings.stopAll(this.#now())
    this.reporter.goodbye()
    this.isConnected = false
    this.outlet.isOpen = false
    this.#sockets.close()
    return this.stats()
  }

  #now(): number {
    return Math.floor(this.#deps.clock.nowMs() * SAMPLES_PER_MS)
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    if (isRtcp(packet)) return this.reporter.receive(packet, from.address, from.port)
    const nowMs = this.#deps.clock.nowMs()
    const generation = this.inlet.reception.generation
    const found = this.inlet.accept(packet, from.address, from.port, nowMs)
    if (found === 'nothing') return
    this.#quietSinceMs = nowMs
    if (!this.#isHeardTold) {
      this.#isHeardTold = true
      this.#deps.emit({ type: 'heard', port: this.id })
    }
    if (!this.#mayReceive) return
    if (this.inlet.reception.generation !== generation) this.#tellDigit(this.inlet.digits.restart())
    if (found === 'sound') this.#onSound(packet)
    else if (found === 'digit') this.#onDigit(packet, nowMs)
    else if (found === 'picture') this.#onPicture(packet)
  }

  get #source(): number {
    return this.#number * GENERATIONS + this.inlet.reception.generation
  }

  #onSound(packet: Buffer): void {
    const { header, reception } = this.inlet
    const codec = codecOf(header.payloadType)
    const wantsKeys = this.inlet.digitPayloadType === undefined
    if (codec !== undefined && (wantsKeys || (this.isSaidWanted && !this.isMuted))) {
      const count = decode(codec, packet, header.payloadStart, header.payloadEnd, this.#samples)
      if (wantsKeys) this.#tellDigit(this.#detector.receive(this.#samples, count))
      if (this.isSaidWanted && !this.isMuted)
        this.said.write(
          this.#source,
          reception.timestamp,
          this.#samples,
          count,
          this.#beatPlace,
          this.#now(),
        )
    }
    for (const listener of this.listeners) listener.#passSound(this, packet)
  }

  #passSound(from: Port, packet: Buffer): void {
    if (this.#pressing.isBusy) return
    const { header, reception } = from.inlet
    this.outlet.forwardAudio(
      from.#source,
      reception.sequence,
      reception.timestamp,
      header.marker,
      header.payloadType,
      packet,
      header.payloadStart,
      header.payloadEnd,
      from.isMuted,
    )
  }

  #onDigit(packet: Buffer, nowMs: number): void {
    const { header, reception, digits } = this.inlet
    for (const listener of this.listeners)
      listener.#passRaw(this, packet, listener.outlet.digitPayloadType)
    const { payloadStart, payloadEnd, marker } = header
    for (const digit of digits.receive(
      packet,
      payloadStart,
      payloadEnd,
      reception.timestamp,
      marker,
      nowMs,
    )) {
      this.#tellDigit(digit)
      for (const listener of this.listeners)
        if (listener.outlet.digitPayloadType === undefined)
          listener.press(digit.digit, digit.durationMs)
    }
  }

  #onPicture(packet: Buffer): void {
    const { header, pictures } = this.inlet
    for (const listener of this.listeners)
      listener.#passRaw(
        this,
        packet,
        sameCodec(header.payloadType, pictures, listener.inlet.pictures),
      )
  }

  #passRaw(from: Port, packet: Buffer, payloadType: number | undefined): void {
    if (payloadType === undefined || this.#pressing.isBusy) return
    const { header, reception } = from.inlet
    const { payloadStart, payloadEnd, marker } = header
    this.outlet.forwardRaw(
      from.#source,
      reception.sequence,
      reception.timestamp,
      marker,
      payloadType,
      packet,
      payloadStart,
      payloadEnd,
    )
  }

  #tellDigit(heard: HeardDigit | undefined): void {
    if (heard)
      this.#deps.emit({
        type: 'digit',
        port: this.id,
        digit: heard.digit,
        durationMs: heard.durationMs,
      })
  }
}
