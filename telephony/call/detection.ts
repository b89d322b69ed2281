// What the switch's own recogniser is asked and tells (MRCP through FreeSWITCH). Pure values.
import type { DetectId, LegId } from './id.ts'

/** What may be said, and what it is called. */
export interface SpokenPhrase {
  readonly id: string
  /** Ways to say it; digits stand for themselves, read one by one. */
  readonly texts: readonly string[]
}

export type SpokenGrammar =
  | {
      readonly kind: 'phrases'
      readonly phrases: readonly SpokenPhrase[]
      /** So many digits may be said as well, read one by one. */
      readonly digits?: { readonly min: number; readonly max: number }
    }
  /** A grammar that the recogniser has, such as `builtin:speech/transcribe` for anything at all. */
  | { readonly kind: 'named'; readonly uri: string }

/** Asks for one utterance. Ends with one `speech-detected` of that id, at the latest with the leg. */
export interface DetectSpeech {
  readonly type: 'detect-speech'
  readonly legId: LegId
  readonly detectId: DetectId
  /** Of mod_unimrcp's configuration at the switch. */
  readonly profile: string
  /** Such as `zh-CN` (RFC 5646). */
  readonly language: string
  readonly grammar: SpokenGrammar
  /** Without speech for so long it ends; absent: it waits. */
  readonly noInputMs?: number
  /** So much silence ends what is said. */
  readonly endSilenceMs: number
  readonly maxSpeechMs: number
}

export type DetectionFault =
  /** It never reached a recogniser: it cannot be written down for the switch, the leg was gone, or the switch did not take it. */
  | 'not-asked'
  /** The switch has no such recogniser or profile, or the recogniser did not take the session or the grammar, as `detail` names it. */
  | 'refused'
  /** It ended in the middle, with the session or with a fault of its own. */
  | 'broken-off'
  /** What came back is no result, or has markup that is never needed. */
  | 'nonsense'
  /** We stopped it, asked anew, or the leg ended. */
  | 'cancelled'

export type DetectionOutcome =
  | {
      readonly type: 'understood'
      readonly text: string
      /** What the grammar calls it. */
      readonly phrase?: string
      /** 0–1. */
      readonly confidence?: number
    }
  | { readonly type: 'no-match' }
  | { readonly type: 'no-input' }
  | { readonly type: 'failed'; readonly fault: DetectionFault; readonly detail?: string }
