// Whether callers get in at the SIP edge: what the edges tell of themselves, as an alarm and as figures.
import type { EdgeState } from '../../telephony/edge/keys.ts'
import type { Control } from '../control/port.ts'

const LOOK_EVERY_MS = 1000
/** Longer than a restart of the edge or of drachtio-server takes, and than an edge that starts needs to connect. */
const HOLD_MS = 5000
const ALARM = 'edge'

export type EdgeProblem = 'edge-away' | 'drachtio-away'

/** One edge that is connected takes all calls. Pure. */
export function edgeProblemOf(
  states: readonly Pick<EdgeState, 'isConnected'>[],
): EdgeProblem | undefined {
  if (states.length === 0) return 'edge-away'
  return states.some(({ isConnected }) => isConnected) ? undefined : 'drachtio-away'
}

export function watchEdge(deps: {
  readonly control: Pick<Control, 'raiseAlarm' | 'clearAlarm'>
  readonly states: () => readonly EdgeState[]
  /** Redis has told of them lately. While it is away nothing is known, and nothing changes. */
  readonly isHearing: () => boolean
  /** Monotonic. */
  readonly now?: () => number
}): { look(): void; close(): void } {
  const { control, states, isHearing, now = () => performance.now() } = deps
  let since: number | undefined

  const look = () => {
    if (!isHearing()) {
      since = undefined
      return
    }
    const problem = edgeProblemOf(states())
    if (!problem) {
      since = undefined
      return control.clearAlarm(ALARM)
    }
    since ??= now()
    if (now() - since >= HOLD_MS) control.raiseAlarm(ALARM, 'critical', problem)
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return { look, close: () => clearInterval(timer) }
}
