// From what an engine understood to what people read. Pure.
import {
  type Corrector,
  toWritten,
  withoutFillers,
  withStops,
  type Word,
} from '../../asr-tts/index.ts'
import type { FactData, Side } from '../ledger/fact.ts'

export interface Understood {
  readonly side: Side
  readonly engine: string
  readonly text: string
  /** ms since the tap began. */
  readonly startMs: number
  readonly endMs: number
  readonly words: readonly Word[]
  readonly confidence?: number
}
export interface Axis {
  /** When the tap's first sample sounded, epoch ms. */
  readonly tapAt: number
  /** When the recording's did; absent: nothing is recorded. */
  readonly recordingAt?: number | undefined
}

/** Undefined: it was nothing but a pause filled. */
export function sentenceOf(
  { side, engine, text, startMs, endMs, words: heard, confidence }: Understood,
  { tapAt, recordingAt = tapAt }: Axis,
  corrector?: Corrector,
): FactData['sentence-heard'] | undefined {
  const isClear = withoutFillers(text) === text
  const clear = corrector?.correct(withoutFillers(text)) ?? withoutFillers(text)
  if (!/[\p{L}\p{N}]/u.test(clear)) return undefined
  const words = corrector?.correctWords(heard) ?? heard
  // Where nothing was left out, the pauses between words tell where the stops are.
  const written = toWritten(withStops(clear, isClear ? words : []))
  const shift = (ms: number) => Math.max(0, Math.round(ms + tapAt - recordingAt))
  return {
    side,
    text: written,
    ...(written !== text && { spoken: text }),
    saidAt: Math.round(tapAt + startMs),
    startMs: shift(startMs),
    endMs: shift(endMs),
    ...(words.length > 0 && {
      words: words.map((word): [string, number, number] => [
        word.text,
        shift(word.startMs),
        shift(word.endMs),
      ]),
    }),
    ...(confidence !== undefined && { confidence }),
    engine,
  }
}
