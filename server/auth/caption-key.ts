// Links to the captions of one call: whoever has one reads what is said in that call, and nothing else.
import { createHash, randomBytes } from 'node:crypto'
import type { KeyValue } from './key-value.ts'

/** A call that lasts longer needs another link. */
export const LONGEST_MS = 4 * 3_600_000
/** After the hang-up the last words may be read so long. */
export const AFTER_END_MS = 300_000
const KEY_BYTES = 32
const FAILURES_PER_MINUTE = 30

export interface CaptionKeys {
  issue(callId: string): Promise<{ readonly token: string; readonly expiresAt: number }>
  /** The call, `unknown`, or `too-many` wrong ones from this address. */
  find(token: string, address: string): Promise<CaptionKey>
}
export type CaptionKey =
  | { readonly state: 'known'; readonly callId: string }
  | { readonly state: 'unknown' }
  | { readonly state: 'too-many' }

export function createCaptionKeys({
  keyValue,
  clock,
}: {
  keyValue: KeyValue
  clock: () => number
}): CaptionKeys {
  // Looked up by its hash: how long that takes tells nothing of the token.
  const keyOf = (token: string) =>
    `captions/${createHash('sha256').update(token).digest('base64url')}`
  return {
    async issue(callId) {
      const token = randomBytes(KEY_BYTES).toString('base64url')
      await keyValue.set(keyOf(token), callId, LONGEST_MS)
      return { token, expiresAt: clock() + LONGEST_MS }
    },
    async find(token, address) {
      const tries = `captions-tries/${address}`
      const [callId, failures] = await keyValue.get([keyOf(token), tries])
      if (Number(failures ?? 0) >= FAILURES_PER_MINUTE) return { state: 'too-many' }
      if (callId) return { state: 'known', callId }
      await keyValue.increment(tries, 60_000)
      return { state: 'unknown' }
    },
  }
}
