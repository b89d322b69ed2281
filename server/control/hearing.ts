// The edge of listening: keeps what is under way and brings back what the ears tell.
import type { HeardInput } from './listen.ts'
import type { Ears, Heard } from './port.ts'
import type { Effect } from './turn.ts'

type Listen = Extract<Effect, { type: 'listen' }>

export interface Hearing {
  readonly isOpen: () => boolean
  perform(effect: Extract<Effect, { type: 'listen' | 'stop-listening' }>): void
  /** Nothing is listened to from now on. */
  close(): void
}

export function createHearing(ears: Ears | undefined, tell: (input: HeardInput) => void): Hearing {
  const underWay = new Map<string, { stop(): void }>()
  let isClosed = false

  function begin({ callId, listeningId, request }: Listen): void {
    let isOver = false
    const onHeard = (heard: Heard) => {
      if (heard.type !== 'speech-began' && heard.type !== 'replied') {
        isOver = true
        underWay.delete(listeningId)
      }
      if (!isClosed) tell({ type: 'heard', callId, listeningId, node: request.node, heard })
    }
    if (!ears) return onHeard({ type: 'failed', cause: 'unreachable' })
    const listening = ears.listen(request, onHeard)
    if (!isOver) underWay.set(listeningId, listening)
  }

  return {
    isOpen: () => ears?.isOpen() ?? false,
    perform(effect) {
      if (effect.type === 'listen') return isClosed ? undefined : begin(effect)
      const listening = underWay.get(effect.listeningId)
      underWay.delete(effect.listeningId)
      listening?.stop()
    },
    close() {
      isClosed = true
      for (const listening of underWay.values()) listening.stop()
      underWay.clear()
    },
  }
}
