// Aliyun NLS, live transcription (aliyun/alibabacloud-nls-nodejs-sdk, lib/st.js): JSON orders and events, raw samples between them.
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import {
  type DialogueLimits,
  type Heard,
  openDialogue,
  type Protocol,
} from '../recognition/dialogue.ts'
import type { ListenOptions, Recogniser } from '../recogniser.ts'
import { causeOfStatus } from './aliyun-status.ts'
import type { AliyunToken } from './aliyun-token.ts'

export interface AliyunOptions {
  /** Such as `wss://nls-gateway.cn-shanghai.aliyuncs.com/ws/v1`. */
  readonly url: string
  readonly appKey: string
  readonly token: AliyunToken
  /** Hot words are a list kept at Aliyun; its id. */
  readonly vocabularyId?: string
  readonly limits?: DialogueLimits
}

const Event = z.object({
  header: z.object({
    name: z.string(),
    status: z.number().optional(),
    status_text: z.string().optional(),
  }),
  payload: z
    .object({
      result: z.string().default(''),
      /** ms since the first sample; `time` is the end so far. */
      begin_time: z.number().default(0),
      time: z.number().default(0),
      confidence: z.number().optional(),
      words: z
        .array(z.object({ text: z.string(), startTime: z.number(), endTime: z.number() }))
        .default([]),
    })
    .optional(),
})
type Event = z.infer<typeof Event>

export const createAliyun = (options: AliyunOptions): Recogniser => ({
  name: 'aliyun-nls',
  capabilities: {
    partials: true,
    wordTimes: true,
    hotwords: false,
    itn: true,
    grammar: false,
    ratesHz: [8000, 16000],
  },
  listen: (listenOptions, onEvent) =>
    openDialogue(createProtocol(options, listenOptions), onEvent, options.limits),
})

/** 32 hexadecimal digits, as Aliyun wants its ids. */
const newId = () => randomBytes(16).toString('hex')

export function createProtocol(options: AliyunOptions, { rateHz }: ListenOptions): Protocol {
  const taskId = newId()
  const order = (name: string, payload: object = {}) =>
    JSON.stringify({
      header: {
        message_id: newId(),
        task_id: taskId,
        namespace: 'SpeechTranscriber',
        name,
        appkey: options.appKey,
      },
      payload,
    })

  return {
    url: options.url,
    headers: async () => ({ 'X-NLS-Token': await options.token.get() }),
    isReadyAtOnce: false,
    begin: () => [
      order('StartTranscription', {
        format: 'pcm',
        sample_rate: rateHz,
        enable_intermediate_result: true,
        enable_punctuation_prediction: true,
        enable_inverse_text_normalization: true,
        enable_words: true,
        ...(options.vocabularyId !== undefined && { vocabulary_id: options.vocabularyId }),
      }),
    ],
    audio: ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength),
    finish: () => order('StopTranscription'),
    hear(message) {
      const event = z.safeParse(Event, JSON.parse(message))
      if (!event.success) throw new TypeError('not an event of Aliyun NLS')
      return heardOf(event.data, options.token)
    },
  }
}

function heardOf({ header, payload }: Event, token: AliyunToken): Heard[] {
  switch (header.name) {
    case 'TranscriptionStarted':
      return [{ type: 'ready' }]
    case 'TranscriptionCompleted':
      return [{ type: 'done' }]
    case 'TranscriptionResultChanged':
      return payload?.result ? [{ type: 'partial', text: payload.result }] : []
    case 'SentenceEnd':
      return payload?.result ? [finalOf(payload)] : []
    case 'TaskFailed': {
      const { status = 0, status_text: text = '' } = header
      const cause = causeOfStatus(status)
      if (cause === 'wrong-key') token.forget()
      return [{ type: 'fault', cause, detail: `${status} ${text}`.trim() }]
    }
    default:
      return []
  }
}

const finalOf = ({
  result,
  begin_time: startMs,
  time: endMs,
  confidence,
  words,
}: NonNullable<Event['payload']>): Heard => ({
  type: 'final',
  text: result,
  startMs,
  endMs,
  words: words.map(({ text, startTime, endTime }) => ({
    text,
    startMs: startTime,
    endMs: endTime,
  })),
  ...(confidence !== undefined && { confidence }),
})
