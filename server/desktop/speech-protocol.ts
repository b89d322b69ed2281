// What is understood and said by machines, as desktops and captions see it; part of protocol.ts.

/**
 * Channel `transcript:<call>`: `sentence/<seq>` for what is final, `partial/caller` and `partial/agent` for what is being said, `state`, and `agents`: the numbers of those
 * who talk or have talked in it; `ended` once the customer has hung up and the last words were told. A final takes the partial of its
 * side away. The channel goes when the call leaves the floor.
 */
export interface SentenceView {
  readonly side: 'caller' | 'agent'
  readonly text: string
  /** Epoch ms. */
  readonly at: number
  /** ms since the recording began. */
  readonly startMs: number
  readonly endMs: number
  readonly words?: readonly (readonly [text: string, startMs: number, endMs: number])[]
}
export interface PartialView {
  readonly text: string
  readonly at: number
}
export interface TranscriptState {
  readonly state: 'on' | 'waiting' | 'off' | 'failed'
  readonly engine?: string
  readonly cause?: string
}
export type TranscriptValue =
  SentenceView | PartialView | TranscriptState | readonly string[] | true

export interface SpeechEngineView {
  readonly name: string
  readonly kind: string
  readonly role: 'recogniser' | 'synthesiser'
  /** `suspect`: failed lately, others go first. */
  readonly state: 'up' | 'suspect' | 'down'
  readonly since: number
  readonly cause?: string
  readonly inUse: number
}
/** Floor key `speech`: channels of recognition and synthesis (W-CAP-1) and the engines. */
export interface SpeechView {
  readonly recognition: { readonly used: number; readonly limit: number; readonly waiting: number }
  readonly synthesis: { readonly used: number; readonly limit: number; readonly waiting: number }
  readonly engines: readonly SpeechEngineView[]
}

/** `GET /api/captions/<token>/stream` (server-sent events, no sign-in): each `data:` line is one of these. The first is `snapshot`. */
export type CaptionEvent =
  | {
      readonly type: 'snapshot'
      readonly sentences: readonly CaptionSentence[]
      readonly partials: Readonly<Partial<Record<'caller' | 'agent', string>>>
      readonly state: TranscriptState['state']
    }
  | ({ readonly type: 'sentence' } & CaptionSentence)
  /** Replaces the partial of that side; empty: there is none. */
  | { readonly type: 'partial'; readonly side: 'caller' | 'agent'; readonly text: string }
  | { readonly type: 'state'; readonly state: TranscriptState['state'] }
  /** The call is over; nothing follows. */
  | { readonly type: 'ended' }
export interface CaptionSentence {
  /** Rises with each sentence of the call; the same again replaces it. */
  readonly seq: number
  readonly side: 'caller' | 'agent'
  readonly text: string
  /** Epoch ms. */
  readonly at: number
}
