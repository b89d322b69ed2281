// One side of a talk: its sound on a stream of the pool, opened again after all engines have failed.
import type { EndCause, Listening, ListenOptions } from '../../asr-tts/index.ts'
import type { Side } from '../ledger/fact.ts'
import type { PoolEvent } from './stream.ts'
import type { Understood } from './sentence.ts'

export interface SideDeps {
  readonly side: Side
  readonly listen: (options: ListenOptions, onEvent: (event: PoolEvent) => void) => Listening
  readonly hotwords: Readonly<Record<string, number>>
  readonly onPartial: (text: string) => void
  readonly onFinal: (understood: Understood) => void
  /** Another engine listens from now on, or none. */
  readonly onEngine: (engine: string | undefined, cause: EndCause | undefined) => void
  /** After `finish`, once: all was told. */
  readonly onFinished: () => void
}
export interface SideStream {
  /** @param atMs of the tap, at the first sample. */
  write(samples: Int16Array, atMs: number): void
  finish(): void
  /** What was being said will never be told whole: it goes away. */
  hush(): void
  /** Tells nothing more: another server may go on. */
  cancel(): void
}

const RATE_HZ = 8000
const FIRST_AGAIN_MS = 3000
const LONGEST_AGAIN_MS = 60_000

export function openSide(deps: SideDeps): SideStream {
  let listening: Listening | undefined
  let isOver = false
  let isFinishing = false
  let engine = ''
  let failures = 0
  let again: NodeJS.Timeout | undefined
  let hasPartial = false

  const finished = () => {
    if (isOver) return
    isOver = true
    clearTimeout(again)
    deps.onFinished()
  }
  const partial = (text: string) => {
    if (text === '' && !hasPartial) return
    hasPartial = text !== ''
    deps.onPartial(text)
  }

  function begin(atMs: number): void {
    let hasEnded = false
    const own = deps.listen({ rateHz: RATE_HZ, hotwords: deps.hotwords }, event => {
      if (isOver) return
      switch (event.type) {
        case 'engine':
          engine = event.name
          return deps.onEngine(event.name, event.cause)
        case 'partial':
          failures = 0
          return partial(event.text)
        case 'final': {
          const { text, startMs, endMs, words, confidence } = event
          failures = 0
          partial('')
          return deps.onFinal({
            side: deps.side,
            engine,
            text,
            startMs: atMs + startMs,
            endMs: atMs + endMs,
            words: words.map(word => ({
              ...word,
              startMs: atMs + word.startMs,
              endMs: atMs + word.endMs,
            })),
            ...(confidence !== undefined && { confidence }),
          })
        }
        case 'rejected':
          return partial('')
        case 'ended':
          hasEnded = true
          return onEnded(event.cause)
      }
    })
    if (!hasEnded) listening = own
  }

  /** An engine may end by itself, at its own limit of time: that is no failure, and the next sound opens a stream again. */
  function onEnded(cause: EndCause) {
    listening = undefined
    partial('')
    if (isFinishing) return finished()
    if (cause === 'finished') return
    deps.onEngine(undefined, cause)
    const waitMs = Math.min(LONGEST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** Math.min(failures++, 10))
    again = setTimeout(() => (again = undefined), waitMs)
  }

  return {
    write(samples, atMs) {
      if (isOver || isFinishing || again !== undefined) return
      if (!listening) begin(atMs)
      listening?.write(samples)
    },
    finish() {
      if (isFinishing) return
      isFinishing = true
      if (!listening) return finished()
      listening.finish()
    },
    hush() {
      if (!isOver) partial('')
    },
    cancel() {
      if (isOver) return
      isOver = true
      clearTimeout(again)
      listening?.cancel()
    },
  }
}
