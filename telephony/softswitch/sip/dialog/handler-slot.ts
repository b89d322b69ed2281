// Keeps what a handler must hear until there is one.
import type { SipStackOptions } from '../stack.ts'

export interface HandlerSlot<Handler> {
  set(handler: Handler): void
  tell(say: (handler: Handler) => void): void
}

export function createHandlerSlot<Handler>(log: SipStackOptions['log']): HandlerSlot<Handler> {
  let current: Handler | undefined
  let waiting: ((handler: Handler) => void)[] = []

  /** A fault of the listener must not break the protocol. */
  function safely(say: (handler: Handler) => void, handler: Handler): void {
    try {
      say(handler)
    } catch (error) {
      log.error({ err: error }, 'A handler of the SIP layer failed.')
    }
  }

  return {
    set(handler) {
      current = handler
      const late = waiting
      waiting = []
      for (const say of late) safely(say, handler)
    },
    tell(say) {
      if (current === undefined) waiting.push(say)
      else safely(say, current)
    },
  }
}
