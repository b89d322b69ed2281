// The signalling side of a channel: a SIP dialog or the beginning of one, with plain RTP or WebRTC behind the same four verbs.
import type { BrowserLegId } from '../browser/browser.ts'
import type { VideoFormat } from '../sdp/codec.ts'
import type { HangupCause } from './hangup-cause.ts'

export interface Leg {
  /** Set where the far end is a browser. */
  readonly browserLeg: BrowserLegId | undefined
  /** 180 to the caller; nothing on a leg that we rang. */
  ring(): void
  /** 183 with SDP, so that an unanswered caller hears us. False when that cannot be. */
  preAnswer(): Promise<boolean>
  /** 200 with SDP. False when the far end is gone. */
  answer(): Promise<boolean>
  /** A later re-INVITE offers these pictures. */
  wantVideo(formats: readonly VideoFormat[]): void
  /** Re-INVITE that tells the phone it is held, or no longer. */
  hold(on: boolean): Promise<boolean>
  /** Ends the leg with what its state asks for: BYE, CANCEL or a final failure status. Returns FreeSWITCH's sip_hangup_disposition. */
  end(cause: HangupCause): 'send_bye' | 'send_cancel' | 'send_refuse'
}
