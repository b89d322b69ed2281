// Requests inside a dialog whose INVITE has no final answer yet: RFC 3261 §15, RFC 3311 §5.2.
import { randomInt } from 'node:crypto'
import type { ServerTransaction } from '../transaction/server.ts'
import { acceptHeaders, allowHeaders, capabilityHeaders } from './capability.ts'

export function receiveEarly(transaction: ServerTransaction, cancel: () => void): void {
  switch (transaction.request.method) {
    case 'BYE':
      transaction.answer({ status: 200 })
      return cancel()
    case 'OPTIONS':
      return transaction.answer({ status: 200, headers: [...capabilityHeaders, ...acceptHeaders] })
    case 'INVITE':
    case 'UPDATE':
    case 'INFO':
    case 'REFER':
      return transaction.answer({
        status: 500,
        headers: [['Retry-After', String(randomInt(1, 11))]],
      })
    default:
      return transaction.answer({ status: 405, headers: allowHeaders })
  }
}
