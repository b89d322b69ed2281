// The whole alphabet between the proxy on the main thread and the worker.
import type {
  AudioFormat,
  MediaEvent,
  MediaOptions,
  PortId,
  PortStats,
  Remote,
  VideoFormat,
} from './media.ts'

interface OfPort {
  readonly port: PortId
}

/** Performed in order, without an answer. */
export type PlaneCommand = OfPort &
  (
    | {
        readonly type: 'connect'
        readonly remote: Remote
        readonly format: AudioFormat | VideoFormat
      }
    | { readonly type: 'bridge'; readonly other: PortId }
    | { readonly type: 'unbridge' }
    | { readonly type: 'join-room'; readonly room: string; readonly isMuted: boolean }
    | { readonly type: 'leave-room' }
    | {
        readonly type: 'eavesdrop'
        readonly target: PortId
        readonly mode: 'listen' | 'whisper' | 'barge'
      }
    | { readonly type: 'end-eavesdrop' }
    | { readonly type: 'mute'; readonly isMuted: boolean }
    | { readonly type: 'hold'; readonly musicFile: string | undefined }
    | {
        readonly type: 'play'
        readonly playId: string
        readonly files: readonly string[]
        readonly loop: boolean
      }
    | { readonly type: 'stop-play' }
    | { readonly type: 'send-digits'; readonly digits: string; readonly durationMs: number }
    | { readonly type: 'record'; readonly path: string }
    | { readonly type: 'stop-recording'; readonly path: string }
    | { readonly type: 'tap'; readonly tapId: string; readonly ring: SharedArrayBuffer }
    | { readonly type: 'untap'; readonly tapId: string }
    | { readonly type: 'mask-recording'; readonly path: string; readonly isMasked: boolean }
  )

/** Answered once each. */
export type PlaneRequest =
  | { readonly type: 'open-port'; readonly kind: 'audio' | 'video' }
  | { readonly type: 'close'; readonly port: PortId }
  | { readonly type: 'stats'; readonly port: PortId }
  | { readonly type: 'close-all' }

/** What each request is answered with. */
export interface PlaneAnswers {
  readonly 'open-port': { port: PortId; rtpPort: number }
  readonly close: PortStats
  readonly stats: PortStats
  readonly 'close-all': undefined
}

export type ToPlane =
  | { readonly type: 'perform'; readonly command: PlaneCommand }
  | { readonly type: 'ask'; readonly requestId: number; readonly request: PlaneRequest }

export type FromPlane =
  | { readonly type: 'started' }
  | { readonly type: 'happened'; readonly event: MediaEvent }
  | { readonly type: 'answered'; readonly requestId: number; readonly value: unknown }
  | {
      readonly type: 'refused'
      readonly requestId: number
      readonly message: string
      readonly code?: string
    }

/** What the worker is started with. */
export type PlaneOptions = MediaOptions
