// Several ears as one: the next ones listen where the ones before them cannot.
import type { Ears } from '../control/port.ts'

/** In order of preference. Whoever has begun to hear somebody is left for no other: what was said is not said again. */
export function createEarsInOrder(all: readonly Ears[]): Ears {
  return {
    isOpen: () => all.some(ears => ears.isOpen()),
    listen(request, onHeard) {
      const rest = all.filter(ears => ears.isOpen())
      let turn = 0
      let current: { stop(): void } | undefined
      let isOver = false
      const next = (): void => {
        const ears = rest.shift()
        if (!ears) return onHeard({ type: 'failed', cause: 'no-channel' })
        const mine = ++turn
        let hasBegun = false
        const own = ears.listen(request, heard => {
          if (isOver) return
          if (heard.type === 'speech-began') hasBegun = true
          const goesOn = heard.type === 'failed' && heard.cause !== 'cancelled' && !hasBegun
          if (goesOn && rest.length > 0) return next()
          onHeard(heard)
        })
        // It may have failed at once, and another one listens already.
        if (mine === turn) current = own
        if (isOver) own.stop()
      }
      next()
      return {
        stop() {
          isOver = true
          current?.stop()
        },
      }
    },
  }
}
