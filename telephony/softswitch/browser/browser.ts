// The door of browser legs: WebRTC (ICE, DTLS-SRTP) on one side, plain RTP on loopback to the media plane on the other.
// Runs in a process of its own, for a native library may abort it; its death ends browser legs only.

export type BrowserLegId = string & { readonly browserLeg: unique symbol }

export interface BrowserLegs {
  /** We call the browser: makes the SDP offer (PCMA, PCMU, telephone-event; video when asked). `rtpPort` is the media plane's port on loopback. */
  offer(options: { readonly audioRtpPort: number; readonly videoRtpPort?: number }): Promise<{ leg: BrowserLegId; sdp: string; relayRtpPort: number; relayVideoRtpPort?: number }>
  /** The browser calls us, or answers our offer with a changed set of media. */
  answer(offerSdp: string, options: { readonly audioRtpPort: number; readonly videoRtpPort?: number }): Promise<{ leg: BrowserLegId; sdp: string; relayRtpPort: number; relayVideoRtpPort?: number; codec: 'PCMU' | 'PCMA'; digitPayloadType?: number }>
  /** The browser's answer to our offer. */
  complete(leg: BrowserLegId, answerSdp: string): Promise<{ codec: 'PCMU' | 'PCMA'; digitPayloadType?: number }>
  /** SDP of a re-offer from us (hold, retrieve) over the running transport: same ICE and DTLS, other direction. */
  reoffer(leg: BrowserLegId, direction: 'sendrecv' | 'sendonly' | 'inactive'): Promise<string>
  /** Answer to a re-offer from the browser: direction changes, added video, ICE restart. */
  reanswer(leg: BrowserLegId, offerSdp: string): Promise<string>
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
