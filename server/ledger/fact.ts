// The ledger's alphabet: facts are past, final and JSON-safe. Everything reported is computed from them, and from nothing else.

/** Ways a call can end (design part 3). */
export const RESULTS = [
  'answered',
  'abandoned-ivr',
  'abandoned-queue',
  'no-answer',
  'voicemail',
  'callback',
  'self-service',
  'blocked',
  'rejected',
  'switch-lost',
  'orphaned',
  'failed',
] as const
export type Result = (typeof RESULTS)[number]

/** What each fact says. Durations in ms, instants in epoch ms, ids as plain strings because facts are stored as JSON. */
export interface FactData {
  'call-began': {
    direction: 'inbound' | 'outbound' | 'internal'
    caller: string
    callee: string
    node: string
    legId: string
    sipCallId: string
    networkAddress: string
    video: boolean
    /** The trunk it came by. */
    trunk?: string
    /** Our own trial call that came back: counted nowhere. */
    trial?: true
    /** The number that was called first, where a network diverted the call to us (Diversion, History-Info). */
    divertedFrom?: string
  }
  /** Refused before it became a call; the only fact of its call id. */
  'call-blocked': {
    caller: string
    callee: string
    reason: string
    counted: boolean
    trunk?: string
  }
  /** The caller's leg got its 200. */
  'call-answered': Record<string, never>
  'flow-entered': { flow: string; version: number }
  'node-entered': { node: string; kind: string }
  'digits-collected': { node: string; digits: string }
  'choice-made': { node: string; digit: string; next: string }
  'no-input': { node: string; attempt: string }
  'wrong-input': { node: string; digit: string }
  'hours-checked': { node: string; calendar: string; state: string; rule: string }
  'queue-joined': { queue: string; priority: number; position: number }
  'queue-announced': { position: number; lowS?: number; highS?: number }
  'queue-left': {
    queue: string
    outcome:
      | 'answered'
      | 'full'
      | 'timed-out'
      | 'no-agents'
      | 'abandoned'
      | 'overflowed'
      | 'asked-for-message'
      | 'asked-for-callback'
      | 'failed'
    waitMs: number
    to?: string
  }
  /** One routing decision with its reason (field-notes idea 7). */
  'agent-offered': {
    queue: string
    agent: string
    legId: string
    waitedMs: number
    reason: OfferReason
  }
  'offer-failed': { agent: string; legId: string; cause: string; rangMs: number }
  'agent-answered': { agent: string; legId: string; rangMs: number }
  'talk-began': { agent: string; legId: string }
  'call-held': { agent: string }
  'call-retrieved': { agent: string; heldMs: number }
  'agent-muted': { agent: string; muted: boolean }
  'talk-ended': { agent: string; legId: string; talkMs: number; by: 'caller' | 'agent' | 'system' }
  'call-transferred': { by: string; to: string; kind: 'blind' | 'consulted' }
  'consult-began': { agent: string; to: string }
  'consult-ended': { agent: string; outcome: 'completed' | 'returned' | 'no-answer' | 'failed' }
  'conference-began': { by: string; with: string }
  'number-dialled': { agent: string; number: string; legId: string }
  'number-answered': { number: string; legId: string }
  'monitor-began': { supervisor: string; agent: string; mode: 'listen' | 'whisper' | 'barge' }
  'monitor-ended': { supervisor: string }
  'recording-started': { recordingId: string; path: string }
  'recording-masked': { recordingId: string; masked: boolean; by: string }
  'recording-stopped': { recordingId: string; durationMs: number; fault?: string }
  'recording-failed': { recordingId: string; reason: string }
  'message-recorded': { recordingId: string; durationMs: number }
  'callback-requested': { number: string }
  /** A sentence was understood. Times are ms since the recording began, or since the tap where nothing is recorded. */
  'sentence-heard': {
    side: Side
    text: string
    /** As it was understood, before numbers were written as digits; absent when the same. */
    spoken?: string
    /** When it began to be said, epoch ms. */
    saidAt: number
    startMs: number
    endMs: number
    /** Text, begin and end of each word, in ms like `startMs`. */
    words?: [text: string, startMs: number, endMs: number][]
    confidence?: number
    engine: string
  }
  /** How the transcript of a talk stands: another engine took over, all channels are in use, nobody understands. */
  'transcription-changed': {
    state: 'on' | 'waiting' | 'off' | 'failed'
    engine?: string
    cause?: string
  }
  /** The caller spoke to a flow. `outcome` says what came of it; the words of a confidential node are left out. */
  'speech-heard': {
    node: string
    outcome: 'understood' | 'not-understood' | 'failed'
    text?: string
    phrase?: string
    confidence?: number
    engine?: string
    cause?: string
  }
  /** From the end of the caller's speech to the first sound of the reply, both read from the sound itself. */
  'voice-turn': { node: string; engine: string; delayMs: number; speechEndedAt: number }
  /** The caller had trouble with the machine and goes to a person at once. */
  'fast-lane-taken': {
    node: string
    reason: 'failures' | 'asked-for-person' | 'slow-digits' | 'elder'
  }
  'call-rated': { score: number }
  'call-described': {
    by: string
    contactReason?: string
    notes?: string
    callerName?: string
    area?: string
  }
  'leg-began': { legId: string; role: LegRole; number: string; sipCallId: string; trunk?: string }
  /** The trunk that was tried did not take the call; the same number is dialled by another. */
  'trunk-failed': { legId: string; trunk: string; cause: string; sipStatus?: number; next?: string }
  /** The SIP dialog that carries a leg, where it was not known at its beginning. */
  'leg-signalled': { legId: string; sipCallId: string }
  'leg-ended': {
    legId: string
    role: LegRole
    cause: string
    by: string
    answered?: true
    sipStatus?: number
    packetsIn?: number
    packetsOut?: number
    lost?: number
    jitterMs?: number
  }
  'call-adopted': { node: string; by: string }
  'call-ended': {
    result: Result
    cause: string
    by: 'caller' | 'agent' | 'system' | 'network'
    /** Our own trial call: counted nowhere. */
    trial?: true
  }
  /** The state doctor found something wrong and put it right; causes in server/control/doctor/cause.ts. */
  'state-repaired': { cause: string; detail?: string }
  /** The clock was set by this much: facts after it stand on the new time. */
  'clock-jumped': { byMs: number }
  'agent-state': { agent: string; state: string; reason?: string; by: string }
  /** Subject `trunk:<id>`. */
  'trunk-state': { trunk: string; node: string; state: string; reason: string }
}
export type FactType = keyof FactData
export type Side = 'caller' | 'agent'
export type LegRole = 'caller' | 'agent' | 'number' | 'consult' | 'supervisor'

/** Why this agent, and why nobody else. */
export interface OfferReason {
  /** The rule that chose: skill level first, then longest idle. */
  readonly rule: 'longest-idle' | 'skill-then-longest-idle' | 'only-one' | 'direct'
  readonly idleMs: number
  readonly skillLevel: number
  /** Next best, at most five. */
  readonly runnersUp: readonly {
    readonly agent: string
    readonly idleMs: number
    readonly skillLevel: number
  }[]
  /** How many agents of the group were left out, by reason. */
  readonly excluded: Readonly<Record<string, number>>
  /** Callers who waited longer and were overtaken, with the rule that allowed it; at most five. */
  readonly overtaken: readonly { readonly call: string; readonly rule: string }[]
}

export type Fact<T extends FactType = FactType> = {
  [K in T]: {
    /** A call's id, or `agent:<id>` and `trunk:<id>` for facts of no call. */
    readonly subject: string
    /** Rises by one within a subject; (subject, seq) is the fact's identity. */
    readonly seq: number
    readonly at: number
    readonly type: K
    readonly data: FactData[K]
  }
}[T]
