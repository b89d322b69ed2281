// Alarms by web hook: one POST a message, signed, so that the receiver knows who speaks and that it is no replay.
import { createHmac } from 'node:crypto'
import type { Outlet } from './outlet.ts'

export interface HookAddress {
  readonly url: string
  readonly secret: string
}
const LIMIT_MS = 10_000

/** `t=<epoch s>,v1=<hex of HMAC-SHA-256 over "<t>.<body>">`. */
export function signatureOf(secret: string, body: string, atS: number): string {
  const mac = createHmac('sha256', secret).update(`${atS}.${body}`).digest('hex')
  return `t=${atS},v1=${mac}`
}

export function createWebHook({ url, secret }: HookAddress, clock: () => number): Outlet {
  return {
    name: 'hook',
    async deliver(message) {
      const body = JSON.stringify(message)
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-hotline-delivery': encodeURIComponent(message.id),
          'x-hotline-signature': signatureOf(secret, body, Math.floor(clock() / 1000)),
        },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(LIMIT_MS),
      })
      await answer.body?.cancel()
      if (!answer.ok) throw new Error(`the web hook answered ${answer.status}`)
    },
    close: () => undefined,
  }
}
