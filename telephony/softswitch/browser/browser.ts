// The door of browser legs: WebRTC (ICE, DTLS-SRTP) on one side, plain RTP on loopback to the media plane on the other.
// Runs in a process of its own, for a native library may abort it; its death ends browser legs only.

export type BrowserLegId = string & { readonly browserLeg: unique symbol }

/** Ports of the media plane on loopback. Video is agreed only when its port is given. */
export interface MediaPorts {
  readonly audioRtpPort: number
  readonly videoRtpPort?: number
}

/** Ports of the relay on 127.0.0.1; RTCP uses the one after each. */
export interface RelayPorts {
  readonly relayRtpPort: number
  readonly relayVideoRtpPort?: number
}

/** One line of an SDP's codecs. */
export interface VideoCodec {
  readonly payloadType: number
  /** `H264/90000` or `VP8/90000`. */
  readonly name: string
  readonly fmtp?: string
}

export interface Agreed {
  readonly codec: 'PCMU' | 'PCMA'
  readonly digitPayloadType?: number
  /** What the browser sends and takes, best first; absent without video. */
  readonly videoCodecs?: readonly VideoCodec[]
}

export interface BrowserLegs {
  /** We call the browser: makes the SDP offer (PCMA, PCMU, telephone-event; video when asked). */
  offer(options: MediaPorts): Promise<{ leg: BrowserLegId; sdp: string } & RelayPorts>
  /** The browser calls us. Refused with code SDP_NOT_ACCEPTABLE where there is no common codec. */
  answer(
    offerSdp: string,
    options: MediaPorts,
  ): Promise<{ leg: BrowserLegId; sdp: string } & RelayPorts & Agreed>
  /** The browser's answer to our offer, the first one or a re-offer. */
  complete(leg: BrowserLegId, answerSdp: string): Promise<Agreed>
  /** SDP of a re-offer from us (hold, retrieve) over the running transport: same ICE and DTLS, other direction. */
  reoffer(leg: BrowserLegId, direction: 'sendrecv' | 'sendonly' | 'inactive'): Promise<string>
  /** Answer to a re-offer from the browser: direction changes, ICE restart; an added picture is refused here. */
  reanswer(leg: BrowserLegId, offerSdp: string): Promise<string>
  /** Answer to a re-offer from the browser that brings a picture to the talk. */
  addVideo(
    leg: BrowserLegId,
    offerSdp: string,
    options: { readonly videoRtpPort: number },
  ): Promise<{ sdp: string; relayVideoRtpPort: number; videoCodecs: readonly VideoCodec[] }>
  close(leg: BrowserLegId): void
  /** Transport lost (`failed` after ICE consent ran out), or the process died: every leg of it is lost. */
  onLost(listener: (leg: BrowserLegId, reason: string) => void): void
  closeAll(): Promise<void>
}

export interface BrowserOptions {
  readonly bindAddress: string
  /** UDP ports of WebRTC sockets. */
  readonly ports: { readonly first: number; readonly last: number }
  /** STUN/TURN URLs, RFC 7064/7065. */
  readonly iceServers: readonly string[]
  /** Put into host candidates instead of the bind address, where the switch stands behind NAT. */
  readonly publicAddress?: string
}
