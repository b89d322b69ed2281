// One term of steering: whether a command may be sent at this very moment. Measured on a monotonic clock from before each
// renewal was asked for, so that neither a wall clock that jumps nor a process that slept can make it longer.
import type { Lease } from '../store/index.ts'

export interface TenureTiming {
  /** A lease not renewed for so long is free for others. */
  readonly ttlMs: number
  readonly renewEveryMs: number
  /** The owner stops this long before others may begin: what it has sent must have arrived. */
  readonly marginMs: number
}
/** Taken over in 2 s at most: the lease runs out 1.2–1.5 s after its owner's end, the rest is adoption. */
export const TENURE_TIMING: TenureTiming = { ttlMs: 1500, renewEveryMs: 300, marginMs: 300 }

export interface Tenure {
  readonly epoch: number
  /** The lease is surely ours at this moment. */
  mayAct(): boolean
  /**
   * Before a command to a switch while `mayAct` is false: asks Redis, and while that is silent the switch itself.
   * False: not to be sent, another server steers or nobody can tell.
   */
  confirm(node: string): Promise<boolean>
  /** Told when the lease is surely ours again after a time of doubt. */
  onSure(listener: () => void): void
  /** Stops renewing; the lease runs out by itself. */
  stop(): void
  /** Gives the lease up at once. */
  release(): Promise<void>
}

export interface TenureDeps {
  readonly lease: Lease
  /** `monotonicMs` just before the lease was asked for. */
  readonly askedAtMs: number
  readonly timing: TenureTiming
  /** Never jumps and goes on while the process sleeps. */
  readonly monotonicMs: () => number
  /** Whether the switch itself knows nobody who came after us. */
  readonly isUncontested: (node: string) => Promise<boolean>
  /** Another server has the lease. */
  readonly onLost: () => void
  readonly log: { warn(fields: object, message: string): void }
}

export function createTenure(deps: TenureDeps): Tenure {
  const { lease, timing, monotonicMs, log } = deps
  const listeners: (() => void)[] = []
  let sureUntilMs = deps.askedAtMs + timing.ttlMs - timing.marginMs
  let state: 'held' | 'silent' | 'over' = 'held'
  let asking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const mayAct = () => state !== 'over' && monotonicMs() < sureUntilMs

  const end = () => {
    state = 'over'
    clearTimeout(timer)
  }

  /** One request at a time; its answer, or its silence, is told by `state` and `sureUntilMs`. */
  const renew = (): Promise<void> => (asking ??= ask().finally(() => (asking = undefined)))

  const ask = async () => {
    const wasSure = mayAct()
    const askedAtMs = monotonicMs()
    try {
      const ours = await lease.renew()
      if (state === 'over') return
      if (!ours) {
        end()
        return deps.onLost()
      }
      sureUntilMs = askedAtMs + timing.ttlMs - timing.marginMs
      state = 'held'
      if (!wasSure && mayAct()) for (const listener of listeners) listener()
    } catch (error) {
      if (state === 'over') return
      if (state === 'held') log.warn({ err: error }, 'lease could not be renewed')
      state = 'silent'
    }
  }

  const renewLater = () => {
    timer = setTimeout(() => {
      void renew().then(() => {
        if (state !== 'over') renewLater()
      })
    }, timing.renewEveryMs)
  }
  renewLater()

  return {
    epoch: lease.epoch,
    mayAct,
    async confirm(node) {
      if (mayAct()) return true
      // A process that slept finds its answer by asking; a Redis known to be silent is not waited for again.
      if (state === 'held') await renew()
      if (mayAct()) return true
      if (state !== 'silent') return false
      const alone = await deps.isUncontested(node)
      return alone && !isOver()
    },
    onSure: listener => void listeners.push(listener),
    stop: end,
    async release() {
      end()
      try {
        await lease.release()
      } catch (error) {
        log.warn({ err: error }, 'lease could not be given back')
      }
    },
  }

  function isOver(): boolean {
    return state === 'over'
  }
}
