// The whole alphabet between the switch and the process of browser legs; JSON over the IPC channel.
import type { Agreed, BrowserLegId, MediaPorts } from './browser.ts'
import type { LegOptions } from './leg.ts'
import type { Direction } from './sdp.ts'

export type LegRequest =
  | { readonly type: 'offer'; readonly leg: BrowserLegId; readonly ports: MediaPorts }
  | {
      readonly type: 'answer'
      readonly leg: BrowserLegId
      readonly offerSdp: string
      readonly ports: MediaPorts
    }
  | { readonly type: 'complete'; readonly leg: BrowserLegId; readonly answerSdp: string }
  | { readonly type: 'reoffer'; readonly leg: BrowserLegId; readonly direction: Direction }
  | { readonly type: 'reanswer'; readonly leg: BrowserLegId; readonly offerSdp: string }
  | {
      readonly type: 'add-video'
      readonly leg: BrowserLegId
      readonly offerSdp: string
      readonly videoRtpPort: number
    }

/** One shape for all answers; each request fills what it stands for. */
export interface LegAnswer {
  readonly sdp?: string
  readonly relayRtpPort?: number
  readonly relayVideoRtpPort?: number
  readonly agreed?: Agreed
}

export type ToLegs =
  | { readonly type: 'configure'; readonly options: LegOptions }
  | { readonly type: 'ask'; readonly requestId: number; readonly request: LegRequest }
  | { readonly type: 'close'; readonly leg: BrowserLegId }
  | { readonly type: 'close-all' }

export type FromLegs =
  | { readonly type: 'started' }
  | { readonly type: 'answered'; readonly requestId: number; readonly answer: LegAnswer }
  | {
      readonly type: 'refused'
      readonly requestId: number
      readonly message: string
      readonly code?: string
    }
  | { readonly type: 'lost'; readonly leg: BrowserLegId; readonly reason: string }
