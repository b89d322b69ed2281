// One browser leg: its transport, its relays, and the description both sides hold.
import type { Agreed, MediaPorts } from './browser.ts'
import { DescriptionRefused } from './errors.ts'
import { createRelay, type Relay } from './relay.ts'
import {
  answeredAudio,
  attribute,
  chooseAudio,
  chooseVideo,
  fitToOffer,
  parseDescription,
  renderDescription,
  restrict,
  reversed,
  shapeLocal,
  turn,
  withoutSections,
  type Codec,
  type Description,
  type Direction,
  type Section,
} from './sdp.ts'
import { createTransport, type Transport, type TransportOptions } from './transport.ts'

export interface LegOptions extends TransportOptions {
  readonly publicAddress?: string
  /** Where the media plane listens. */
  readonly mediaAddress: string
}

/** What we offer: A-law first. H.264 baseline in both modes, for plain phones often know mode 0 only. */
const AUDIO_OFFER: readonly Codec[] = [
  { payloadType: 8, name: 'PCMA/8000' },
  { payloadType: 0, name: 'PCMU/8000' },
  { payloadType: 101, name: 'telephone-event/8000' },
]
const H264 = 'level-asymmetry-allowed=1;profile-level-id=42e01f'
const VIDEO_OFFER: readonly Codec[] = [
  { payloadType: 102, name: 'H264/90000', fmtp: `${H264};packetization-mode=1` },
  { payloadType: 103, name: 'H264/90000', fmtp: `${H264};packetization-mode=0` },
  { payloadType: 96, name: 'VP8/90000' },
]

const randomSsrc = () => Math.floor(Math.random() * 0xfffffffe) + 1

export class Leg {
  readonly #name: string
  readonly #options: LegOptions
  readonly #onLost: (reason: string) => void
  #transport: Transport
  /** Media the transport carries already, by mid. */
  readonly #mids = new Set<string>()
  #audio: Relay | undefined
  #video: Relay | undefined
  /** Ours as last sent, and theirs as last accepted. */
  #local = ''
  #theirUfrag: string | undefined
  #version = 0
  #role: 'active' | 'passive' = 'active'
  #agreed: Agreed | undefined

  constructor(name: string, options: LegOptions, onLost: (reason: string) => void) {
    this.#name = name
    this.#options = options
    this.#onLost = onLost
    this.#transport = createTransport(name, options, onLost)
  }

  get relayRtpPort(): number {
    return this.#audio?.rtpPort ?? 0
  }

  get relayVideoRtpPort(): number | undefined {
    return this.#video?.rtpPort
  }

  async offer(ports: MediaPorts): Promise<string> {
    await this.#openRelays(ports)
    this.#add('audio', '0', AUDIO_OFFER)
    if (this.#video) this.#add('video', '1', VIDEO_OFFER)
    return this.#sent(await this.#transport.describe('offer'))
  }

  async answer(offerSdp: string, ports: MediaPorts): Promise<{ sdp: string; agreed: Agreed }> {
    const offer = parseDescription(offerSdp)
    const agreed = agreeOn(offer, ports.videoRtpPort !== undefined)
    await this.#openRelays(ports)
    this.#agreed = agreed
    return { sdp: await this.#answerWith(offer, offerSdp), agreed }
  }

  /** An answer to our offer, the first or one over the running transport. */
  complete(answerSdp: string): Agreed {
    const answer = parseDescription(answerSdp)
    const ufrag = ufragOf(answer)
    if (this.#theirUfrag === undefined) {
      this.#agreed = agreedBy(answer)
      this.#acceptAnswer(answer)
      this.#role = setupOf(answer) === 'active' ? 'passive' : 'active'
      this.#theirUfrag = ufrag
    }
    if (this.#agreed === undefined) throw new DescriptionRefused('nothing was agreed')
    return this.#agreed
  }

  reoffer(direction: Direction): string {
    return this.#sentText(
      turn(this.#local, {
        version: ++this.#version,
        setup: 'actpass',
        directionOf: () => direction,
      }),
    )
  }

  async reanswer(offerSdp: string): Promise<string> {
    const offer = parseDescription(offerSdp)
    if (ufragOf(offer) !== this.#theirUfrag) return this.#restart(offer, offerSdp)
    const directions = new Map(
      offer.sections.map(section => [section.mid, reversed(section.direction)]),
    )
    const answer = turn(this.#local, {
      version: ++this.#version,
      setup: this.#role,
      directionOf: mid => directions.get(mid) ?? 'inactive',
    })
    return this.#sentText(fitToOffer(answer, offerSdp))
  }

  /** The browser's offer brings a picture to a talk: the transport stays, one medium comes in addition. */
  async addVideo(offerSdp: string, videoRtpPort: number): Promise<{ sdp: string; agreed: Agreed }> {
    const offer = parseDescription(offerSdp)
    const agreed = agreeOn(offer, true)
    this.#video ??= await this.#openRelay(videoRtpPort)
    this.#agreed = agreed
    return { sdp: await this.#answerWith(offer, offerSdp), agreed }
  }

  close(): void {
    this.#transport.close()
    this.#audio?.close()
    this.#video?.close()
  }

  async #openRelays(ports: MediaPorts): Promise<void> {
    this.#audio = await this.#openRelay(ports.audioRtpPort)
    if (ports.videoRtpPort !== undefined) this.#video = await this.#openRelay(ports.videoRtpPort)
  }

  #openRelay(rtpPort: number): Promise<Relay> {
    return createRelay({ address: this.#options.mediaAddress, rtpPort }, randomSsrc())
  }

  #add(kind: 'audio' | 'video', mid: string, codecs: readonly Codec[]): void {
    const relay = kind === 'audio' ? this.#audio : this.#video
    if (relay === undefined || this.#mids.has(mid)) return
    this.#mids.add(mid)
    relay.sendToBrowser = this.#transport.add({
      kind,
      mid,
      codecs,
      ssrc: relay.ssrc,
      onPacket: packet => relay.fromBrowser(packet),
    })
  }

