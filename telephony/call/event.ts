// Everything a switch can tell us, in our words. Translated from ESL in telephony/esl, never elsewhere.
import type { EndCause } from './cause.ts'
import type { DetectionOutcome } from './detection.ts'
import type { AgentId, CallId, DetectId, LegId, PlayId, RecordingId } from './id.ts'

/** Fields every event carries. `at` is the switch's clock in epoch ms, never the time of arrival. */
interface Happened {
  readonly at: number
  readonly legId: LegId
  /** The call the leg belongs to: the `hotline_call` channel variable, else the leg's own id. */
  readonly callId: CallId
}

/** A leg came into being: a caller's INVITE that passed admission, or one that we originated. */
export interface LegCreated extends Happened {
  readonly type: 'leg-created'
  readonly direction: 'inbound' | 'outbound'
  /** The number that calls, normalised; empty when withheld. */
  readonly callerNumber: string
  readonly calledNumber: string
  /** The agent whose credentials authenticated the INVITE, when there was one. */
  readonly authenticatedAgent?: AgentId
  readonly sipCallId: string
  readonly networkAddress: string
  readonly video: boolean
  /** The trunk by which we ring out, or the registered gateway whose contact was called. */
  readonly gateway?: string
  /** What the INVITE says, as it stands; whom to believe is decided where trunks are known. */
  readonly said?: SaidByInvite
}
/** Headers about who calls whom. Never logged. */
export interface SaidByInvite {
  readonly from?: string
  readonly to?: string
  readonly requestUser?: string
  readonly calledParty?: string
  readonly asserted?: string
  readonly privacy?: string
  readonly diversion?: string
  readonly historyInfo?: string
  /** X-Hotline-Trunk. */
  readonly trunk?: string
  /** X-Hotline-Source: the address the SIP edge has heard the caller from. */
  readonly source?: string
}
/** The leg waits under our control (FreeSWITCH: CHANNEL_PARK). */
export interface LegParked extends Happened {
  readonly type: 'leg-parked'
}
/** The SIP Call-ID of a leg that we originate is known only once its INVITE is on the way. */
interface Signalled {
  readonly sipCallId?: string
}
export interface LegRang extends Happened, Signalled {
  readonly type: 'leg-rang'
}
export interface LegAnswered extends Happened, Signalled {
  readonly type: 'leg-answered'
}
export interface LegsBridged extends Happened {
  readonly type: 'legs-bridged'
  readonly otherLegId: LegId
}
export interface LegsUnbridged extends Happened {
  readonly type: 'legs-unbridged'
  readonly otherLegId: LegId
}
export interface LegHeld extends Happened {
  readonly type: 'leg-held'
}
export interface LegRetrieved extends Happened {
  readonly type: 'leg-retrieved'
}
export interface DigitPressed extends Happened {
  readonly type: 'digit-pressed'
  /** One of 0-9, *, #, A-D. */
  readonly digit: string
  readonly durationMs: number
}
export interface PlayStarted extends Happened {
  readonly type: 'play-started'
  readonly playId: PlayId
}
export interface PlayEnded extends Happened {
  readonly type: 'play-ended'
  readonly playId: PlayId
  readonly outcome: 'finished' | 'stopped' | 'failed'
}
export interface RecordingStarted extends Happened {
  readonly type: 'recording-started'
  readonly path: string
}
export interface RecordingStopped extends Happened {
  readonly type: 'recording-stopped'
  readonly path: string
  readonly durationMs: number
  /** Set when the file could not be written: disk full, rights. */
  readonly fault?: string
}
export interface LegEnded extends Happened, Signalled {
  readonly type: 'leg-ended'
  readonly cause: EndCause
  /** SIP status that ended an unanswered leg, where there was one. */
  readonly sipStatus?: number
  /** Who hung up an answered leg, seen from the switch. */
  readonly endedBy: 'far-end' | 'switch'
  /** RTP quality over the leg's life. */
  readonly quality?: {
    readonly packetsIn: number
    readonly packetsOut: number
    readonly lost: number
    readonly jitterMs: number
  }
}
/** How a leg's sound arrived at the switch since the last such event, or since its answer. */
export interface LegQuality extends Happened {
  readonly type: 'leg-quality'
  readonly forMs: number
  readonly packets: number
  readonly lost: number
  /** Interarrival jitter (RFC 3550 §6.4.1) at the end of the time. */
  readonly jitterMs: number
  /** There and back, as the far end's reports tell it; absent where it sends none. */
  readonly roundTripMs?: number
  /** 1–4.5, estimated by the E-model (ITU-T G.107); absent when nothing arrived, as from a phone on hold. */
  readonly mos?: number
}
/** The switch's recogniser hears that somebody speaks; at most once. */
export interface SpeechBegan extends Happened {
  readonly type: 'speech-began'
  readonly detectId: DetectId
}
/** What the switch's recogniser has made of it; exactly once. */
export interface SpeechDetected extends Happened {
  readonly type: 'speech-detected'
  readonly detectId: DetectId
  readonly outcome: DetectionOutcome
}
/** An agent's phone can be reached, or no longer. Not of any call. */
export interface PhoneRegistered {
  readonly type: 'phone-registered'
  readonly at: number
  readonly agentId: AgentId
  readonly transport: string
}
export interface PhoneUnregistered {
  readonly type: 'phone-unregistered'
  readonly at: number
  readonly agentId: AgentId
}
/** Somebody gave a wrong password for a phone. Not of any call. */
export interface PhoneRefused {
  readonly type: 'phone-refused'
  readonly at: number
  readonly networkAddress: string
}
/** An INVITE that the switch refused by rule before it became a leg of ours (design part 5). */
export interface CallBlocked {
  readonly type: 'call-blocked'
  readonly at: number
  readonly callId: CallId
  readonly callerNumber: string
  readonly calledNumber: string
  readonly reason:
    'all-lines-busy' | 'trunk-busy' | 'flood' | 'blacklist' | 'banned' | 'unknown-number'
  /** False when the same caller and number were blocked less than 5 s before. */
  readonly counted: boolean
  readonly trunk?: string
}
/** What the switch knows of the gateway to a trunk: its registration, and whether OPTIONS are answered. */
export interface TrunkState {
  readonly type: 'trunk-state'
  readonly at: number
  readonly trunk: string
  readonly registration: 'none' | 'registered' | 'trying' | 'failed'
  readonly ping: 'up' | 'down'
  /** SIP status of the last OPTIONS or REGISTER, where it was told. */
  readonly status?: number
  /** Of the last OPTIONS that was answered. */
  readonly roundTripMs?: number
}
/** A command of ours that the switch refused; the state machine hears it like any other event. */
export interface CommandFailed extends Happened {
  readonly type: 'command-failed'
  readonly command: string
  readonly reason: string
}

