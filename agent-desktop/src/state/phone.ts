// Decisions of the browser's phone, apart from sip.js.

export type PhoneState =
  | { readonly state: 'off' }
  | { readonly state: 'connecting'; readonly since: number }
  | { readonly state: 'registered'; readonly since: number }
  | { readonly state: 'lost'; readonly since: number; readonly retryAt: number }
  /** Another tab of this browser has the phone. */
  | { readonly state: 'elsewhere'; readonly since: number }
  | { readonly state: 'refused'; readonly since: number; readonly reason: RefusalReason }
export type RefusalReason = 'no-microphone' | 'microphone-denied' | 'not-secure' | 'bad-account'

export interface Ring {
  /** `Call-Info` of the INVITE. */
  readonly callInfo?: string
  readonly alertInfo?: string
  /** `X-Hotline-Resume`: the server brings back a call this page had before it was loaded anew. */
  readonly resume?: string
}

export interface RingContext {
  readonly autoAnswer: boolean
  /** The page asked for a leg (dial, monitor) and waits for it until then. */
  readonly expectedUntil: number
  readonly now: number
}

export type RingDecision = 'resume' | 'answer' | 'ring'

/** What to do with a leg that rings here. */
export function decideRing(ring: Ring, context: RingContext): RingDecision {
  if (ring.resume?.trim() === '1') return 'resume'
  if (/answer-after=\s*0\b/i.test(ring.callInfo ?? '')) return 'answer'
  if (/auto-?answer/i.test(ring.alertInfo ?? '')) return 'answer'
  if (context.now < context.expectedUntil) return 'answer'
  return context.autoAnswer ? 'answer' : 'ring'
}

/** Waits before the phone knocks again: quick at first, because the agent may be in a call. */
export const phoneRetryMs = (attempt: number, spread: number): number =>
  ([300, 1000, 2000, 4000, 8000][attempt] ?? 15_000) * (0.8 + spread * 0.4)

/** The page asked for a leg; longer than a switch needs, shorter than a next call may come. */
export const EXPECT_LEG_MS = 8000

/** Where the phone's WebSocket is. A path, or a plain address on a secure page, is read from the page's own address. */
export function phoneAddress(
  webSocketUrl: string,
  page: { protocol: string; host: string },
): string {
  const scheme = page.protocol === 'https:' ? 'wss:' : 'ws:'
  if (webSocketUrl.startsWith('/')) return `${scheme}//${page.host}${webSocketUrl}`
  // Behind a proxy that speaks TLS for it the server does not know of it.
  if (scheme === 'wss:' && webSocketUrl.startsWith(`ws://${page.host}/`))
    return webSocketUrl.replace('ws:', scheme)
  return webSocketUrl
}
