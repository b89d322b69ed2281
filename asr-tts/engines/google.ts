// gRPC in the shape of Google's speech v1: the service itself, and whatever speaks the same.
import { type DialogueLimits, LIMITS } from '../recognition/dialogue.ts'
import { createTail } from '../recognition/tail.ts'
import type {
  EndCause,
  Listening,
  ListenOptions,
  Recogniser,
  RecognitionEvent,
} from '../recogniser.ts'
import { Answer, causeOfCode, type GoogleSpeaker, toConfig, toHeard } from './google-message.ts'
import { connectGoogle, type GoogleDoor, type GoogleStream, loadMethod } from './google-stream.ts'

export interface GoogleOptions extends GoogleDoor, GoogleSpeaker {
  readonly limits?: DialogueLimits & Partial<StreamLimits>
}
interface StreamLimits {
  /** A new stream is begun when nobody is in the middle of a sentence. */
  readonly renewMs: number
  /** A new stream is begun in any case: the service ends one after 305 s. */
  readonly streamMs: number
}

const STREAM_LIMITS: StreamLimits = { renewMs: 240_000, streamMs: 290_000 }
/** What has been said since the last sentence that was told is said again to the next stream. */
const KEEP_MS = 60_000
/** A stream that gets no further than this will get no further the next time. */
const LEAST_MS = 1000

/** @throws {RangeError} when the address is none of gRPC. */
export function createGoogle(options: GoogleOptions): Recogniser {
  if (!/^grpcs?:\/\/[^/:]+:\d+$/.test(options.url))
    throw new RangeError(`${options.url} is no address such as grpcs://host:443`)
  const method = loadMethod()
  const limits = { ...STREAM_LIMITS, ...LIMITS, ...options.limits }
  return {
    name: 'google-speech',
    capabilities: {
      partials: true,
      wordTimes: true,
      hotwords: true,
      itn: true,
      grammar: false,
      ratesHz: [8000, 16000],
    },
    listen: (listenOptions, onEvent) =>
      openConversation(
        () => connectGoogle(options, method),
        toConfig(listenOptions, options),
        listenOptions,
        limits,
        onEvent,
      ),
  }
}

function openConversation(
  connect: () => ReturnType<typeof connectGoogle>,
  config: object,
  { rateHz }: ListenOptions,
  limits: DialogueLimits & StreamLimits,
  onEvent: (event: RecognitionEvent) => void,
): Listening {
  const connection = connect()
  const tail = createTail(rateHz, Math.min(KEEP_MS, limits.renewMs / 2, limits.streamMs / 2))
  let state: 'opening' | 'listening' | 'ended' = 'opening'
  let isFinishing = false
  let stream: GoogleStream | undefined
  let beganAt = 0
  /** Where the stream's own time begins. */
  let offsetMs = 0
  let heardMs = 0
  /** Up to here everything has been told. */
  let settledMs = 0
  let isInSentence = false
  let progressMs = 0
  let waitingBytes = 0
  let timer: NodeJS.Timeout | undefined

  function end(cause: EndCause, detail?: string) {
    if (state === 'ended') return
    state = 'ended'
    clearTimeout(timer)
    stream?.drop()
    connection.close()
    onEvent({ type: 'ended', cause, ...(detail !== undefined && { detail }) })
  }

  /** Begins a stream with what the one before had not told. */
  function begin() {
    stream?.drop()
    const missed = tail.from(settledMs)
    offsetMs = missed.startMs
    beganAt = performance.now()
    waitingBytes = 0
    stream = connection.open({ onAnswer, onStatus })
    stream.config(config)
    for (const piece of missed.pieces) stream.audio(piece, () => undefined)
  }

  function onAnswer(message: unknown) {
    const answer = Answer.safeParse(message)
    if (!answer.success) return end('nonsense', 'not an answer of Google speech')
    const { error } = answer.data
    if (error && error.code !== 0) return onStatus(error.code, error.message)
    for (const heard of toHeard(answer.data, offsetMs, settledMs)) {
      isInSentence = heard.type === 'partial'
      if (heard.type === 'final') settledMs = heard.endMs
      if (heard.type === 'partial' || heard.type === 'final') onEvent(heard)
    }
  }

  function onStatus(code: number, details: string) {
    stream = undefined
    if (code === 0)
      return end(isFinishing ? 'finished' : 'broken-off', isFinishing ? undefined : 'ended early')
    const cause = causeOfCode(code)
    const detail = `${code} ${details}`.trim()
    if (cause !== 'renew')
      return end(cause === 'unreachable' && state === 'listening' ? 'broken-off' : cause, detail)
    const wasMs = progressMs
    progressMs = heardMs + settledMs
    if (progressMs - wasMs < LEAST_MS) return end('refused', detail)
    if (!isFinishing) return
    begin()
    finishStream()
  }

  const isTooOld = () => {
    const ageMs = Math.max(performance.now() - beganAt, heardMs - offsetMs)
    return ageMs >= limits.streamMs || (ageMs >= limits.renewMs && !isInSentence)
  }

  function finishStream() {
    stream?.finish()
    clearTimeout(timer)
    timer = setTimeout(() => end('slow', 'no end after the last audio'), limits.finishMs)
  }

  begin()
  connection.onReady(limits.beginMs, isReady => {
    if (state === 'ended') return
    if (!isReady) return end('unreachable', 'no answer to the greeting')
    state = 'listening'
    onEvent({ type: 'started' })
    if (isFinishing) finishStream()
  })

  return {
    write(samples) {
      if (state === 'ended' || isFinishing || samples.length === 0) return
      if (!stream || isTooOld()) begin()
      tail.push(samples)
      heardMs += (samples.length * 1000) / rateHz
      waitingBytes += samples.byteLength
      if (waitingBytes > limits.waitingBytes) return end('slow', 'it does not take the audio')
      const own = stream
      own?.audio(samples.slice(), () => {
        if (stream === own) waitingBytes -= samples.byteLength
      })
    },
    finish() {
      if (state === 'ended' || isFinishing) return
      isFinishing = true
      if (!stream) begin()
      if (state === 'listening') finishStream()
    },
    cancel: () => end('cancelled'),
  }
}
