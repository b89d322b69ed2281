// Carries out what the guard decides, at drachtio-server. Proxies only: no dialog lives here, so no call dies with this process.
import type { Announcer } from './announcer.ts'
import { listeningAt, type SipReply, type SipRequest, type SipServer } from './drachtio.ts'
import { NO_ANSWER_MS } from './fail-over.ts'
import { createGuard, type Guard } from './guard.ts'
import type { Source } from './incoming.ts'
import type { Log } from './log.ts'
import { toIncoming } from './read.ts'
import type { EdgeSettings } from './settings.ts'
import { sipUri } from './target.ts'
import type { Blocked, GuardVerdict } from './verdict.ts'

export interface Edge {
  readonly guard: Guard
  /** Takes calls from now on. Said again, it does nothing. */
  open(): void
  isConnected(): boolean
  close(): void
}

export interface EdgeOptions {
  readonly server: SipServer
  readonly drachtio: { readonly host: string; readonly port: number; readonly secret: string }
  readonly settings: EdgeSettings
  readonly announcer: () => Announcer
  readonly onBlocked: (blocked: Blocked) => void
  readonly now: () => number
  readonly log: Log
}

/** RFC 3261 §20.33: who floods or finds no way may try again later. */
const RETRY_AFTER_S = '5'
/** drachtio-server on the same machine is back within a second. */
const LONGEST_RETRY_MS = 1000

export function createEdge(options: EdgeOptions): Edge {
  const { server, announcer, now, log } = options
  let own: readonly Source[] = []
  let isConnected = false
  let hasRecords = false

  const guard = createGuard(options.settings, {
    isOwn: source =>
      own.some(({ address, port }) => address === source.address && port === source.port),
    backUri: number => {
      const [back] = own
      return back === undefined ? '' : sipUri(number, { host: back.address, port: back.port })
    },
    hasAnnouncer: () => announcer().isReady(),
  })

  const proxy = (request: SipRequest, verdict: Extract<GuardVerdict, { type: 'proxy' }>) => {
    const callId = request.get('Call-ID') ?? ''
    const { destinations, headers, recordRoute } = verdict
    server.proxyRequest(
      request,
      [...destinations],
      { recordRoute, headers: { ...headers }, provisionalTimeout: `${NO_ANSWER_MS}ms` },
      (error, outcome) => {
        // The outer one knows the end; those on the way back to us are part of it.
        if (!recordRoute) return
        if (error) log.warn({ err: error, target: verdict.target }, 'request not proxied')
        guard.onSettled(callId, outcome?.finalStatus, now())
        log.info({ sipCallId: callId, sipStatus: outcome?.finalStatus }, 'call settled')
        // Without them an end is never seen, and a busy party is rung twice.
        if (!hasRecords) log.error({}, 'drachtio tells no call records: set cdrs to true')
      },
    )
    log.info({ sipCallId: callId, target: verdict.target }, 'call proxied')
  }

  const announce = (
    call: { request: SipRequest; reply: SipReply },
    { sipStatus }: Extract<GuardVerdict, { type: 'announce' }>,
  ) => {
    guard.onAnnounced(1)
    announcer()
      .announce({ ...call, sipStatus }, guard.settings().busyPrompt ?? '')
      .catch((err: unknown) => log.error({ err }, 'announcement failed'))
      .finally(() => guard.onAnnounced(-1))
  }

  const handle = (request: SipRequest, reply: SipReply) => {
    const incoming = toIncoming(request)
    const verdict = guard.onRequest(incoming, now())
    switch (verdict.type) {
      case 'proxy':
        return proxy(request, verdict)
      case 'announce':
        options.onBlocked(verdict.blocked)
        return announce({ request, reply }, verdict)
      case 'pong':
        return reply.send(verdict.sipStatus)
      case 'refuse': {
        const { sipStatus, reason, blocked } = verdict
        if (blocked) options.onBlocked(blocked)
        log.info({ sipCallId: incoming.callId, sipStatus, reason }, 'request refused')
        const headers = sipStatus === 503 ? { 'Retry-After': RETRY_AFTER_S } : {}
        return reply.send(sipStatus, { headers })
      }
    }
  }

  const onRequest = (request: SipRequest, reply: SipReply) => {
    try {
      handle(request, reply)
    } catch (err) {
      log.error({ err }, 'request failed')
      reply.send(500)
    }
  }

  server.on('connect', (error, addresses) => {
    if (error) return log.error({ err: error }, 'drachtio refuses us')
    isConnected = true
    // The way back is UDP: there the source of a request is where it listens.
    own = listeningAt(addresses).filter(({ protocol }) => protocol === 'udp')
    if (own.length === 0) log.error({ addresses }, 'drachtio has no udp address: no fail-over')
    log.info({ addresses }, 'drachtio connected')
  })
  server.on('error', err => {
    if (isConnected) log.warn({ err }, 'drachtio connection failed')
    isConnected = false
  })
  server.on('reconnecting', () => {
    isConnected = false
  })
  server.on('cdr:attempt', () => {
    hasRecords = true
  })
  server.on('cdr:stop', (source, _time, _reason, message) => {
    if (source !== 'network') return
    const callId = message.get('Call-ID') ?? ''
    if (message.method === 'BYE') return guard.onEnded(callId)
    if (message.status !== undefined && message.status >= 300)
      guard.onTargetFailed(callId, message.status)
  })
  server.invite(onRequest)
  // Those that drachtio-server 0.9.10 hands over; it answers UPDATE and BYE itself with 481 and is silent to REFER.
  server.options(onRequest)
  server.register(onRequest)
  server.message(onRequest)
  server.subscribe(onRequest)
  server.publish(onRequest)
  server.notify(onRequest)
  server.info(onRequest)

  let isOpen = false
  return {
    guard,
    open() {
      if (isOpen) return
      isOpen = true
      server.connect({ ...options.drachtio, reconnect: { retryMaxDelay: LONGEST_RETRY_MS } })
    },
    isConnected: () => isConnected,
    close() {
      if (isOpen) server.disconnect()
    },
  }
}
