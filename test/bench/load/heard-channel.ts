// One channel of recognition for a bench: people speak 40 % of the time, packet by packet, and each sentence is followed until it is told.
import type { Listening, Phrase, RecognitionEvent, Recogniser } from '../../../asr-tts/index.ts'

export interface Said {
  readonly text: string
  /** 8 kHz, without silence around it. */
  readonly sound: Int16Array
}

export interface ChannelFigures {
  /** Sentences that were said whole. */
  readonly segments: number
  /** Taken for a phrase; `right` of them for the one that it was. */
  readonly heard: number
  readonly right: number
  readonly rejected: number
  /** Given up, nearly always because decoding took too long; `causes` says why. */
  readonly slow: number
  /** Nothing was told of them. */
  readonly untold: number
  /** From where speech ended in the sound, as a caller would hear it, to `final` or `rejected`. */
  readonly lagsMs: readonly number[]
  /** Ends that were not asked for. */
  readonly causes: readonly string[]
}

interface Segment {
  readonly text: string
  readonly fromMs: number
  readonly toMs: number
  state: 'said' | 'heard' | 'right' | 'rejected' | 'slow'
}

const PACKET = 160
const PACKET_MS = 20
const PER_MS = 8
/** 40 % speech. */
const SILENCE_PER_SPEECH = 1.5
/** A sentence that waits and is decoded at its slowest. */
const FINISH_MS = 45_000

export function openChannel(deps: {
  readonly recogniser: Recogniser
  readonly grammar: readonly Phrase[]
  readonly said: readonly Said[]
  /** Which is said first; and how long nobody speaks before it. */
  readonly startAt: number
  readonly waitMs: number
}) {
  const { recogniser, grammar, said } = deps
  const segments: Segment[] = []
  const lagsMs: number[] = []
  const causes: string[] = []
  const beganAt = performance.now()
  let next = deps.startAt
  let sentMs = 0
  let sound: Int16Array = new Int16Array(0)
  let at = 0
  let silenceMs = deps.waitMs
  let isOver = false
  let onEnded: () => void = () => undefined
  const ended = new Promise<void>(resolve => (onEnded = resolve))
  let listening = listen()

  function listen(): Listening {
    const offsetMs = sentMs
    return recogniser.listen({ rateHz: 8000, grammar }, event => hear(event, offsetMs))
  }

  function hear(event: RecognitionEvent, offsetMs: number): void {
    if (event.type === 'ended') {
      if (event.cause !== 'finished') {
        causes.push(`${event.cause}: ${event.detail ?? ''}`)
        for (const segment of segments) if (segment.state === 'said') segment.state = 'slow'
      }
      if (isOver) return onEnded()
      // What is in the middle of being said is not followed any more.
      at = sound.length
      listening = listen()
      return
    }
    if (event.type !== 'final' && event.type !== 'rejected') return
    const [fromMs, toMs] = [event.startMs + offsetMs, event.endMs + offsetMs]
    lagsMs.push(performance.now() - (beganAt + toMs))
    const segment = segments.find(one => fromMs < one.toMs && toMs > one.fromMs)
    if (!segment || segment.state === 'right') return
    if (event.type === 'final') segment.state = event.phrase === segment.text ? 'right' : 'heard'
    else if (segment.state === 'said') segment.state = 'rejected'
  }

  function packet(): Int16Array {
    if (at >= sound.length && silenceMs <= 0) {
      const { text, sound: its } = said[next++ % said.length] ?? {
        text: '',
        sound: new Int16Array(),
      }
      ;[sound, at] = [its, 0]
      silenceMs = (its.length / PER_MS) * SILENCE_PER_SPEECH
      segments.push({ text, fromMs: sentMs, toMs: sentMs + its.length / PER_MS, state: 'said' })
    }
    const samples = new Int16Array(PACKET)
    if (at < sound.length) samples.set(sound.subarray(at, at + PACKET))
    else silenceMs -= PACKET_MS
    at += PACKET
    return samples
  }

  const timer = setInterval(() => {
    // A packet comes when its sound has been spoken.
    while (beganAt + sentMs + PACKET_MS <= performance.now()) {
      const samples = packet()
      sentMs += PACKET_MS
      listening.write(samples)
    }
  }, PACKET_MS / 2)

  return {
    async end(): Promise<ChannelFigures> {
      clearInterval(timer)
      isOver = true
      listening.finish()
      const limit = setTimeout(() => {
        causes.push('nothing came to an end')
        onEnded()
      }, FINISH_MS)
      await ended
      clearTimeout(limit)
      const whole = segments.filter(({ toMs }) => toMs <= sentMs)
      const count = (...states: readonly Segment['state'][]) =>
        whole.filter(({ state }) => states.includes(state)).length
      return {
        segments: whole.length,
        heard: count('heard', 'right'),
        right: count('right'),
        rejected: count('rejected'),
        slow: count('slow'),
        untold: count('said'),
        lagsMs,
        causes,
      }
    },
  }
}
