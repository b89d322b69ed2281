// One listening of a flow: waits for speech, has it understood, tells what it was, and measures how soon the caller is answered.
import { toWritten } from '../../asr-tts/index.ts'
import type { EndCause, Listening, Phrase } from '../../asr-tts/index.ts'
import { createMatcher } from '../../asr-tts/recognition/match.ts'
import type { VoiceChange, VoiceDetector, VoiceStream } from '../../asr-tts/voice-detector.ts'
import type { Tap, TapOptions, TapSound } from '../../telephony/call/tap.ts'
import type { Heard, ListenRequest } from '../control/port.ts'
import type { Pool, PoolEvent } from './pool.ts'
import { replyStartMs } from './reply.ts'
import { createTrack, RATE_HZ } from './track.ts'

export interface EarDeps {
  /** Undefined: that switch is not ours any more. */
  readonly openTap: (request: ListenRequest, options: TapOptions) => Tap | undefined
  readonly detector: VoiceDetector
  readonly pool: Pick<Pool, 'listen'>
  readonly now: () => number
}

/** Less is a click, a cough, or our own voice that the line throws back. */
const MIN_SPEECH_MS = 200
/** A detector is sure a little after the first sound. */
const BEFORE_MS = 300
/** Speech that goes on at the beginning of a listening. */
const TAIL_MS = 300
/** Kept while nobody speaks: a detector on a busy machine may tell late. */
const KEPT_MS = 10_000
/** Looked at before the end of the speech, for the noise of the line. */
const AROUND_MS = 500
/** From the end of the speech until the engine has told what it was, before the engine's own limit; a long sentence is decoded here in half its time. */
export const ANSWER_MS = 4000
/** A reply that comes later is none. */
const REPLY_MS = 10_000
/** The phrase by which engines that know grammars only hear digits. */
const DIGITS = '(digits)'

export interface Ear {
  readonly legId: string
  /** What was said has been understood before its end. */
  isSpeechOpen(): boolean
  stop(): void
}

type State =
  | { readonly state: 'waiting' }
  | { readonly state: 'hearing'; readonly beganMs: number }
  /** What it was has been told; the reply is waited for. */
  | { readonly state: 'told'; readonly atMs: number }
  | { readonly state: 'over' }

