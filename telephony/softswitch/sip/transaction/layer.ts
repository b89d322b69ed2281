// The transaction layer: RFC 3261 §17. Messages come in from flows; requests and answers go up to the user agent.
import { randomBytes } from 'node:crypto'
import type { Envelope } from '../message/envelope.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { serialiseMessage } from '../message/serialise.ts'
import { answerPort } from '../message/via.ts'
import type { Flow } from '../transport/flow.ts'
import { prepareClient, type Answers, type RunningClient } from './client.ts'
import { clientKey, clientKeyOf, COOKIE, mergeKey, serverKey } from './match.ts'
import { startServer, type RunningServer, type ServerTransaction } from './server.ts'
import type { SipTimers } from './timers.ts'

export interface RequestUser {
  /** A request that begins a transaction; never an ACK. */
  onRequest(transaction: ServerTransaction): void
  /** The ACK of a 2xx. */
  onAck(request: SipRequest, envelope: Envelope, flow: Flow): void
  /** `invite` is what the CANCEL is about. */
  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void
}

export interface SentRequest {
  readonly request: SipRequest
  readonly flow: Flow
}

export interface TransactionLayer {
  /** A checked request. `admit` is asked once for a request that belongs to nothing known yet. */
  receiveRequest(request: SipRequest, envelope: Envelope, flow: Flow, admit: () => boolean): void
  receiveResponse(response: SipResponse): void
  /** Sends with a Via of its own, or with `branch` where a CANCEL must repeat that of its INVITE (§9.1). */
  send(request: SipRequest, flow: Flow, answers: Answers, branch?: string): SentRequest
  /** An ACK of 2xx: a transaction of its own without answer. */
  sendAck(request: SipRequest, flow: Flow): void
  flowClosed(flow: Flow): void
  /** Requests from us that wait for a final answer. */
  openClients(): number
  halt(): void
}

interface LayerOptions {
  readonly timers: SipTimers
  /** sent-by of our Via for this flow. */
  readonly sentBy: (flow: Flow) => string
  readonly reach: (transport: 'udp' | 'tcp', address: string, port: number) => Flow
  readonly user: RequestUser
}

export function createTransactionLayer(options: LayerOptions): TransactionLayer {
  const { timers, user } = options
  const servers = new Map<string, RunningServer>()
  const merges = new Map<string, string>()
  const clients = new Map<string, RunningClient>()

  /** §18.2.2: the connection it came over, else where Via says. */
  function sendAnswer(response: SipResponse, envelope: Envelope, flow: Flow): void {
    const { transport, address, port } = flow.source
    const data = serialiseMessage(response)
    if (transport === 'udp') {
      options.reach('udp', address, answerPort(envelope.via, flow.source)).send(data)
    } else if (flow.isOpen() || transport === 'ws') flow.send(data)
    else options.reach('tcp', address, envelope.via.port ?? port).send(data)
  }

  function begin(request: SipRequest, envelope: Envelope, flow: Flow, key: string): RunningServer {
    const merge = envelope.toTag === undefined ? mergeKey(envelope) : undefined
    const running = startServer({
      request,
      envelope,
      flow,
      timers,
      send: response => sendAnswer(response, envelope, flow),
      onEnd: () => {
        servers.delete(key)
        if (merge !== undefined && merges.get(merge) === key) merges.delete(merge)
      },
    })
    servers.set(key, running)
    if (merge !== undefined && !merges.has(merge)) merges.set(merge, key)
    return running
  }

  function withVia(request: SipRequest, flow: Flow, branch: string): SipRequest {
    const transport = flow.source.transport.toUpperCase()
    const rport = flow.source.transport === 'udp' ? ';rport' : ''
    const via = `SIP/2.0/${transport} ${options.sentBy(flow)};branch=${branch}${rport}`
    return { ...request, headers: [['Via', via], ...request.headers] }
  }

  return {
    receiveRequest(request, envelope, flow, admit) {
      const key = serverKey(request, envelope, request.method)
      const known = servers.get(key)
      if (request.method === 'ACK') {
        // In the Accepted state the ACK is for the dialog (RFC 6026 §7.1).
        if (known !== undefined && known.transaction.envelope.cseq === envelope.cseq) known.acked()
        user.onAck(request, envelope, flow)
        return
      }
      if (known !== undefined) return known.repeated()
      const invite =
        request.method === 'CANCEL'
          ? servers.get(serverKey(request, envelope, 'INVITE'))
          : undefined
      // A CANCEL of a call we took is never too much.
      if (invite === undefined && !admit()) return
      const merged = envelope.toTag === undefined && merges.has(mergeKey(envelope))
      const { transaction } = begin(request, envelope, flow, key)
      if (request.method === 'CANCEL') user.onCancel(transaction, invite?.transaction)
      else if (merged) transaction.answer({ status: 482 })
      else user.onRequest(transaction)
    },
    receiveResponse(response) {
      const key = clientKeyOf(response)
      if (key !== undefined) clients.get(key)?.answered(response)
    },
    send(request, flow, answers, branch = COOKIE + randomBytes(12).toString('hex')) {
      const full = withVia(request, flow, branch)
      const key = clientKey(branch, request.method)
      const onEnd = () => void clients.delete(key)
      const client = prepareClient({ request: full, flow, timers, answers, onEnd })
      clients.set(key, client)
      // A flow that is closed already fails at once; the caller should have its handle before it hears so.
      queueMicrotask(() => client.begin())
      return client
    },
    sendAck(request, flow) {
      const branch = COOKIE + randomBytes(12).toString('hex')
      flow.send(serialiseMessage(withVia(request, flow, branch)))
    },
    flowClosed(flow) {
      for (const client of [...clients.values()]) {
        if (client.flow.key === flow.key && flow.reliable) client.broken()
      }
    },
    openClients: () => [...clients.values()].filter(client => client.isOpen()).length,
    halt() {
      for (const server of servers.values()) server.halt()
      for (const client of clients.values()) client.halt()
      servers.clear()
      clients.clear()
      merges.clear()
    },
  }
}
