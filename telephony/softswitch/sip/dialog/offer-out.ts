// Our re-INVITE, one at a time, with the retry after glare: RFC 3261 §14.1.
import { randomInt } from 'node:crypto'
import type { HeaderList } from '../stack.ts'
import { headerTokens, headerLine, type SipResponse } from '../message/message.ts'
import { sdpBody } from '../message/sdp-body.ts'
import { bodyHeaders, textBody } from '../message/serialise.ts'
import type { DialogCore } from './core.ts'
import { readSessionTimer, type SessionTimer } from './session-timer.ts'

export type OfferResult = { sdp: string } | { status: number }

interface OfferHands {
  /** The dialog is gone for the far end (§12.2.1.2: 481, 408). */
  lost(reason: string): void
  refreshed(timer: SessionTimer | undefined): void
  sessionHeaders(): HeaderList
}

/** Glare four times in a row is no glare any more. */
const ATTEMPTS = 5

export function createOfferer(
  core: DialogCore,
  hands: OfferHands,
): (sdp: string) => Promise<OfferResult> {
  const { state, agent } = core
  let queue: Promise<unknown> = Promise.resolve()

  async function offer(sdp: string): Promise<OfferResult> {
    let result: OfferResult = { status: 491 }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (state.ended) return { status: 481 }
      if (state.answering === undefined) result = await attemptOnce(sdp)
      if (!('status' in result) || result.status !== 491) return result
      await pause(glareMs(core.begin.role, agent.timers.t1))
    }
    return result
  }

  function attemptOnce(sdp: string): Promise<OfferResult> {
    state.offering = true
    return new Promise(resolve => {
      const settle = (result: OfferResult) => {
        state.offering = false
        resolve(result)
      }
      const headers = [...hands.sessionHeaders(), ...bodyHeaders('application/sdp', sdp)]
      const sent = core.request(
        'INVITE',
        { headers, body: textBody(sdp) },
        {
          onAnswer(response) {
            if (response.status < 200) return
            if (response.status < 300) {
              // Every repetition of the 2xx is acknowledged again (§13.2.2.4).
              core.refreshTarget(response)
              core.ack(sent.request)
              settle(accepted(response, sdp))
            } else {
              settle({ status: response.status })
              if (response.status === 481 || response.status === 408) {
                hands.lost(`re-INVITE answered ${response.status}`)
              }
            }
          },
          onTimeout() {
            settle({ status: 408 })
            hands.lost('re-INVITE without answer')
          },
          onFailed: () => settle({ status: 503 }),
        },
      )
    })
  }

  function accepted(response: SipResponse, sdp: string): OfferResult {
    const body = sdpBody(response)
    if (headerLine(response, 'Allow') !== undefined) {
      state.allowsUpdate = headerTokens(response, 'Allow').includes('update')
    }
    hands.refreshed(readSessionTimer(response))
    if (body.type !== 'sdp') return { status: 488 }
    state.localSdp = sdp
    return { sdp: body.sdp }
  }

  return sdp => {
    const turn = queue.then(() => offer(sdp))
    queue = turn.catch(() => undefined)
    return turn
  }
}

/** In units of 10 ms: the owner of the Call-ID 2.1 to 4 s, the other 0 to 2 s; shorter where T1 is. */
export function glareMs(role: 'uac' | 'uas', t1: number): number {
  const units = role === 'uac' ? randomInt(210, 401) : randomInt(0, 201)
  return (units * 10 * t1) / 500
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}
