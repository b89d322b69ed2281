// Everything we can ask of a switch. Translated to ESL in telephony/esl/perform.ts.
import type { EndCause } from './cause.ts'
import type { DetectSpeech } from './detection.ts'
import type { AgentId, CallId, DetectId, LegId, PlayId } from './id.ts'

/** How a supervisor hears a call (FreeSWITCH eavesdrop): nobody, the agent only, or everybody hears them. */
export type MonitorMode = 'listen' | 'whisper' | 'barge'

/** Where an originated leg goes. `agent` rings the phone(s) registered for that agent number. */
export type Destination =
  | { readonly kind: 'agent'; readonly agentId: AgentId }
  | {
      readonly kind: 'number'
      /** As the network behind the trunk has it dialled. */
      readonly number: string
      /** Id of the trunk; the switch has a gateway of that name. */
      readonly trunk: string
      /** How we show ourselves; absent: the caller's number at the switch's own address. */
      readonly shown?: ShownOutside
      /** RFC 4028; absent: no session timer of ours. */
      readonly sessionExpiresS?: number
    }
  /** A number at an address without a trunk, `host:port[;transport=tcp]`: to try a switch by itself. */
  | { readonly kind: 'address'; readonly number: string; readonly address: string }
export interface ShownOutside {
  /** From. */
  readonly fromUri: string
  readonly fromName?: string
  /** P-Asserted-Identity (RFC 3325). */
  readonly assertedUri?: string
  /** Privacy: id. */
  readonly hidden: boolean
}

export type CallCommand =
  | { readonly type: 'answer-leg'; readonly legId: LegId }
  /** Ends an unanswered leg with a SIP status (`cause` maps through cause.ts). */
  | { readonly type: 'hang-up-leg'; readonly legId: LegId; readonly cause: EndCause }
  /** Plays files one after another. Ends with one play-ended of that id. `loop` goes on until stopped. */
  | {
      readonly type: 'play'
      readonly legId: LegId
      readonly playId: PlayId
      readonly files: readonly string[]
      readonly loop: boolean
    }
  | { readonly type: 'stop-play'; readonly legId: LegId }
  /** Rings a destination; the new leg has the id given and is parked once answered. */
  | {
      readonly type: 'originate-leg'
      readonly legId: LegId
      readonly callId: CallId
      readonly to: Destination
      /** Number and name shown to the one who is rung. */
      readonly callerNumber: string
      readonly callerName?: string
      readonly timeoutMs: number
      /** The phone should answer by itself (auto answer, or the agent asked for this call). */
      readonly autoAnswer: boolean
      /** The leg takes up a talk that its agent's phone lost; the desktop takes it without a sound. */
      readonly resumes?: true
    }
  | { readonly type: 'bridge-legs'; readonly legId: LegId; readonly otherLegId: LegId }
  /** Parts bridged legs; both are parked again. */
  | { readonly type: 'park-legs'; readonly legId: LegId }
  /** Holds the named leg's phone (re-INVITE); the far side hears music. */
  | { readonly type: 'hold-leg'; readonly legId: LegId }
  | { readonly type: 'retrieve-leg'; readonly legId: LegId }
  /** Stops what the party of this leg says from being heard. */
  | { readonly type: 'mute-leg'; readonly legId: LegId; readonly muted: boolean }
  /** Stereo, caller left, agent right, WAV, playable while it grows. */
  | { readonly type: 'start-recording'; readonly legId: LegId; readonly path: string }
  | { readonly type: 'stop-recording'; readonly legId: LegId; readonly path: string }
  | {
      readonly type: 'mask-recording'
      readonly legId: LegId
      readonly path: string
      readonly masked: boolean
    }
  | { readonly type: 'send-digits'; readonly legId: LegId; readonly digits: string }
  | { readonly type: 'join-conference'; readonly legId: LegId; readonly room: string }
  /** The supervisor's parked leg begins to hear the target leg. */
  | {
      readonly type: 'monitor-leg'
      readonly legId: LegId
      readonly targetLegId: LegId
      readonly mode: MonitorMode
    }
  /** Claims the leg (ends the switch's 3 s protection) and sets how long the switch waits for us before it apologises. */
  | {
      readonly type: 'guard-leg'
      readonly legId: LegId
      readonly callId: CallId
      readonly forMs: number
    }
  | { readonly type: 'unguard-leg'; readonly legId: LegId }
  | DetectSpeech
  | { readonly type: 'stop-detecting'; readonly legId: LegId; readonly detectId: DetectId }

export type CommandType = CallCommand['type']
