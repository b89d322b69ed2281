// One stream of speech over whatever engines there are: when one fails in the middle, the next hears what was not told yet. No
// sentence comes twice, and a partial stays until the next one replaces it.
import type { EndCause, Listening, ListenOptions, RecognitionEvent } from '../../asr-tts/index.ts'
import { isFailure } from './health.ts'
import { createSoundMemory } from './memory.ts'

export type PoolEvent =
  | RecognitionEvent
  /** From here on this engine listens; `cause` says why the one before was left. */
  | { readonly type: 'engine'; readonly name: string; readonly cause?: EndCause }

/** An engine taken for one stream. */
export interface Use {
  readonly name: string
  /** Whether it says words while somebody speaks. */
  readonly tellsPartials: boolean
  listen(onEvent: (event: RecognitionEvent) => void): Listening
  /** How far behind the sound the words came. */
  onWords(lagMs: number): void
  /** Its stream has ended, told or cancelled by us. */
  release(cause: EndCause): void
}

export interface StreamDeps {
  readonly rateHz: ListenOptions['rateHz']
  /** Another engine, none of those tried; else why there is none. */
  pick(tried: ReadonlySet<string>): Use | EndCause
  hasOther(tried: ReadonlySet<string>): boolean
  onEvent(event: PoolEvent): void
}

/** So much is heard again at most. */
const MEMORY_MS = 15_000
/** Loud sound in a row without one word from an engine that tells words at once: it is not listening any more. */
const SILENT_FOR_MS = 12_000
/** RMS of 16-bit samples above which somebody may be speaking; -38 dB below full scale. */
const LOUD = 400

export function openStream({ rateHz, pick, hasOther, onEvent }: StreamDeps): Listening {
  const memory = createSoundMemory(rateHz, MEMORY_MS)
  const tried = new Set<string>()
  let use: Use | undefined
  let listening: Listening | undefined
  /** Where in our sound the engine's begins. */
  let baseMs = 0
  let loudMs = 0
  let loudSinceMs: number | undefined
  let hasStarted = false
  let isFinishing = false
  let isOver = false

  function end(cause: EndCause, detail?: string) {
    if (isOver) return
    isOver = true
    onEvent({ type: 'ended', cause, ...(detail !== undefined && { detail }) })
  }

  /** @param cause why the engine before was left. */
  function begin(cause?: EndCause, detail?: string): void {
    const next = pick(tried)
    if (typeof next === 'string') return end(cause ?? next, detail)
    use = next
    const { fromMs, pieces } = memory.rest()
    baseMs = fromMs
    loudMs = 0
    onEvent({ type: 'engine', name: next.name, ...(cause && { cause }) })
    const begun = next.listen(event => use === next && hear(next, event))
    // It may have failed at once, and another may have been taken.
    if (use !== next) return
    listening = begun
    for (const piece of pieces) begun.write(piece)
    if (isFinishing) begun.finish()
  }

  function hear(from: Use, event: RecognitionEvent): void {
    if (isOver) return
    switch (event.type) {
      case 'started':
        if (!hasStarted) onEvent(event)
        hasStarted = true
        return
      case 'speech-began':
        return onEvent({ ...event, atMs: event.atMs + baseMs })
      case 'partial':
        onWords(from, memory.heardMs - (loudSinceMs ?? memory.heardMs))
        return onEvent(event)
      case 'rejected':
      case 'final': {
        const moved = {
          ...event,
          startMs: event.startMs + baseMs,
          endMs: Math.min(event.endMs + baseMs, memory.heardMs),
        }
        memory.forgetUntil(moved.endMs)
        // Growing words prove nothing: two engines that fail on the same sound would take turns for ever.
        tried.clear()
        onWords(from, memory.heardMs - moved.endMs)
        loudSinceMs = undefined
        if (moved.type === 'rejected') return onEvent(moved)
        const words = moved.words.map(word => ({
          ...word,
          startMs: word.startMs + baseMs,
          endMs: word.endMs + baseMs,
        }))
        return onEvent({ ...moved, words })
      }
      case 'ended':
        return onEnded(from, event.cause, event.detail)
    }
  }

  function onWords(from: Use, lagMs: number) {
    loudMs = 0
    from.onWords(Math.max(0, lagMs))
  }

  function onEnded(from: Use, cause: EndCause, detail?: string) {
    use = undefined
    listening = undefined
    from.release(cause)
    if (!isFailure(cause)) return end(cause, detail)
    tried.add(from.name)
    begin(cause, detail)
  }

  function noteLoudness(samples: Int16Array) {
    if (!isLoud(samples)) return
    loudSinceMs ??= memory.heardMs
    loudMs += (samples.length * 1000) / rateHz
    if (loudMs < SILENT_FOR_MS || !use?.tellsPartials) return
    loudMs = 0
    const [from, stuck] = [use, listening]
    // Without another engine it may be music that has no words: this one stays.
    if (!hasOther(new Set([...tried, from.name]))) return
    use = undefined
    listening = undefined
    stuck?.cancel()
    onEnded(from, 'slow', 'it says nothing')
  }

  begin()
  return {
    write(samples) {
      if (isOver || isFinishing) return
      noteLoudness(samples)
      memory.add(samples)
      listening?.write(samples)
    },
    finish() {
      if (isOver || isFinishing) return
      isFinishing = true
      listening?.finish()
    },
    cancel() {
      if (isOver) return
      const [from, left] = [use, listening]
      use = undefined
      left?.cancel()
      from?.release('cancelled')
      end('cancelled')
    },
  }
}

function isLoud(samples: Int16Array): boolean {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return sum > LOUD * LOUD * samples.length
}
