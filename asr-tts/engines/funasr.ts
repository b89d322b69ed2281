// FunASR over WebSocket, mode 2pass (modelscope/FunASR, runtime/docs/websocket_protocol.md): quick words while somebody speaks, then the
// sentence corrected. Both servers of the project are served: the one in C++ and the one in Python, which gives no times.
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  type DialogueLimits,
  type Heard,
  openDialogue,
  type Protocol,
} from '../recognition/dialogue.ts'
import type { ListenOptions, Recogniser, Word } from '../recogniser.ts'

export interface FunasrOptions {
  /** `ws://` or `wss://` */
  readonly url: string
  /**
   * How hot words are written: `json` with their weights (default, the server in C++), `words` apart by commas without
   * (the server in Python).
   */
  readonly hotwordsAs?: 'json' | 'words'
  readonly limits?: DialogueLimits
}

/** 600 ms at a time, 300 ms looked at before and after. */
const CHUNKS = [5, 10, 5]
const CHUNK_INTERVAL = 10

const Reply = z.object({
  mode: z.enum(['2pass-online', '2pass-offline', 'online', 'offline', '2pass']).optional(),
  text: z.string().default(''),
  is_final: z.boolean().optional(),
  /** The server in Python has told everything; newer than July 2026. */
  is_end: z.boolean().optional(),
  /** Why it could not. */
  error: z.string().optional(),
  /** Said by the server in Python since 2026. */
  spk_name: z.string().optional(),
  /**
   * [[begin, end], …] in ms, one pair a character or word: JSON in a string (C++), or as it is (Python). A number says when the
   * connection was made (C++ since 2025).
   */
  timestamp: z.unknown().optional(),
})
const Times = z.array(z.tuple([z.number(), z.number()]))

export const createFunasr = ({ url, hotwordsAs = 'json', limits }: FunasrOptions): Recogniser => ({
  name: 'funasr',
  capabilities: {
    partials: true,
    wordTimes: true,
    hotwords: true,
    itn: true,
    grammar: false,
    ratesHz: [8000, 16000],
  },
  listen: (options, onEvent) =>
    openDialogue(createProtocol(url, options, hotwordsAs), onEvent, limits),
})

export function createProtocol(
  url: string,
  { rateHz, hotwords = {} }: ListenOptions,
  hotwordsAs: 'json' | 'words' = 'json',
): Protocol {
  let partial = ''
  let heardMs = 0
  let toldMs = 0
  let isFinishing = false

  const finalOf = (text: string, times: z.infer<typeof Times>): Heard => {
    const words = wordsOf(text, times, toldMs)
    const startMs = words[0]?.startMs ?? toldMs
    const endMs = words.at(-1)?.endMs ?? heardMs
    toldMs = endMs
    partial = ''
    return { type: 'final', text, startMs, endMs, words }
  }

  return {
    url,
    subprotocols: ['binary'],
    isReadyAtOnce: true,
    mayEndSilently: true,
    begin: () => [
      JSON.stringify({
        mode: '2pass',
        wav_name: randomUUID(),
        wav_format: 'pcm',
        is_speaking: true,
        chunk_size: CHUNKS,
        chunk_interval: CHUNK_INTERVAL,
        audio_fs: rateHz,
        itn: true,
        // A string that holds JSON.
        hotwords:
          hotwordsAs === 'json' ? JSON.stringify(hotwords) : Object.keys(hotwords).join(','),
      }),
    ],
    audio(samples) {
      heardMs += (samples.length * 1000) / rateHz
      return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
    },
    finish() {
      isFinishing = true
      return JSON.stringify({ is_speaking: false, is_end: true })
    },
    hear(message) {
      const reply = z.safeParse(Reply, JSON.parse(message))
      if (!reply.success) throw new TypeError('not a reply of FunASR')
      const { mode, text, is_final: isFinal, is_end: isEnd, error, timestamp } = reply.data
      if (error !== undefined) return [{ type: 'fault', cause: 'refused', detail: error }]
      if (mode === undefined && text.startsWith('ERROR'))
        return [{ type: 'fault', cause: 'refused', detail: text }]
      const times = timesOf(timestamp)
      const saysItsEnd = reply.data.spk_name !== undefined
      // The server in C++ says "final" when the audio has ended. The one in Python says it of each sentence, or never; today's says its
      // end, those before gave no times.
      const isLast =
        isEnd === true ||
        (!saysItsEnd && (isFinal === true || (mode === '2pass-offline' && timestamp === undefined)))
      const done: Heard[] = isLast && isFinishing ? [{ type: 'done' }] : []
      if (text === '') return done
      if (mode === '2pass-online' || mode === 'online') {
        partial += text
        return [{ type: 'partial', text: partial }, ...done]
      }
      return [finalOf(text, times ?? []), ...done]
    },
  }
}

function timesOf(timestamp: unknown): z.infer<typeof Times> | undefined {
  if (timestamp === undefined || typeof timestamp === 'number') return undefined
  const given: unknown = typeof timestamp === 'string' ? JSON.parse(timestamp) : timestamp
  const times = z.safeParse(Times, given)
  if (!times.success) throw new TypeError('not times of FunASR')
  return times.data
}

const STOP = /[\s，。、；：？！,.;:?!]/u

/** Each sounding character, or Latin word, with its time; times that begin before what was told are counted from there. */
function wordsOf(
  text: string,
  times: readonly (readonly [number, number])[],
  toldMs: number,
): Word[] {
  const [first] = times
  if (!first) return []
  const offsetMs = first[0] < toldMs ? toldMs : 0
  const units = text.match(/[A-Za-z0-9.%']+|\p{Script=Han}/gu) ?? []
  // Digits that were normalised have more or fewer times than characters: then the sentence has times, its words have none.
  if (units.length !== times.length) {
    const last = times.at(-1) ?? first
    return [
      {
        text: text.replace(new RegExp(`${STOP.source}+$`, 'u'), ''),
        startMs: first[0] + offsetMs,
        endMs: last[1] + offsetMs,
      },
    ]
  }
  return units.map((unit, index) => {
    const [startMs, endMs] = times[index] ?? first
    return { text: unit, startMs: startMs + offsetMs, endMs: endMs + offsetMs }
  })
}
