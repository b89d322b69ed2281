// Nonces that need no store to be known again (RFC 7616 §3.3): time and a keyed hash. Only their use is remembered.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export interface Nonces {
  create(): string
  /** One of ours that has not run out, whether used or not. */
  isValid(nonce: string): boolean
  /** `used` marks a count seen before, or a nonce without counts seen before. */
  use(nonce: string, count: string): 'fresh' | 'stale' | 'used'
}

/** Kept counts per nonce; beyond it the client is sent a new nonce. */
const COUNT_LIMIT = 1000

export function createNonces(lifetimeMs: number, now: () => number = Date.now): Nonces {
  const secret = randomBytes(32)
  const seen = new Map<string, Set<string>>()
  let sweptAt = now()

  function sign(stamp: string): string {
    return createHmac('sha256', secret).update(stamp).digest('hex').slice(0, 24)
  }

  function createdAt(nonce: string): number | undefined {
    const match = /^([0-9a-z]{1,12})\.([0-9a-f]{8})\.([0-9a-f]{24})$/.exec(nonce)
    if (match === null) return undefined
    const [, time = '', salt = '', mark = ''] = match
    const right = Buffer.from(sign(`${time}.${salt}`))
    return timingSafeEqual(right, Buffer.from(mark)) ? parseInt(time, 36) : undefined
  }

  function sweep(): void {
    if (now() - sweptAt < lifetimeMs) return
    sweptAt = now()
    for (const nonce of seen.keys()) {
      if (now() - (createdAt(nonce) ?? 0) > lifetimeMs) seen.delete(nonce)
    }
  }

  return {
    create() {
      const stamp = `${now().toString(36)}.${randomBytes(4).toString('hex')}`
      return `${stamp}.${sign(stamp)}`
    },
    isValid(nonce) {
      const at = createdAt(nonce)
      return at !== undefined && now() - at <= lifetimeMs
    },
    use(nonce, count) {
      sweep()
      const at = createdAt(nonce)
      if (at === undefined || now() - at > lifetimeMs) return 'stale'
      const counts = seen.get(nonce) ?? new Set<string>()
      seen.set(nonce, counts)
      if (counts.has(count)) return 'used'
      if (counts.size >= COUNT_LIMIT) return 'stale'
      counts.add(count)
      return 'fresh'
    },
  }
}
