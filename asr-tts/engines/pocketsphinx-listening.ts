// One listening: a voice detector cuts sentences, the pool decodes each as a whole, and what it makes of them is told in order.
import type { EndCause, Listening, ListenOptions, RecognitionEvent } from '../recogniser.ts'
import { createTape } from '../recognition/tape.ts'
import type { VoiceChange, VoiceDetector } from '../voice-detector.ts'
import type { DecodingPool, PoolAnswer } from './pocketsphinx-pool.ts'
import type { GrammarOf, Sentence } from './pocketsphinx-protocol.ts'

export interface ListeningParts {
  readonly voice: VoiceDetector
  readonly pool: Pick<DecodingPool, 'ask'>
  /** What is wrong with the model; undefined when it works. */
  readonly usable: () => Promise<string | undefined>
  /** Lead per 10 ms of speech from which speech counts; null: everything that fits counts. */
  readonly rejectBelow: number | null
  /** In a pause, a phrase with which nothing goes on ends the sentence at once. */
  readonly isEarly: boolean
}

const END_SILENCE_MS = 600
const MAX_SPEECH_MS = 15_000
const MIN_SPEECH_MS = 100
/** A pause within a word is shorter. */
const PAUSE_MS = 200
/** A detector is sure of speech a little after its first sound. */
const LEAD_IN_MS = 200
const LEAD_OUT_MS = 120
/** Speech is told when it has lasted a little; so far back it may have begun. */
const KEPT_MS = 1500
/** Further above the threshold than what counts as said. */
const EARLY_LEAD = 1
const FRAME_MS = 10
/** Noise fits silence as well as it fits syllables, so that it does not fall behind: words that leave most of the sound alone are none. */
const LEAST_COVERED = 0.5
/** From the threshold, where right and wrong are as likely, by so much to 73 % (a logistic curve). */
const CONFIDENCE_LEAD = 3

interface Attempt {
  readonly toMs: number
  readonly answer: Promise<PoolAnswer>
  withdraw(): void
}

interface Speech {
  readonly fromMs: number
  attempt?: Attempt
  /** It has been concluded before its end was sure. */
  isTold?: true
}

