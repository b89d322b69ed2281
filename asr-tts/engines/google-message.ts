// What is said to Google's speech v1, and what its answers mean. Pure.
import * as z from 'zod'
import type { Heard } from '../recognition/dialogue.ts'
import type { EndCause, ListenOptions } from '../recogniser.ts'

export interface GoogleSpeaker {
  /** BCP 47; default cmn-Hans-CN. */
  readonly language?: string
  /** Such as `telephony` or `latest_long`; the service chooses where it is absent. */
  readonly model?: string
}

/** Limits of the service: https://cloud.google.com/speech-to-text/quotas */
const MAX_PHRASES = 5000
const MAX_PHRASE_LENGTH = 100
/** Highest boost; ours is 1–100. */
const MAX_BOOST = 20

/** The first message of a stream. */
export function toConfig(
  { rateHz, hotwords = {} }: ListenOptions,
  { language = 'cmn-Hans-CN', model }: GoogleSpeaker,
): object {
  return {
    streaming_config: {
      config: {
        encoding: 'LINEAR16',
        sample_rate_hertz: rateHz,
        audio_channel_count: 1,
        language_code: language,
        max_alternatives: 1,
        enable_word_time_offsets: true,
        enable_automatic_punctuation: true,
        speech_contexts: toContexts(hotwords),
        ...(model !== undefined && { model }),
      },
      interim_results: true,
    },
  }
}

/** Words of one weight are one context. */
function toContexts(hotwords: Readonly<Record<string, number>>) {
  const byWeight = new Map<number, string[]>()
  Object.entries(hotwords)
    .filter(([word]) => word.length <= MAX_PHRASE_LENGTH)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_PHRASES)
    .forEach(([word, weight]) => byWeight.set(weight, [...(byWeight.get(weight) ?? []), word]))
  return [...byWeight].map(([weight, phrases]) => ({
    phrases,
    boost: (Math.min(100, weight) * MAX_BOOST) / 100,
  }))
}

const Duration = z
  .object({ seconds: z.number(), nanos: z.number() })
  .transform(({ seconds, nanos }) => seconds * 1000 + Math.round(nanos / 1_000_000))
const Time = z
  .union([Duration, z.null()])
  .optional()
  .transform(ms => ms ?? undefined)
const Result = z.object({
  alternatives: z.array(
    z.object({
      transcript: z.string(),
      confidence: z.number(),
      words: z.array(
        z.object({ word: z.string(), start_time: Time, end_time: Time, confidence: z.number() }),
      ),
    }),
  ),
  is_final: z.boolean(),
  result_end_time: Time,
})
export const Answer = z.object({
  error: z.union([z.object({ code: z.number(), message: z.string() }), z.null()]).optional(),
  results: z.array(Result),
})
export type Answer = z.infer<typeof Answer>

/** What a stream's answer means. Its times count from the stream's beginning, ours from the first sample of all. */
export function toHeard({ results }: Answer, offsetMs: number, toldMs: number): Heard[] {
  const partial = results
    .filter(result => !result.is_final)
    .map(result => result.alternatives[0]?.transcript ?? '')
    .join('')
  const finals = results.filter(result => result.is_final).flatMap(toFinal(offsetMs, toldMs))
  return partial === '' ? finals : [...finals, { type: 'partial', text: partial }]
}

const toFinal =
  (offsetMs: number, toldMs: number) =>
  ({ alternatives: [best], result_end_time: end }: z.infer<typeof Result>): Heard[] => {
    const text = best?.transcript.trim() ?? ''
    if (!best || text === '') return []
    const words = best.words.map(({ word, start_time: start = 0, end_time = start }) => ({
      text: word,
      startMs: start + offsetMs,
      endMs: Math.max(start, end_time) + offsetMs,
    }))
    const startMs = words[0]?.startMs ?? toldMs
    const endMs = Math.max(
      startMs,
      words.at(-1)?.endMs ?? (end === undefined ? toldMs : end + offsetMs),
    )
    return [
      {
        type: 'final',
        text,
        startMs,
        endMs,
        words,
        // 0 means that it is not said. A float of 32 bit holds no more places.
        ...(best.confidence > 0 && {
          confidence: Math.min(1, Math.round(best.confidence * 1e6) / 1e6),
        }),
      },
    ]
  }

/** Codes of https://grpc.github.io/grpc/core/md_doc_statuscodes.html; `renew` is no end. */
const CAUSES: Readonly<Record<number, EndCause | 'renew'>> = {
  3: 'refused',
  4: 'slow',
  5: 'refused',
  6: 'refused',
  7: 'wrong-key',
  8: 'quota',
  9: 'refused',
  // The service's limit of 305 s a stream, or too long without audio.
  11: 'renew',
  12: 'refused',
  14: 'unreachable',
  16: 'wrong-key',
}
export const causeOfCode = (code: number): EndCause | 'renew' => CAUSES[code] ?? 'broken-off'
