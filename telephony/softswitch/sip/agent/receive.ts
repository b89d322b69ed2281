// From bytes to the transaction layer: what is checked of every message before anybody acts on it (RFC 3261 §8.2, §16.3, §18).
import type { Gate, HeaderList, SipStackOptions } from '../stack.ts'
import { readEnvelope, requestFault, type Envelope } from '../message/envelope.ts'
import { headerLines, headerList, type Fault, type SipRequest } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { buildAnswer } from '../message/response.ts'
import { serialiseMessage } from '../message/serialise.ts'
import { markVia, type Via } from '../message/via.ts'
import type { TransactionLayer } from '../transaction/layer.ts'
import { newTag } from '../transaction/server.ts'
import type { Flow } from '../transport/flow.ts'

interface ReceiveOptions {
  readonly transactions: TransactionLayer
  readonly gate: Gate
  readonly log: SipStackOptions['log']
  /** Requests of dialogs we have are not for the gate. */
  readonly isKnownDialog: (envelope: Envelope) => boolean
}

export function createReceiver(
  options: ReceiveOptions,
): (flow: Flow, data: Buffer, oversized?: boolean) => void {
  const { transactions, gate } = options

  /** Without a transaction: a malformed request is not worth memory. An ACK is never answered. */
  function answerFault(request: SipRequest, flow: Flow, fault: Fault): void {
    if (request.method === 'ACK') return
    if (gate.onRequest(request.method, flow.source) === 'drop') return
    if (headerLines(request, 'Via').length === 0) return
    flow.send(serialiseMessage(buildAnswer(request, { ...fault, toTag: newTag() })))
  }

  function receive(flow: Flow, data: Buffer, oversized: boolean): void {
    const parsed = parseMessage(data)
    if (parsed.type === 'garbage') {
      // A stream that is out of step cannot be read any further.
      if (flow.source.transport === 'tcp') flow.close()
      return
    }
    const { message } = parsed
    const read = readEnvelope(message)
    if (message.type === 'response') {
      if (parsed.fault === undefined && read.type === 'envelope')
        transactions.receiveResponse(message)
      return
    }
    if (read.type === 'fault') return answerFault(message, flow, parsed.fault ?? read.fault)
    const { envelope } = read
    const request: SipRequest = { ...message, headers: markedHeaders(message, envelope.via, flow) }
    const tooLarge: Fault = { status: 413, reason: 'Request Entity Too Large' }
    const fault = oversized ? tooLarge : (parsed.fault ?? requestFault(request, envelope))
    if (fault !== undefined) return answerFault(request, flow, fault)
    transactions.receiveRequest(request, envelope, flow, () => {
      if (options.isKnownDialog(envelope)) return true
      return gate.onRequest(request.method, flow.source) === 'pass'
    })
  }

  return (flow, data, oversized = false) => {
    try {
      receive(flow, data, oversized)
    } catch (error) {
      // Nothing that comes from the network may end the process.
      options.log.error({ err: error, source: flow.source }, 'A SIP message could not be handled.')
    }
  }
}

/** One Via a line, the first with where it came from. */
function markedHeaders(request: SipRequest, via: Via, flow: Flow): HeaderList {
  const [first = '', ...others] = headerList(request, 'Via') ?? []
  const marked = [markVia(first, via, flow.source), ...others]
  const rest = request.headers.filter(([name]) => name !== 'Via')
  return [...marked.map((value): [string, string] => ['Via', value]), ...rest]
}
