// Trunks as the switch has them: each change as it is told, round trips and new gateways by asking.
import type { TrunkState } from '../call/event.ts'
import { codeOf } from './errors.ts'
import { toTrunkStates } from './gateway.ts'
import type { Log } from './log.ts'

/** The event of an answered OPTIONS does not say how long it took; several at once are one question. */
const ASK_AFTER_MS = 200

export interface TrunkWatch {
  /** All of them now. @throws {SwitchUnreachable | CommandTimeout} */
  read(): Promise<TrunkState[]>
  heard(state: TrunkState): void
  lookSoon(): void
  stop(): void
}

export function createTrunkWatch(deps: {
  readonly nodeName: string
  readonly ask: (text: string) => Promise<string>
  readonly emit: (state: TrunkState) => void
  readonly now: () => number
  readonly log: Log
}): TrunkWatch {
  let timer: NodeJS.Timeout | undefined

  const read = async () => toTrunkStates(await deps.ask('sofia xmlstatus gateway'), deps.now())
  const look = async () => {
    timer = undefined
    try {
      for (const state of await read()) deps.emit(state)
    } catch (error) {
      deps.log.warn({ node: deps.nodeName, code: codeOf(error) }, 'trunks unknown')
    }
  }
  const lookSoon = () => void (timer ??= setTimeout(() => void look(), ASK_AFTER_MS))

  return {
    read,
    lookSoon,
    heard(state) {
      deps.emit(state)
      if (state.ping === 'up') lookSoon()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