export function openEar(
  deps: EarDeps,
  request: ListenRequest,
  onHeard: (heard: Heard) => void,
  onOver: () => void,
  /** The caller has not finished what was understood already: the rest of it is no answer to this. */
  startsInSpeech: boolean,
): Ear {
  const track = createTrack()
  const matcher = createMatcher(request.grammar ?? [])
  const grammar = grammarOf(request)
  let now: State = { state: 'waiting' }
  let listening: Listening | undefined
  let engine = ''
  let endedMs: number | undefined
  /** Epoch ms of the first sample. */
  let startedAt = Infinity
  let timer: NodeJS.Timeout | undefined
  let voice: VoiceStream | undefined
  let tap: Tap | undefined
  let isTail = false
  const said: { text: string; phrase?: string; confidence?: number }[] = []

  const after = (ms: number, then: () => void) => {
    clearTimeout(timer)
    timer = setTimeout(then, ms)
  }

  const isOver = () => now.state === 'over'

  function end() {
    if (now.state === 'over') return
    now = { state: 'over' }
    clearTimeout(timer)
    listening?.cancel()
    void voice?.finish()
    tap?.stop()
    onOver()
  }

  function tell(heard: Exclude<Heard, { type: 'speech-began' | 'replied' }>) {
    if (now.state === 'told' || now.state === 'over') return
    const open = listening
    listening = undefined
    if (heard.type === 'failed') {
      end()
      open?.cancel()
      return onHeard(heard)
    }
    now = { state: 'told', atMs: track.endMs }
    after(REPLY_MS, end)
    open?.cancel()
    onHeard(heard)
  }

  const fail = (cause: EndCause) =>
    tell({ type: 'failed', cause, ...(engine !== '' && { engine }) })

  function onBegan(beganMs: number) {
    now = { state: 'hearing', beganMs }
    onHeard({ type: 'speech-began' })
    // Whoever was told may have stopped us.
    if (now.state !== 'hearing') return
    const { hotwords } = request
    const opened = deps.pool.listen(
      'flow',
      { rateHz: RATE_HZ, ...(grammar && { grammar }), ...(hotwords && { hotwords }) },
      onEvent,
    )
    if (now.state !== 'hearing') return
    listening = opened
    for (const piece of track.said(beganMs - BEFORE_MS)) opened.write(piece)
  }

  function onEnded(atMs: number) {
    if (endedMs !== undefined) return
    endedMs = atMs
    if (now.state !== 'hearing') return measure()
    listening?.finish()
    after(ANSWER_MS, () => (said.length > 0 ? decide() : fail('slow')))
  }

  function onEvent(event: PoolEvent) {
    if (now.state !== 'hearing') return
    switch (event.type) {
      case 'engine':
        engine = event.name
        return
      case 'partial':
        return isWhole(event.text) ? understood([{ text: event.text }]) : undefined
      case 'final': {
        const { text, phrase, confidence } = event
        said.push({
          text,
          ...(phrase !== undefined && { phrase }),
          ...(confidence !== undefined && { confidence }),
        })
        return
      }
      case 'ended':
        listening = undefined
        return event.cause === 'finished' ? decide() : fail(event.cause)
    }
  }

  const decide = () => understood(said)

  /** All that may be said has been said: nobody need wait for the silence. */
  function isWhole(text: string): boolean {
    if (request.digits) return digitCount(text) === request.digits.max
    return request.grammar !== undefined && matcher.isComplete(text)
  }

  function understood(parts: typeof said) {
    const spoken = parts.map(({ text }) => text).join('')
    if (spoken.trim() === '') return tell({ type: 'not-understood', engine })
    const sure = parts.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]))
    const told = parts.find(({ phrase }) => phrase !== undefined)?.phrase
    const match = told === undefined && request.grammar ? matcher.match(spoken) : undefined
    const phrase = told === DIGITS ? undefined : (told ?? match?.phrase)
    const confidence = Math.min(1, ...sure) * (match?.confidence ?? 1)
    tell({
      type: 'understood',
      text: toWritten(spoken),
      ...(phrase !== undefined && { phrase }),
      ...((sure.length > 0 || match) && { confidence }),
      engine,
    })
  }

  function measure() {
    if (now.state !== 'told' || endedMs === undefined) return
    const { fromMs: startMs, samples } = track.heard(endedMs - AROUND_MS)
    const atMs = replyStartMs({ samples, rateHz: RATE_HZ, startMs }, now.atMs)
    if (atMs === undefined) return
    onHeard({
      type: 'replied',
      engine,
      delayMs: Math.max(0, Math.round(atMs - endedMs)),
      speechEndedAt: Math.round(startedAt + endedMs),
    })
    end()
  }

  function onSound(sound: TapSound) {
    if (now.state === 'over') return
    track.add(sound)
    // The piece that was least late tells when the first sample was.
    startedAt = Math.min(startedAt, deps.now() - track.endMs)
    listening?.write(sound.said)
    voice?.push(sound.said)
    if (now.state === 'waiting') track.forgetUntil(track.endMs - KEPT_MS)
    if (now.state === 'told') return measure()
    // Speech without an end: understood as far as it goes.
    if (now.state === 'hearing' && track.endMs - now.beganMs > request.maxSpeechMs)
      onEnded(track.endMs)
  }

  function onVoice({ type, atMs }: VoiceChange) {
    if (type === 'began' && now.state === 'waiting') {
      isTail = startsInSpeech && atMs < TAIL_MS
      if (!isTail) onBegan(atMs)
    }
    if (type !== 'ended') return
    if (isTail) isTail = false
    else if (now.state !== 'waiting') onEnded(atMs)
  }

  voice = deps.detector.open(
    { rateHz: RATE_HZ, endSilenceMs: request.endSilenceMs, minSpeechMs: MIN_SPEECH_MS },
    onVoice,
  )
  const opened = deps.openTap(request, {
    onSound,
    onEnd(how) {
      if (how === 'failed') fail('unreachable')
      end()
    },
  })
  if (!opened) fail('unreachable')
  // It may have failed at once.
  if (isOver()) opened?.stop()
  else tap = opened
  return {
    legId: request.legId,
    isSpeechOpen: () => now.state === 'told' && endedMs === undefined,
    stop: end,
  }
}

function grammarOf({ grammar, digits }: ListenRequest): readonly Phrase[] | undefined {
  if (!digits) return grammar
  const { min, max } = digits
  return [...(grammar ?? []), { id: DIGITS, texts: [`{digits:${min}-${max}}`] }]
}

const digitCount = (text: string) => text.replace(/[^0-9零〇一幺二两三四五六七八九]/gu, '').length
