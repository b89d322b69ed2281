// Learns whether an engine that failed is there again: a little silence, and it must end well.
import type { EndCause } from '../../asr-tts/index.ts'
import type { Engine } from './engine.ts'

const SILENCE_MS = 200
const LIMIT_MS = 10_000
/** For an engine that knows grammars only. */
const GRAMMAR = [{ id: 'yes', texts: ['是'] }]

export interface Trial {
  cancel(): void
}

export function tryEngine({ recogniser }: Engine, onEnd: (cause: EndCause) => void): Trial {
  const { ratesHz, grammar } = recogniser.capabilities
  const rateHz = ratesHz[0] ?? 8000
  let isOver = false
  const end = (cause: EndCause) => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    onEnd(cause)
  }
  const timer = setTimeout(() => {
    end('slow')
    listening.cancel()
  }, LIMIT_MS)
  const listening = recogniser.listen(
    { rateHz, ...(grammar && { grammar: GRAMMAR }) },
    event => event.type === 'ended' && end(event.cause),
  )
  listening.write(new Int16Array((rateHz * SILENCE_MS) / 1000))
  listening.finish()
  return {
    cancel() {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      listening.cancel()
    },
  }
}
