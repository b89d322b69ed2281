// What is understood of a talk becomes part of its call. Nothing here waits for an engine.
import type { CallId } from '../../telephony/call/id.ts'
import type { FactData } from '../ledger/fact.ts'
import type { LiveCall } from './state.ts'
import type { Turn } from './turn.ts'

/** What the listener to talks tells the loop. */
export type TranscriptInput =
  | {
      readonly type: 'sentence-heard'
      readonly callId: CallId
      readonly sentence: FactData['sentence-heard']
    }
  | {
      readonly type: 'transcription-changed'
      readonly callId: CallId
      readonly change: FactData['transcription-changed']
    }

/** Who listens to talks; server/speech has it. */
export interface TalkListener {
  /** A loop is at work: these are its calls, now and after each change. */
  begin(floor: {
    readonly calls: ReadonlyMap<CallId, LiveCall>
    readonly input: (input: TranscriptInput) => void
  }): TalkListening
}
export interface TalkListening {
  /** Returns at once. */
  changed(calls: Iterable<CallId>): void
  /** Another server goes on. */
  end(): void
}

/** The last words are understood after the hang-up: so long they are waited for. */
const LATE_WORDS_MS = 5000

export function onTranscript(turn: Turn, input: TranscriptInput): void {
  const call = turn.call(input.callId)
  if (!call) return
  if (input.type === 'sentence-heard') return turn.fact(call.id, 'sentence-heard', input.sentence)
  turn.fact(call.id, 'transcription-changed', input.change)
  turn.change(call.id, { transcript: input.change })
}

/** Whether an ended call stays a little longer than `lingerMs`, because its last words may still come. */
export const awaitsWords = ({ stage, transcript }: LiveCall, at: number, lingerMs: number) =>
  stage.state === 'ended' &&
  (transcript?.state === 'on' || transcript?.state === 'failed') &&
  at - stage.at < lingerMs + LATE_WORDS_MS
