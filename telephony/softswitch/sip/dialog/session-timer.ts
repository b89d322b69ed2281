// Session timers: RFC 4028. The side that refreshes sends a re-INVITE or UPDATE at half the interval; the other side ends the
// call when none comes.
import type { HeaderList } from '../stack.ts'
import { headerLine, headerTokens, type SipMessage, type SipRequest } from '../message/message.ts'
import { parseParams, parseWhole } from '../message/scan.ts'

/** §4: nothing below 90 s. */
const MIN_SE_S = 90
const MAX_S = 86_400

export interface SessionTimer {
  readonly intervalS: number
  readonly weRefresh: boolean
}

interface SessionExpires {
  readonly intervalS: number
  readonly refresher?: 'uac' | 'uas'
}

function readSessionExpires(message: SipMessage): SessionExpires | undefined {
  const line = headerLine(message, 'Session-Expires')
  if (line === undefined) return undefined
  const [seconds = '', ...rest] = line.split(';')
  const intervalS = parseWhole(seconds.trim(), Number.MAX_SAFE_INTEGER)
  if (intervalS === undefined) return undefined
  const refresher = parseParams(rest.join(';'))?.get('refresher')?.toLowerCase()
  const capped = { intervalS: Math.min(intervalS, MAX_S) }
  return refresher === 'uac' || refresher === 'uas' ? { ...capped, refresher } : capped
}

export type SessionTimerAnswer =
  | { readonly type: 'none' }
  | { readonly type: 'too-small'; readonly headers: HeaderList }
  | { readonly type: 'agreed'; readonly timer: SessionTimer; readonly headers: HeaderList }

/** What we answer to an INVITE or UPDATE (§9). Only a far end that knows the extension is bound by it. */
export function answerSessionTimer(request: SipRequest): SessionTimerAnswer {
  const asked = readSessionExpires(request)
  const knows = headerTokens(request, 'Supported').includes('timer')
  if (asked === undefined || !knows) return { type: 'none' }
  if (asked.intervalS < MIN_SE_S) {
    return { type: 'too-small', headers: [['Min-SE', String(MIN_SE_S)]] }
  }
  const refresher = asked.refresher ?? 'uac'
  return {
    type: 'agreed',
    timer: { intervalS: asked.intervalS, weRefresh: refresher === 'uas' },
    headers: [
      ['Require', 'timer'],
      ['Session-Expires', `${asked.intervalS};refresher=${refresher}`],
    ],
  }
}

/** What the answer to our INVITE or refresh agreed (§7.2). */
export function readSessionTimer(answer: SipMessage): SessionTimer | undefined {
  const agreed = readSessionExpires(answer)
  if (agreed === undefined || agreed.intervalS < MIN_SE_S) return undefined
  return { intervalS: agreed.intervalS, weRefresh: agreed.refresher !== 'uas' }
}

export interface SessionClock {
  /** A refresh succeeded, or the session began. */
  set(timer: SessionTimer | undefined): void
  /** What a refresh of ours says; nothing where no timer is agreed. */
  headers(): HeaderList
  stop(): void
}

export function createSessionClock(hands: { refresh(): void; expired(): void }): SessionClock {
  let running: NodeJS.Timeout | undefined
  let agreed: SessionTimer | undefined
  return {
    headers: () =>
      agreed === undefined
        ? []
        : [
            [
              'Session-Expires',
              `${agreed.intervalS};refresher=${agreed.weRefresh ? 'uac' : 'uas'}`,
            ],
          ],
    set(timer) {
      clearTimeout(running)
      agreed = timer
      if (timer === undefined) return
      const { intervalS, weRefresh } = timer
      // §10: the refresher at half time, the other gives up the smaller of 32 s and a third before the end.
      const waitS = weRefresh ? intervalS / 2 : intervalS - Math.min(32, intervalS / 3)
      running = setTimeout(weRefresh ? hands.refresh : hands.expired, waitS * 1000)
    },
    stop: () => clearTimeout(running),
  }
}
