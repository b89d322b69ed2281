// sherpa-onnx's online WebSocket server (k2-fsa/sherpa-onnx, csrc/online-websocket-server-impl.cc): no greeting, raw float samples, one
// result a message, "Done" and "Done!" at the end. The server resamples from the rate it was started with (--input-sample-rate).
import * as z from 'zod'
import { type DialogueLimits, openDialogue, type Protocol } from '../recognition/dialogue.ts'
import type { ListenOptions, Recogniser } from '../recogniser.ts'

export interface SherpaOptions {
  /** `ws://` or `wss://` */
  readonly url: string
  readonly limits?: DialogueLimits
}

/** Where nothing says when a word ends, it lasts this long. */
const WORD_MS = 200

const Result = z.object({
  text: z.string(),
  tokens: z.array(z.string()).default([]),
  /** Seconds since the segment began, one a token. */
  timestamps: z.array(z.number()).default([]),
  /** Seconds since the stream began. */
  start_time: z.number().default(0),
  is_final: z.boolean(),
})

export const createSherpa = ({ url, limits }: SherpaOptions): Recogniser => ({
  name: 'sherpa-onnx',
  capabilities: {
    partials: true,
    wordTimes: true,
    // They are an option of the server.
    hotwords: false,
    itn: false,
    grammar: false,
    ratesHz: [8000, 16000],
  },
  listen: (options, onEvent) => openDialogue(createProtocol(url, options), onEvent, limits),
})

export function createProtocol(url: string, { rateHz }: ListenOptions): Protocol {
  let heardMs = 0
  let toldMs = 0
  let partial = ''

  return {
    url,
    isReadyAtOnce: true,
    begin: () => [],
    audio(samples) {
      heardMs += (samples.length * 1000) / rateHz
      const floats = Float32Array.from(samples, sample => sample / 32_768)
      return Buffer.from(floats.buffer)
    },
    finish: () => 'Done',
    hear(message) {
      if (message === 'Done!') return [{ type: 'done' }]
      const result = z.safeParse(Result, JSON.parse(message))
      if (!result.success) throw new TypeError('not a result of sherpa-onnx')
      const { text, is_final: isFinal } = result.data
      if (text === '' || (!isFinal && text === partial)) return []
      if (!isFinal) {
        partial = text
        return [{ type: 'partial', text }]
      }
      partial = ''
      const words = wordsOf(result.data)
      const startMs = words[0]?.startMs ?? toldMs
      const endMs = Math.max(words.at(-1)?.endMs ?? heardMs, startMs)
      toldMs = endMs
      return [{ type: 'final', text, startMs, endMs, words }]
    },
  }
}

function wordsOf({ tokens, timestamps, start_time: startS }: z.infer<typeof Result>) {
  if (tokens.length !== timestamps.length) return []
  const beginOf = (index: number) => Math.round(((timestamps[index] ?? 0) + startS) * 1000)
  return tokens.map((token, index) => {
    const startMs = beginOf(index)
    const endMs = index + 1 < tokens.length ? beginOf(index + 1) : startMs + WORD_MS
    // SentencePiece marks the beginning of a word.
    return { text: token.replace('▁', '').trim(), startMs, endMs: Math.max(endMs, startMs) }
  })
}
