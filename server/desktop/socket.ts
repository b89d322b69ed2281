// GET /ws: one desktop's line. Cookie or bearer; the desktop may ask for channels and pings, nothing else.
import type {} from '@fastify/swagger'
import type {} from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { WebSocket } from 'ws'
import { actorOf, bearerOf, cookieName } from '../auth/access.ts'
import { maskDeep } from '../auth/mask.ts'
import { talkersIn } from './transcript.ts'
import { maskTranscript } from './transcript-sight.ts'
import type { Sessions } from '../auth/session.ts'
import { sightOf, type SightRules } from '../auth/sight.ts'
import type { Actor } from '../control/port.ts'
import type { Log } from '../log.ts'
import { toText, type Hub } from './hub.ts'
import { fromDesktopSchema, type FromDesktop, type ToDesktop } from './protocol.ts'
import { channelsOf, mayWatch } from './right.ts'

const PING_EVERY_MS = 20_000
/** A desktop says a handful of things when it opens, then a ping now and then. */
const MAX_MESSAGES_PER_PING = 400
const MAX_CHANNELS = 64

/** RFC 6455 §7.4.1, and our own from the private range §7.4.2. */
export const CLOSE = { policy: 1008, serverGone: 1001, signedOut: 4401 } as const

export interface SocketDeps {
  readonly hub: Hub
  readonly sessions: Sessions
  readonly clock: () => number
  readonly log: Log
  readonly secure: boolean
  readonly sightRules: () => SightRules
}

export async function desktopSocket(app: FastifyInstance, deps: SocketDeps): Promise<void> {
  app.get(
    '/ws',
    { websocket: true, config: { access: 'signed-in' }, schema: { hide: true } },
    (socket: WebSocket, request) => {
      const token = bearerOf(request) ?? request.cookies[cookieName(deps.secure)] ?? ''
      serve(socket, actorOf(request), token, deps)
    },
  )
}

function serve(
  socket: WebSocket,
  actor: Actor,
  token: string,
  { hub, sessions, clock, log, sightRules }: SocketDeps,
): void {
  const visitor = hub.enter({
    send: text => socket.send(seen(text, actor, sightRules(), hub)),
    waitingBytes: () => socket.bufferedAmount,
  })
  const watched = new Set<string>()
  let alive = true
  let messageCount = 0

  const beat = setInterval(() => {
    if (!alive) return socket.terminate()
    alive = false
    messageCount = 0
    socket.ping()
    sessions.find(token).then(
      session => session ?? socket.close(CLOSE.signedOut, 'NOT_SIGNED_IN'),
      (error: unknown) => log.warn({ err: error }, 'session of a desktop not checked'),
    )
  }, PING_EVERY_MS)

  const onMessage = (message: FromDesktop) => {
    switch (message.type) {
      case 'ping':
        return socket.send(toText({ type: 'pong', at: clock(), sentAt: message.sentAt }))
      case 'unsubscribe':
        watched.delete(message.channel)
        return visitor.unsubscribe(message.channel)
      case 'subscribe':
        if (!mayWatch(actor, message.channel, talkersIn(hub)) || watched.size >= MAX_CHANNELS) {
          return socket.send(
            toText({ type: 'refused', code: 'FORBIDDEN', channel: message.channel }),
          )
        }
        watched.add(message.channel)
        return visitor.subscribe(message.channel, sinceOf(message))
    }
  }

  socket.on('pong', () => {
    alive = true
  })
  socket.on('message', (data, isBinary) => {
    alive = true
    if (++messageCount > MAX_MESSAGES_PER_PING)
      return socket.close(CLOSE.policy, 'TOO_MANY_REQUESTS')
    const message = isBinary ? undefined : parse(String(data))
    if (message) onMessage(message)
    else socket.send(toText({ type: 'refused', code: 'BAD_REQUEST' }))
  })
  socket.on('error', error => log.debug({ err: error }, 'desktop line broke'))
  socket.on('close', () => {
    clearInterval(beat)
    visitor.leave()
  })
  socket.send(
    toText({ type: 'welcome', at: clock(), userId: actor.userId, channels: channelsOf(actor) }),
  )
}

/** Leads who see numbers masked: all but their own desk. Agents get no other channel, and see their own callers whole. */
function seen(text: string, actor: Actor, rules: SightRules, hub: Pick<Hub, 'values'>): string {
  const isLead = actor.roles.some(role => role === 'supervisor' || role === 'administrator')
  if (!isLead || sightOf(actor, rules) === 'whole') return text
  const message = JSON.parse(text) as ToDesktop
  const isOwn =
    'channel' in message &&
    actor.agentId !== undefined &&
    message.channel === `desk:${actor.agentId}`
  if (isOwn) return text
  const isTranscript = 'channel' in message && message.channel?.startsWith('transcript:')
  return toText(
    isTranscript && message.channel
      ? maskTranscript(message, hub.values(message.channel))
      : maskDeep(message),
  )
}

const sinceOf = ({ version, run }: Extract<FromDesktop, { type: 'subscribe' }>) =>
  version === undefined || run === undefined ? undefined : { version, run }

function parse(text: string): FromDesktop | undefined {
  try {
    return fromDesktopSchema.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
