// When speech begins, pauses and ends, from a detector's probabilities and the loudness of the sound. Pure.
import type { VoiceChange, VoiceOptions } from '../voice-detector.ts'
import { levelsDb, loudEndMs, STEP_MS } from './loudness.ts'

export interface EdgeOptions extends VoiceOptions {
  /** Probability from which a frame is speech; default 0.5. */
  readonly threshold?: number
  /** As long as it is not below this, speech goes on; default 0.15 lower. */
  readonly keepThreshold?: number
}

export interface SpeechEdge {
  /** The next frame of the sound, and how likely it is speech. */
  hear(probability: number, frame: Int16Array): readonly VoiceChange[]
  /** No more sound: a stretch that is open ends. */
  finish(): readonly VoiceChange[]
}

/** A gap within a word is no end of a stretch that has not been told yet. */
const WORD_GAP_MS = 130
const LEVELS_KEPT_MS = 2000

type State =
  | { readonly state: 'quiet' }
  /** Perhaps speech, perhaps a click. */
  | { readonly state: 'rising'; fromMs: number; speechMs: number; lastMs: number }
  | { readonly state: 'speaking'; lastMs: number }
  | { readonly state: 'paused'; lastMs: number; endMs: number }

export function createSpeechEdge(options: EdgeOptions): SpeechEdge {
  const { rateHz, minSpeechMs, endSilenceMs, pauseMs = endSilenceMs, threshold = 0.5 } = options
  const keepThreshold = options.keepThreshold ?? threshold - 0.15
  let now: State = { state: 'quiet' }
  let nowMs = 0
  let levels: number[] = []
  let levelsFromMs = 0

  const endOf = (lastMs: number) => loudEndMs(levels, levelsFromMs, lastMs)

  function hear(probability: number, frame: Int16Array): readonly VoiceChange[] {
    const frameMs = (frame.length * 1000) / rateHz
    const startMs = nowMs
    nowMs += frameMs
    keep(levelsDb(frame, rateHz))
    const isSpeech = probability >= (now.state === 'speaking' ? keepThreshold : threshold)
    switch (now.state) {
      case 'quiet':
        if (isSpeech) now = { state: 'rising', fromMs: startMs, speechMs: 0, lastMs: nowMs }
        return now.state === 'rising' ? rise(now, frameMs) : []
      case 'rising':
        if (isSpeech) return rise(now, frameMs)
        if (nowMs - now.lastMs > WORD_GAP_MS) now = { state: 'quiet' }
        return []
      case 'speaking':
        if (isSpeech) now.lastMs = nowMs
        return isSpeech ? [] : fall(now.lastMs)
      case 'paused':
        if (!isSpeech) return wait(now.lastMs, now.endMs)
        now = { state: 'speaking', lastMs: nowMs }
        return [{ type: 'resumed', atMs: Math.round(startMs) }]
    }
  }

  function rise(rising: Extract<State, { state: 'rising' }>, frameMs: number): VoiceChange[] {
    rising.speechMs += frameMs
    rising.lastMs = nowMs
    if (rising.speechMs < minSpeechMs) return []
    now = { state: 'speaking', lastMs: nowMs }
    return [{ type: 'began', atMs: Math.round(rising.fromMs) }]
  }

  function fall(lastMs: number): readonly VoiceChange[] {
    if (nowMs - lastMs < Math.min(pauseMs, endSilenceMs)) return []
    const endMs = endOf(lastMs)
    now = { state: 'paused', lastMs, endMs }
    const isTold = pauseMs < endSilenceMs
    return [...(isTold ? [{ type: 'paused', atMs: endMs } as const] : []), ...wait(lastMs, endMs)]
  }

  function wait(lastMs: number, endMs: number): readonly VoiceChange[] {
    if (nowMs - lastMs < endSilenceMs) return []
    now = { state: 'quiet' }
    return [{ type: 'ended', atMs: endMs }]
  }

  function keep(more: readonly number[]) {
    levels.push(...more)
    const most = LEVELS_KEPT_MS / STEP_MS
    if (levels.length <= 2 * most) return
    levelsFromMs += (levels.length - most) * STEP_MS
    levels = levels.slice(-most)
  }

  return {
    hear,
    finish() {
      const before = now
      now = { state: 'quiet' }
      if (before.state === 'speaking') return [{ type: 'ended', atMs: endOf(before.lastMs) }]
      return before.state === 'paused' ? [{ type: 'ended', atMs: before.endMs }] : []
    },
  }
}
