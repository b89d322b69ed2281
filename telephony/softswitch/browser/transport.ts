// ICE and DTLS-SRTP to one browser, by node-datachannel. Every callback is guarded: what is thrown inside one aborts the process.
import { Audio, PeerConnection, Video, type Track } from 'node-datachannel'
import type { Codec } from './sdp.ts'

/** STUN and TURN servers that do not answer must not delay a call for longer. */
const GATHER_WITHIN_MS = 3000

export interface TransportOptions {
  readonly iceServers: readonly string[]
  /** Undefined: all addresses of the machine. */
  readonly bindAddress?: string
  readonly ports: { readonly first: number; readonly last: number }
}

export interface Medium {
  readonly kind: 'audio' | 'video'
  readonly mid: string
  readonly codecs: readonly Codec[]
  readonly ssrc: number
  /** Packets of the browser, decrypted. */
  readonly onPacket: (packet: Buffer) => void
}

export interface Transport {
  /** Adds a medium; returns how packets are sent to the browser. */
  add(medium: Medium): (packet: Buffer) => void
  describe(type: 'offer' | 'answer'): Promise<string>
  accept(sdp: string, type: 'offer' | 'answer'): void
  close(): void
}

const guarded =
  <A extends readonly unknown[]>(what: string, run: (...values: A) => void) =>
  (...values: A): void => {
    try {
      run(...values)
    } catch (error) {
      console.error(`browser legs: ${what}:`, error)
    }
  }

export const createTransport = (
  name: string,
  options: TransportOptions,
  onLost: (reason: string) => void,
): Transport => {
  const peer = new PeerConnection(name, {
    iceServers: [...options.iceServers],
    portRangeBegin: options.ports.first,
    portRangeEnd: options.ports.last,
    disableAutoNegotiation: true,
    forceMediaTransport: true,
    ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
  })
  let isOpen = true
  let onGathered: () => void = () => undefined
  peer.onGatheringStateChange(
    guarded('gathering', state => void (state === 'complete' && onGathered())),
  )
  peer.onStateChange(
    guarded('state', state => {
      if (!isOpen || (state !== 'failed' && state !== 'closed')) return
      isOpen = false
      // Out of the library's callback: closing inside it can deadlock.
      setImmediate(() =>
        onLost(
          state === 'failed'
            ? 'the browser cannot be reached any more'
            : 'the browser closed the transport',
        ),
      )
    }),
  )

  return {
    add(medium) {
      const track = peer.addTrack(toMedia(medium))
      let isTrackOpen = false
      track.onOpen(guarded('track', () => void (isTrackOpen = true)))
      track.onClosed(guarded('track', () => void (isTrackOpen = false)))
      track.onError(
        guarded('track', error => console.error(`browser legs: track of ${name}: ${error}`)),
      )
      track.onMessage(guarded('packet', packet => medium.onPacket(packet)))
      return packet => {
        if (isTrackOpen) send(track, packet)
      }
    },
    async describe(type) {
      let timer: NodeJS.Timeout | undefined
      const isGathered = new Promise<void>(resolve => {
        onGathered = resolve
        timer = setTimeout(resolve, GATHER_WITHIN_MS)
      })
      peer.setLocalDescription(type)
      if (peer.gatheringState() !== 'complete') await isGathered
      clearTimeout(timer)
      const local = peer.localDescription()
      if (local === null) throw new Error('no local description')
      return local.sdp
    },
    // libdatachannel 0.24.5 lets ICE start before it knows the fingerprint of an answer: on a machine that is busy at this very
    // moment DTLS may fail, and this throws "without ICE transport". Such a leg is refused; a new offer is needed.
    accept: (sdp, type) => peer.setRemoteDescription(sdp, type),
    close() {
      isOpen = false
      peer.close()
    },
  }
}

const toMedia = ({ kind, mid, codecs, ssrc }: Medium): Audio | Video => {
  if (kind === 'audio') {
    const audio = new Audio(mid, 'SendRecv')
    for (const { payloadType, name, fmtp } of codecs)
      audio.addAudioCodec(payloadType, name, ...profile(fmtp))
    audio.addSSRC(ssrc, 'hotline', 'hotline', 'audio')
    return audio
  }
  const video = new Video(mid, 'SendRecv')
  for (const { payloadType, name, fmtp } of codecs)
    video.addVideoCodec(payloadType, name.split('/')[0] ?? name, ...profile(fmtp))
  video.addSSRC(ssrc, 'hotline', 'hotline', 'video')
  return video
}

/** The library takes an absent argument, but no undefined one. */
const profile = (fmtp: string | undefined): [] | [string] => (fmtp === undefined ? [] : [fmtp])

/** Sending fails while the transport is going down; the packet is lost like any other. */
const send = (track: Track, packet: Buffer): void => {
  try {
    track.sendMessageBinary(packet)
  } catch (error) {
    if (track.isOpen()) throw error
  }
}