export function openListening(
  parts: ListeningParts,
  grammar: GrammarOf,
  options: ListenOptions,
  onEvent: (event: RecognitionEvent) => void,
): Listening {
  const { voice, pool, rejectBelow } = parts
  const { rateHz, endSilenceMs = END_SILENCE_MS, maxSpeechMs = MAX_SPEECH_MS } = options
  const tape = createTape(rateHz)
  let state: 'listening' | 'finishing' | 'ended' = 'listening'
  let speech: Speech | undefined
  const attempts = new Set<Attempt>()
  const stream = voice.open(
    { rateHz, endSilenceMs, minSpeechMs: MIN_SPEECH_MS, pauseMs: Math.min(PAUSE_MS, endSilenceMs) },
    onVoice,
  )
  /** No sound reaches the decoder before its model was tried. */
  const begun = begin()
  /** Sentences are told in order, after `started`. */
  let told: Promise<void> = begun

  async function begin(): Promise<void> {
    const problem = await parts.usable()
    if (problem !== undefined) return end('unreachable', problem)
    const answer = await new Promise<PoolAnswer>(resolve => {
      pool.ask({ type: 'compile', grammar }, resolve)
    })
    if (answer.type === 'refused') return end('refused', answer.detail)
    if (answer.type === 'failed') return end(answer.cause, answer.detail)
    tell({ type: 'started' })
  }

  function tell(event: RecognitionEvent): void {
    if (state !== 'ended') onEvent(event)
  }

  function end(cause: EndCause, detail?: string): void {
    if (state === 'ended') return
    state = 'ended'
    for (const { withdraw } of attempts) withdraw()
    tape.forget(Infinity)
    void stream.finish()
    onEvent({ type: 'ended', cause, ...(detail !== undefined && { detail }) })
  }

  function onVoice(change: VoiceChange): void {
    if (state === 'ended') return
    switch (change.type) {
      case 'began':
        return beginSpeech(change.atMs)
      case 'paused':
        if (speech) speech.attempt = decode(speech, change.atMs)
        if (speech && parts.isEarly) concludeEarly(speech)
        return
      case 'resumed':
        if (speech?.isTold) return beginSpeech(change.atMs)
        drop(speech?.attempt)
        delete speech?.attempt
        return
      case 'ended':
        if (speech && !speech.isTold) conclude(speech, change.atMs)
        speech = undefined
    }
  }

  function beginSpeech(atMs: number): void {
    speech = { fromMs: atMs }
    // Not behind the sentence before, which may still be decoded: a prompt has to fall silent now.
    void begun.then(() => tell({ type: 'speech-began', atMs }))
  }

  function decode({ fromMs }: Speech, toMs: number): Attempt {
    const samples = tape.cut(fromMs - LEAD_IN_MS, toMs + LEAD_OUT_MS)
    const isCompared = rejectBelow !== null
    let withdraw: () => void = () => undefined
    const answer = new Promise<PoolAnswer>(resolve => {
      let isWanted = true
      let asked: { withdraw(): void } | undefined
      withdraw = () => {
        isWanted = false
        asked?.withdraw()
        resolve({ type: 'failed', cause: 'cancelled', detail: 'not needed any more' })
      }
      void begun.then(() => {
        if (isWanted && state !== 'ended')
          asked = pool.ask({ type: 'decode', grammar, samples, isCompared }, resolve)
      })
    })
    const attempt: Attempt = { toMs, answer, withdraw }
    attempts.add(attempt)
    void answer.then(() => attempts.delete(attempt))
    return attempt
  }

  function drop(attempt: Attempt | undefined): void {
    attempt?.withdraw()
  }

  /** The sentence is over: what it was is told as soon as it is known. */
  function conclude(over: Speech, endMs: number): void {
    const attempt = over.attempt ?? decode(over, endMs)
    over.isTold = true
    told = told.then(async () => tellAnswer(over, attempt, await attempt.answer))
  }

  /** In a pause: it is over if it can be nothing else. */
  function concludeEarly(open: Speech): void {
    const { attempt } = open
    void attempt?.answer.then(answer => {
      if (open.isTold || open.attempt !== attempt || answer.type !== 'decoded') return
      const { sentence } = answer
      const lead = leadOf(sentence, open, attempt.toMs)
      if (!sentence?.isWhole || sentence.phrase === undefined || lead === undefined) return
      if (rejectBelow !== null && lead >= rejectBelow + EARLY_LEAD) conclude(open, attempt.toMs)
    })
  }

  function tellAnswer({ fromMs }: Speech, { toMs }: Attempt, answer: PoolAnswer): void {
    if (answer.type === 'failed') return end(answer.cause, answer.detail)
    if (answer.type !== 'decoded') return end('nonsense', answer.type)
    const { sentence } = answer
    const lead = leadOf(sentence, { fromMs }, toMs)
    const isRejected = rejectBelow !== null && (lead === undefined || lead < rejectBelow)
    if (sentence?.phrase === undefined || isRejected)
      return tell({ type: 'rejected', startMs: fromMs, endMs: toMs })
    // The sound that was decoded begins earlier, where there was as much.
    const offsetMs = Math.max(0, fromMs - LEAD_IN_MS)
    const { text, phrase, words } = sentence
    tell({
      type: 'final',
      text,
      phrase,
      startMs: fromMs,
      endMs: toMs,
      words: words.map(word => ({
        ...word,
        startMs: word.startMs + offsetMs,
        endMs: word.endMs + offsetMs,
      })),
      ...(lead !== undefined &&
        rejectBelow !== null && { confidence: confidenceOf(lead - rejectBelow) }),
    })
  }

  /** Too long for a menu: understood as far as it goes; the rest is a sentence of its own. */
  function cutLongSpeech(): void {
    if (!speech || speech.isTold || tape.endMs - speech.fromMs < maxSpeechMs) return
    const atMs = speech.fromMs + maxSpeechMs
    drop(speech.attempt)
    delete speech.attempt
    conclude(speech, atMs)
    speech = { fromMs: atMs }
  }

  return {
    write(samples) {
      if (state !== 'listening') return
      tape.push(samples)
      stream.push(samples)
      cutLongSpeech()
      tape.forget((speech?.fromMs ?? stream.heardMs() - KEPT_MS) - LEAD_IN_MS)
    },
    finish() {
      if (state !== 'listening') return
      state = 'finishing'
      void stream.finish().then(() => {
        told = told.then(() => end('finished'))
      })
    },
    cancel: () => end('cancelled'),
  }
}

/** Per 10 ms of speech; silence around it fits everything as well as anything. */
function leadOf(
  sentence: Sentence | undefined,
  { fromMs }: { readonly fromMs: number },
  toMs: number,
): number | undefined {
  if (sentence?.lead === undefined) return undefined
  const speechMs = Math.max(FRAME_MS, toMs - fromMs)
  const wordsMs = sentence.words.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
  return wordsMs < LEAST_COVERED * speechMs ? -Infinity : sentence.lead / (speechMs / FRAME_MS)
}

const confidenceOf = (above: number) => +(1 / (1 + Math.exp(-above / CONFIDENCE_LEAD))).toFixed(3)