/** What we were not told in time and found by looking at the switch; told just before the event that makes it good. */
export const MISSED = [
  'leg-missed',
  'answer-missed',
  'park-missed',
  'bridge-missed',
  'parting-missed',
  'hold-missed',
  'retrieve-missed',
  'play-end-missed',
  'end-missed',
  'phone-missed',
  'phone-gone-missed',
  'change-while-away',
] as const
export type Missed = (typeof MISSED)[number]
export interface EventMissed {
  readonly type: 'event-missed'
  readonly at: number
  readonly cause: Missed
  readonly callId?: CallId
  readonly agentId?: AgentId
}

export type LegEvent =
  | LegCreated
  | LegParked
  | LegRang
  | LegAnswered
  | LegsBridged
  | LegsUnbridged
  | LegHeld
  | LegRetrieved
  | DigitPressed
  | PlayStarted
  | PlayEnded
  | RecordingStarted
  | RecordingStopped
  | LegEnded
  | LegQuality
  | SpeechBegan
  | SpeechDetected
  | CommandFailed
export type CallEvent =
  | LegEvent
  | PhoneRegistered
  | PhoneUnregistered
  | PhoneRefused
  | CallBlocked
  | EventMissed
  | TrunkState

/** A recording's id is the file's name without its ending. */
export type RecordingPathOf = (id: RecordingId) => string
