// One server steers, others stand by: whoever holds the lease of the floor.
import type { Log } from '../log.ts'
import { takeLease, type Lease, type Redis } from '../store/index.ts'

/** Taken over within this time after its owner's end. */
const LEASE_MS = 2000
const RENEW_EVERY_MS = 500
/** The floor of a site has one name, whatever switches it has. */
export const FLOOR = 'site'

export interface KeptLease {
  readonly epoch: number
  release(): Promise<void>
}

/** Waits until the lease is ours. */
export async function keepLease(deps: {
  redis: Redis
  prefix: string
  owner: string
  log: Log
  onWaiting: (owner: string) => void
  onLost: () => void
}): Promise<KeptLease> {
  const { redis, prefix, owner, log } = deps
  const lease = await taken(redis, prefix, owner, deps.onWaiting)
  let closed = false
  const timer = setInterval(() => {
    lease.renew().then(
      ours => {
        if (ours || closed) return
        closed = true
        clearInterval(timer)
        deps.onLost()
      },
      (error: unknown) => log.warn({ err: error }, 'lease could not be renewed'),
    )
  }, RENEW_EVERY_MS)
  return {
    epoch: lease.epoch,
    async release() {
      if (closed) return
      closed = true
      clearInterval(timer)
      await lease
        .release()
        .catch((error: unknown) => log.warn({ err: error }, 'lease could not be given back'))
    },
  }
}

async function taken(
  redis: Redis,
  prefix: string,
  owner: string,
  onWaiting: (owner: string) => void,
): Promise<Lease> {
  let said = false
  for (;;) {
    const answer = await takeLease({ redis, prefix }, FLOOR, owner, LEASE_MS)
    if (answer.state === 'taken') return answer.lease
    if (!said) onWaiting(answer.owner)
    said = true
    await new Promise(resolve => setTimeout(resolve, Math.min(answer.leftMs + 20, 250)))
  }
}
