// Our provisional responses sent reliably: RFC 3262 §3. One at a time, repeated until its PRACK comes.
import { randomInt } from 'node:crypto'
import type { HeaderList } from '../stack.ts'
import { headerLine } from '../message/message.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import type { SipTimers } from '../transaction/timers.ts'

interface Progress {
  readonly status: number
  readonly sdp?: string
}

export interface ReliableProgress {
  say(progress: Progress): void
  /** Answers the PRACK. */
  receive(transaction: ServerTransaction): void
  /** §3: no 2xx while a session description is not acknowledged. */
  whenFree(proceed: () => void): void
  stop(): void
}

interface Hands {
  readonly timers: SipTimers
  /** CSeq of the INVITE. */
  readonly cseq: number
  send(progress: Progress, headers: HeaderList): void
  repeat(): void
  /** No PRACK came within 64 × T1. */
  givenUp(): void
}

export function createReliableProgress(hands: Hands): ReliableProgress {
  const { timers } = hands
  // §3: the first number is chosen at random, the next ones follow.
  let number = randomInt(1, 2 ** 31 - 1)
  let waiting: Progress[] = []
  let open: { progress: Progress; again: NodeJS.Timeout; limit: NodeJS.Timeout } | undefined
  let proceed: (() => void) | undefined

  function begin(progress: Progress): void {
    number++
    hands.send(progress, [
      ['Require', '100rel'],
      ['RSeq', String(number)],
    ])
    let intervalMs = timers.t1
    const tick = () => {
      hands.repeat()
      intervalMs *= 2
      if (open !== undefined) open.again = setTimeout(tick, intervalMs)
    }
    const limit = setTimeout(() => {
      stop()
      hands.givenUp()
    }, timers.giveUp)
    open = { progress, again: setTimeout(tick, intervalMs), limit }
  }

  function next(): void {
    const [progress, ...rest] = waiting
    waiting = rest
    if (progress !== undefined) begin(progress)
  }

  function stop(): void {
    clearTimeout(open?.again)
    clearTimeout(open?.limit)
    open = undefined
    waiting = []
  }

  return {
    say(progress) {
      if (open === undefined) begin(progress)
      else waiting.push(progress)
    },
    receive(transaction) {
      const rack = headerLine(transaction.request, 'RAck')?.trim() ?? ''
      if (open === undefined || rack !== `${number} ${hands.cseq} INVITE`)
        return transaction.answer({ status: 481 })
      // A PRACK may carry an offer (§5); nothing of ours has two to agree on.
      if (transaction.request.body.length > 0 && open.progress.sdp !== undefined) {
        transaction.answer({ status: 488 })
      } else transaction.answer({ status: 200 })
      clearTimeout(open.again)
      clearTimeout(open.limit)
      open = undefined
      if (proceed !== undefined) {
        waiting = []
        proceed()
      } else next()
    },
    whenFree(then) {
      if (open?.progress.sdp === undefined) return then()
      proceed = then
    },
    stop,
  }
}
