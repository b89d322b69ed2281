// A 2xx to INVITE is repeated by its dialog, over every transport, until the ACK comes: RFC 3261 §13.3.1.4.
import type { SipTimers } from '../transaction/timers.ts'

export interface Confirmation {
  /** The 2xx with this CSeq has been sent. */
  await(cseq: number, repeat: () => void): void
  /** True when this ACK was waited for. */
  acked(cseq: number): boolean
  isWaiting(): boolean
  stop(): void
}

export function createConfirmation(timers: SipTimers, onGivenUp: () => void): Confirmation {
  let waiting: { cseq: number; again: NodeJS.Timeout; limit: NodeJS.Timeout } | undefined

  function stop(): void {
    clearTimeout(waiting?.again)
    clearTimeout(waiting?.limit)
    waiting = undefined
  }

  return {
    await(cseq, repeat) {
      stop()
      let intervalMs = timers.t1
      const tick = () => {
        repeat()
        intervalMs = Math.min(intervalMs * 2, timers.t2)
        if (waiting !== undefined) waiting.again = setTimeout(tick, intervalMs)
      }
      const limit = setTimeout(() => {
        stop()
        onGivenUp()
      }, timers.giveUp)
      waiting = { cseq, again: setTimeout(tick, intervalMs), limit }
    },
    acked(cseq) {
      if (waiting?.cseq !== cseq) return false
      stop()
      return true
    },
    isWaiting: () => waiting !== undefined,
    stop,
  }
}