  async #answerWith(offer: Description, offerSdp: string): Promise<string> {
    const isKept = (section: Section) =>
      section.port !== 0 && this.#codecsFor(section).length > 0 && this.#isFirst(offer, section)
    const kept = withoutSections(offer, isKept)
    const restricted = {
      ...kept,
      sections: kept.sections.map(section => restrict(section, this.#codecsFor(section))),
    }
    for (const section of restricted.sections)
      this.#add(section.kind === 'audio' ? 'audio' : 'video', section.mid, section.codecs)
    this.#transport.accept(renderDescription(restricted), 'offer')
    const answer = await this.#transport.describe('answer')
    this.#theirUfrag = ufragOf(offer)
    this.#role = setupOf(parseDescription(answer)) === 'passive' ? 'passive' : 'active'
    const directions = new Map(
      offer.sections.map(section => [section.mid, reversed(section.direction)]),
    )
    const shaped = shapeLocal(answer, this.#shape())
    const turned = turn(shaped, {
      version: this.#version,
      setup: this.#role,
      directionOf: mid => directions.get(mid) ?? 'inactive',
    })
    return this.#sentText(fitToOffer(turned, offerSdp))
  }

  /** New ICE credentials (RFC 8839 §4.4.1.1): another transport in place of the old one, behind the same relays. */
  async #restart(offer: Description, offerSdp: string): Promise<string> {
    const before = this.#transport
    this.#mids.clear()
    this.#transport = createTransport(this.#name, this.#options, this.#onLost)
    try {
      return await this.#answerWith(offer, offerSdp)
    } finally {
      before.close()
    }
  }

  #codecsFor(section: Section): readonly Codec[] {
    if (section.kind === 'audio') return chooseAudio(section.codecs)?.codecs ?? []
    if (section.kind === 'video' && this.#video) return chooseVideo(section.codecs)
    return []
  }

  #isFirst(offer: Description, section: Section): boolean {
    return offer.sections.find(other => other.kind === section.kind && other.port !== 0) === section
  }

  #acceptAnswer(answer: Description): void {
    this.#transport.accept(renderDescription(answer), 'answer')
  }

  #shape() {
    const { publicAddress } = this.#options
    const version = ++this.#version
    return publicAddress === undefined ? { version } : { version, publicAddress }
  }

  #sent(sdp: string): string {
    return this.#sentText(shapeLocal(sdp, this.#shape()))
  }

  #sentText(sdp: string): string {
    this.#local = sdp
    return sdp
  }
}

const ufragOf = ({ session, sections }: Description): string | undefined =>
  sections.map(section => attribute(section.lines, 'ice-ufrag')).find(Boolean) ??
  attribute(session, 'ice-ufrag')

const setupOf = ({ session, sections }: Description): string | undefined =>
  sections.map(section => attribute(section.lines, 'setup')).find(Boolean) ??
  attribute(session, 'setup')

const sectionOf = (description: Description, kind: string) =>
  description.sections.find(section => section.kind === kind && section.port !== 0)

const agreeOn = (offer: Description, wantsVideo: boolean): Agreed => {
  const audio = chooseAudio(sectionOf(offer, 'audio')?.codecs ?? [])
  if (audio === undefined) throw new DescriptionRefused('the browser offers no G.711')
  const videoCodecs = wantsVideo ? chooseVideo(sectionOf(offer, 'video')?.codecs ?? []) : []
  return {
    codec: audio.codec,
    ...(audio.digitPayloadType === undefined ? {} : { digitPayloadType: audio.digitPayloadType }),
    ...(videoCodecs.length > 0 ? { videoCodecs } : {}),
  }
}

const agreedBy = (answer: Description): Agreed => {
  const audio = answeredAudio(sectionOf(answer, 'audio')?.codecs ?? [])
  if (audio === undefined) throw new DescriptionRefused('the browser answers without G.711')
  const videoCodecs = chooseVideo(sectionOf(answer, 'video')?.codecs ?? [])
  return videoCodecs.length > 0 ? { ...audio, videoCodecs } : audio
}
