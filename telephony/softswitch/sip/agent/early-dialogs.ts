// What rings before it answers: one early dialog a To tag, and PRACK for what must be acknowledged (RFC 3262 §4).
import { headerLine, headerTokens, type SipResponse } from '../message/message.ts'
import { parseWhole } from '../message/scan.ts'
import type { Agent, DialogBegin, DialogCore } from '../dialog/core.ts'
import { createDialogCore } from '../dialog/core.ts'

export interface EarlyDialogs {
  /** False for a repetition, or one that came out of order: it says nothing new. */
  receive(tag: string, response: SipResponse): boolean
  /** The CSeq that the dialog goes on from. */
  localSeqOf(tag: string): number | undefined
}

const RSEQ_LIMIT = 2 ** 32 - 1

export function createEarlyDialogs(
  agent: Agent,
  invite: { readonly cseq: () => number; readonly begin: (response: SipResponse) => DialogBegin },
): EarlyDialogs {
  const early = new Map<string, { core: DialogCore; last: number }>()

  return {
    localSeqOf: tag => early.get(tag)?.core.state.localSeq,
    receive(tag, response) {
      const reliable = headerTokens(response, 'Require').includes('100rel')
      const number = parseWhole(headerLine(response, 'RSeq') ?? '', RSEQ_LIMIT)
      if (!reliable || number === undefined || tag === '') return true
      const known = early.get(tag)
      // §4: exactly one more than the last; others are repetitions, or wait for the missing one to be repeated.
      if (known !== undefined && number !== known.last + 1) return false
      const core = known?.core ?? createDialogCore(agent, invite.begin(response), () => undefined)
      core.refreshTarget(response)
      early.set(tag, { core, last: number })
      const nothing = () => undefined
      core.request(
        'PRACK',
        { headers: [['RAck', `${number} ${invite.cseq()} INVITE`]] },
        { onAnswer: nothing, onTimeout: nothing, onFailed: nothing },
      )
      return true
    },
  }
}
