// The door of the media plane. Lives in a worker thread; this interface is its proxy on the main thread.
// Ports are RTP endpoints on the network; what a port hears is decided by its bridge, play, conference or eavesdrop.

export type PortId = string & { readonly port: unique symbol }

/**
 * What a video port takes. Between bridged ports a payload type is changed to the one that carries the same codec at the
 * other side: by name where both sides give names, else by place in lists of one length, else it passes as it is.
 */
export interface VideoFormat {
  readonly payloadTypes: readonly number[]
  /** Names in the same order, as in rtpmap: `H264/90000`. */
  readonly codecs?: readonly string[]
}

/** Static payload types of RFC 3551; 0 is PCMU, 8 is PCMA. */
export type AudioCodec = 'PCMU' | 'PCMA'

export interface Remote {
  readonly address: string
  readonly port: number
  /** RTCP goes to port + 1 unless `rtcpPort` (or rtcp-mux, where it equals port). */
  readonly rtcpPort: number
}

export interface AudioFormat {
  readonly codec: AudioCodec
  /** Payload type of telephone-event (RFC 4733), if agreed. */
  readonly digitPayloadType?: number
  /** What we may do: a held far end is `sendonly` from our side, and so on. Default sendrecv. */
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
}

export interface PortStats {
  readonly packetsIn: number
  readonly packetsOut: number
  readonly lost: number
  readonly late: number
  readonly duplicate: number
  /** RFC 3550 §6.4.1 interarrival jitter, in ms. */
  readonly jitterMs: number
  /** Packets that were no RTP of the agreed kind. */
  readonly junk: number
  /** Packets from elsewhere than the far end. */
  readonly strangers: number
  /** Of ours, as the far end last reported (RTCP). */
  readonly remoteLost?: number
  readonly roundTripMs?: number
}

export type MediaEvent =
  | {
      readonly type: 'digit'
      readonly port: PortId
      readonly digit: string
      readonly durationMs: number
    }
  | {
      readonly type: 'play-ended'
      readonly port: PortId
      readonly playId: string
      readonly outcome: 'finished' | 'stopped' | 'failed'
      readonly reason?: string
    }
  | {
      readonly type: 'recording-stopped'
      readonly port: PortId
      readonly path: string
      readonly durationMs: number
      readonly fault?: string
    }
  /** No RTP for the limit set (default 300 s while answered and not held). */
  | { readonly type: 'silent'; readonly port: PortId; readonly forMs: number }
  /** The first valid packet of a port arrived. */
  | { readonly type: 'heard'; readonly port: PortId }

export interface Media {
  /** Opens an RTP and an RTCP socket (even and odd port of the configured range). Fails when the range is used up. */
  openPort(kind: 'audio' | 'video'): Promise<{ port: PortId; rtpPort: number }>
  /** Sets or changes the far end. Sequence, timestamp and SSRC of what we send go on without a break. */
  connect(port: PortId, remote: Remote, format: AudioFormat | VideoFormat): void
  close(port: PortId): Promise<PortStats>
  stats(port: PortId): Promise<PortStats>

  /** Two audio ports hear each other (transcoding µ-law/A-law where they differ), or two video ports are passed through. */
  bridge(a: PortId, b: PortId): void
  unbridge(port: PortId): void
  /** Ports of one room hear everybody but themselves. */
  joinRoom(port: PortId, room: string, options?: { muted?: boolean }): void
  leaveRoom(port: PortId): void
  /** The port hears both sides of the target; `whisper` speaks to the target's own party only, `barge` to both sides. */
  eavesdrop(port: PortId, target: PortId, mode: 'listen' | 'whisper' | 'barge'): void
  endEavesdrop(port: PortId): void
  /** Stops what the far end of this port says from reaching anybody (recordings included). */
  mute(port: PortId, muted: boolean): void
  /** What the port hears instead of its bridge while held: the loop of this file; undefined ends it. */
  hold(port: PortId, musicFile: string | undefined): void

  /**
   * Plays files one after another to the far end, instead of what it would hear. WAV PCM 16 bit or G.711, 8 or 16 kHz, mono,
   * `tone_stream://%(onMs,offMs,hz[,hz])[;loops=n]` and `silence_stream://ms`. A file that grows is read as it stands.
   */
  play(port: PortId, playId: string, files: readonly string[], loop: boolean): void
  stopPlay(port: PortId): void
  /** RFC 4733 events to the far end, or in-band tones where none were agreed. */
  sendDigits(port: PortId, digits: string, durationMs: number): void

  /**
   * WAV, 8 kHz 16 bit stereo: left what the far end of this port says, right what it hears. The header is kept right every second, so that
   * the file plays while it grows. Goes on through bridge changes. Never blocks audio; a write error ends it with `fault`.
   */
  record(port: PortId, path: string): void
  stopRecording(port: PortId, path: string): void
  /** Writes silence instead of sound. */
  maskRecording(port: PortId, path: string, masked: boolean): void

  /**
   * Both sides as frames into a ring (tap-ring.ts): left what the far end of this port says, right what it hears, through bridge
   * changes and silences, until `untap` or the port's end. Who does not read the ring loses the oldest sound and delays nobody.
   */
  tap(port: PortId, tapId: string, ring: SharedArrayBuffer): void
  untap(port: PortId, tapId: string): void

  onEvent(listener: (event: MediaEvent) => void): void
  closeAll(): Promise<void>
}

export interface MediaOptions {
  readonly bindAddress: string
  /** Inclusive, even to odd. */
  readonly rtpPorts: { readonly first: number; readonly last: number }
  readonly silentAfterMs: number
}
