// Steering or following: takes the lease when it is free, and follows whoever has it.
import type { Log } from '../log.ts'
import type { Lease, LeaseAnswer } from '../store/index.ts'
import type { Term } from './term.ts'

/** While following; the end of another's lease is looked at when it is due. */
const LOOK_EVERY_MS = 250
const AFTER_LEASE_MS = 5
/** After a term that could not begin: somebody else may be luckier. */
const AGAIN_MS = 500

export type Position =
  | { readonly state: 'undecided' }
  | { readonly state: 'following'; readonly owner: string; readonly epoch: number }
  /** Has the lease; the floor is being loaded and the switches asked. */
  | { readonly state: 'taking-over'; readonly epoch: number }
  | { readonly state: 'steering'; readonly epoch: number; readonly term: Term }

export interface Role {
  readonly position: Position
  /** Somebody gave the lease back: look at once. */
  wake(): void
  /** Hands over and takes nothing any more. */
  close(): Promise<void>
}

export function createRole(deps: {
  take: () => Promise<LeaseAnswer>
  begin: (lease: Lease, askedAtMs: number) => Promise<Term>
  onPosition: (position: Position) => void
  log: Log
}): Role {
  const { log } = deps
  let position: Position = { state: 'undecided' }
  let closed = false
  let wake = () => undefined as void
  let awake = false

  const be = (next: Position) => {
    const isNews =
      next.state !== position.state ||
      (next.state === 'following' &&
        position.state === 'following' &&
        next.epoch !== position.epoch)
    position = next
    if (isNews) deps.onPosition(next)
  }
  const rest = (ms: number) =>
    new Promise<void>(resolve => {
      if (awake || closed) {
        awake = false
        return resolve()
      }
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const steer = async (lease: Lease, askedAtMs: number) => {
    be({ state: 'taking-over', epoch: lease.epoch })
    const begunAtMs = performance.now()
    try {
      const term = await deps.begin(lease, askedAtMs)
      be({ state: 'steering', epoch: lease.epoch, term })
      const tookMs = Math.round(performance.now() - begunAtMs)
      log.info({ epoch: lease.epoch, tookMs }, 'this server steers')
      if (closed) return
      await Promise.race([term.lost, new Promise<void>(resolve => (wake = resolve))])
      if (closed) return
      log.warn({ epoch: lease.epoch }, 'another server steers')
    } catch (error) {
      log.error({ err: error }, 'could not begin to steer')
      await rest(AGAIN_MS)
    }
    if (!closed) be({ state: 'undecided' })
  }

  const run = async () => {
    let told = false
    while (!closed) {
      const askedAtMs = performance.now()
      try {
        const answer = await deps.take()
        told = false
        if (closed) {
          if (answer.state === 'taken') await answer.lease.release()
          return
        }
        if (answer.state === 'taken') await steer(answer.lease, askedAtMs)
        else {
          be({ state: 'following', owner: answer.owner, epoch: answer.epoch })
          await rest(Math.min(answer.leftMs + AFTER_LEASE_MS, LOOK_EVERY_MS))
        }
      } catch (error) {
        if (!told) log.warn({ err: error }, 'lease cannot be asked for')
        told = true
        await rest(LOOK_EVERY_MS)
      }
    }
  }
  const running = run()

  return {
    get position() {
      return position
    },
    wake() {
      if (position.state === 'steering') return
      awake = true
      wake()
      wake = () => undefined
    },
    async close() {
      if (closed) return
      closed = true
      wake()
      await running
      if (position.state === 'steering') await position.term.handOver()
      be({ state: 'undecided' })
    },
  }
}
