// What the driver of a switch is given.
import type { EslClientTiming } from './client.ts'
import type { Log } from './log.ts'
import type { SwitchClock } from './switch-clock.ts'

export interface DriverOptions {
  /** `esl://:password@host:port[?media=/path]`. */
  readonly url: string
  readonly nodeName: string
  readonly clock: SwitchClock
  readonly log: Log
  /** Our media folder; mapped to the address's `media` when that is set. */
  readonly mediaFolder?: string
  readonly timing?: Partial<DriverTiming>
}

export interface DriverTiming extends EslClientTiming {
  /** Between two comparisons with the switch; default 1,000. A wrong state lasts twice as long and a little more. */
  readonly reconcileEveryMs: number
}
