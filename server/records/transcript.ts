// What was said in a call, from its facts. Pure.
import type { Fact, FactData, Side } from '../ledger/fact.ts'

export interface Transcript {
  /** How it stands, or stood last; undefined: nobody listened. */
  readonly state: FactData['transcription-changed']['state'] | undefined
  /** Which engine understood last. */
  readonly engine: string | undefined
  /** In the order in which they began to be said. */
  readonly sentences: readonly Sentence[]
}
export interface Sentence {
  readonly seq: number
  readonly side: Side
  readonly text: string
  readonly saidAt: number
  readonly startMs: number
  readonly endMs: number
  readonly words: readonly (readonly [text: string, startMs: number, endMs: number])[]
  readonly confidence: number | null
  readonly engine: string
  /** Whose times they are; absent where nothing was recorded. */
  readonly recordingId?: string
}

export function transcriptOf(facts: readonly Fact[]): Transcript {
  let state: Transcript['state']
  let engine: string | undefined
  const recordings: { readonly id: string; readonly at: number }[] = []
  const sentences: Sentence[] = []
  for (const { seq, at, type, data } of facts) {
    if (type === 'recording-started') recordings.push({ id: data.recordingId, at })
    if (type === 'transcription-changed') state = data.state
    if (type !== 'sentence-heard') continue
    const { words = [], confidence = null, spoken: _, ...heard } = data
    engine = heard.engine
    // It is told after it was said: the recording may be the next one by then.
    const recording = recordings.findLast(one => one.at <= heard.saidAt) ?? recordings[0]
    const of = recording && { recordingId: recording.id }
    sentences.push({ seq, ...heard, words, confidence, ...of })
  }
  sentences.sort((a, b) => a.saidAt - b.saidAt || a.seq - b.seq)
  return { state, engine, sentences }
}

/** A line a sentence, for people: how far into the call, who, what. */
export const toLines = (
  sentences: readonly Sentence[],
  nameOf: (side: Side) => string,
  beganAt: number,
): string =>
  sentences
    .map(({ side, text, saidAt }) => `[${clockOf(saidAt - beganAt)}] ${nameOf(side)}：${text}\n`)
    .join('')

/** Minutes and seconds, with hours where there are any. */
function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [hour, minute, second] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(part =>
    String(Math.floor(part)).padStart(2, '0'),
  )
  return hour === '00' ? `${minute}:${second}` : `${hour}:${minute}:${second}`
}
