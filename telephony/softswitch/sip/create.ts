// Builds the SIP layer: transports, transactions, registrar and calls. The only file here that knows all the others.
import type { OutgoingCall, SipStack, SipStackOptions } from './stack.ts'
import { ask } from './agent/ask.ts'
import { createDispatch } from './agent/dispatch.ts'
import { openOutgoingCall } from './agent/outgoing-call.ts'
import { createReceiver } from './agent/receive.ts'
import type { Agent } from './dialog/core.ts'
import { createDialogRegistry } from './dialog/participant.ts'
import { escapeUser, parseSipUri } from './message/uri.ts'
import { createAuthenticator } from './registrar/authenticate.ts'
import { createBindingStore } from './registrar/bindings.ts'
import { createNonces } from './registrar/nonce.ts'
import { createTransactionLayer } from './transaction/layer.ts'
import { createTimers } from './transaction/timers.ts'
import { STREAM_LIMITS, type Flow } from './transport/flow.ts'
import { openTransports, type Transports } from './transport/open.ts'

const NONCE_LIFETIME_MS = 300_000
const CONNECTION_GRACE_MS = 4000
/** A talk's sound goes another way, and tells by itself when it ends: the web server's restart must not end the talk. */
const TALK_GRACE_MS = 600_000
const WEB_SOCKET_PING_MS = 25_000

export async function createSipStack(options: SipStackOptions): Promise<SipStack> {
  const { log, gate, realm, directory } = options
  const graceMs = options.tuning?.connectionGraceMs ?? CONNECTION_GRACE_MS
  const timers = createTimers(options.tuning?.t1Ms)
  const registry = createDialogRegistry()
  const outgoing = new Set<OutgoingCall>()
  let closing = false

  const bindings = createBindingStore(graceMs, {
    onRegistered(binding) {
      const flow = transports.find(binding.source)
      if (flow !== undefined) {
        for (const participant of registry.all()) participant.moved(binding.contact, flow)
      }
      options.onRegistered(binding)
    },
    onUnregistered: options.onUnregistered,
  })
  const nonces = createNonces(options.tuning?.nonceLifetimeMs ?? NONCE_LIFETIME_MS)
  const dispatch = createDispatch({
    agent: () => agent,
    authenticator: createAuthenticator(realm, directory, nonces),
    bindings,
    isClosing: () => closing,
  })
  const transactions = createTransactionLayer({
    timers,
    user: dispatch,
    sentBy: flow => `${host}:${portOf(flow)}`,
    reach: (transport, address, port) => transports.reach(transport, address, port),
  })
  const agent: Agent = {
    options,
    timers,
    connectionGraceMs: options.tuning?.connectionGraceMs ?? TALK_GRACE_MS,
    transactions,
    registry,
    reach: (transport, address, port) => transports.reach(transport, address, port),
    contact(user, flow) {
      const { transport } = flow.source
      const suffix = transport === 'udp' ? '' : `;transport=${transport}`
      return `<sip:${escapeUser(user)}@${host}:${portOf(flow)}${suffix}>`
    },
  }
  const receive = createReceiver({
    transactions,
    gate,
    log,
    isKnownDialog: ({ callId, toTag, fromTag }) =>
      toTag !== undefined && registry.find(callId, toTag, fromTag) !== undefined,
  })
  const address = options.advertisedAddress
  const host = address.includes(':') ? `[${address}]` : address

  const transports: Transports = await openTransports(
    {
      bindAddress: options.bindAddress,
      sipPort: options.sipPort,
      webSocketPort: options.webSocketPort,
      limits: { ...STREAM_LIMITS, ...options.tuning?.streamLimits },
      webSocketPingMs: WEB_SOCKET_PING_MS,
      onError: error => log.warn({ err: error }, 'A SIP socket reported an error.'),
    },
    {
      onMessage(flow, data, oversized) {
        copy('in', flow, data)
        receive(flow, data, oversized)
      },
      onSent: (flow, data) => copy('out', flow, data),
      onClosed(flow) {
        transactions.flowClosed(flow)
        bindings.flowClosed(flow)
        for (const participant of registry.all()) participant.flowClosed(flow)
      },
    },
  )

  function copy(direction: 'in' | 'out', flow: Flow, data: Buffer): void {
    const near = { address: options.advertisedAddress, port: portOf(flow) }
    options.onWire?.({ direction, far: flow.source, near, data })
  }

  function portOf(flow: Flow): number {
    return flow.source.transport === 'ws' ? transports.webSocketPort : transports.sipPort
  }

  /** The connection of a phone; one on TCP that hung up is called again. */
  function flowOf(target: Parameters<SipStack['invite']>[0]['target']): Flow | undefined {
    if (!('binding' in target)) {
      return transports.reach(target.transport, target.address, target.port)
    }
    const { source, contact } = target.binding
    const found = transports.find(source)
    if (found !== undefined || source.transport !== 'tcp') return found
    return transports.reach('tcp', source.address, parseSipUri(contact)?.port ?? 5060)
  }

  return {
    sipPort: transports.sipPort,
    webSocketPort: transports.webSocketPort,
    bindings: bindings.of,
    allBindings: bindings.all,
    invite(inviteOptions, handler) {
      const flow = closing ? undefined : flowOf(inviteOptions.target)
      if (flow === undefined) {
        queueMicrotask(() => handler.onRejected(480, 'Temporarily Unavailable', []))
        return { sipCallId: '', cancel: () => undefined }
      }
      const call = openOutgoingCall(agent, flow, inviteOptions, handler, () =>
        outgoing.delete(call),
      )
      outgoing.add(call)
      return call
    },
    ask(asked) {
      const { transport, address, port } = asked.target
      return ask(agent, transports.reach(transport, address, port), asked)
    },
    contactUri: (user, transport) =>
      `sip:${escapeUser(user)}@${host}:${transports.sipPort};transport=${transport}`,
    async close(waitMs) {
      closing = true
      for (const call of [...outgoing]) call.cancel()
      for (const participant of registry.all()) participant.shutDown()
      const until = Date.now() + waitMs
      // The BYE of a call whose 200 is not acknowledged yet waits for that ACK.
      while (Date.now() < until && (transactions.openClients() > 0 || registry.all().length > 0)) {
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      for (const participant of registry.all()) participant.dispose()
      bindings.dispose()
      transactions.halt()
      await transports.close()
    },
  }
}
