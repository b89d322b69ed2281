// One client of the event socket: its commands, one after another, and its events. Replies as mod_event_socket 1.10 words them.
import { randomUUID, timingSafeEqual, createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SwitchEvent } from '../core/switch-event.ts'
import { createCommandReader, type EslRequest } from './command-reader.ts'
import type { DoorLog, SwitchDoor } from './door.ts'
import { frameEvent } from './serialize.ts'
import * as subscriptions from './subscription.ts'

/** FreeSWITCH waits 25 s for the password. */
const LOGIN_MS = 25_000
/** Unsent bytes after which a client counts as dead: about 3,000 events. FreeSWITCH drops events instead, and clients drift. */
const MAX_UNSENT_BYTES = 16 << 20
/** Commands read but not yet run; a client that floods is not read further until they are. */
const MAX_PENDING = 200
/** A client that takes nothing for this long while bytes wait is gone (half-open socket). */
const STALLED_MS = 30_000

const digest = (text: string) => createHash('sha256').update(text).digest()
const isSame = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))

export interface SessionOptions {
  readonly socket: Socket
  readonly door: SwitchDoor
  readonly password: string
  readonly log: DoorLog
  onClosed(): void
}

export interface Session {
  close(notice: string): void
}

export function createSession(options: SessionOptions): Session {
  const { socket, door, log } = options
  const reader = createCommandReader()
  const pending: EslRequest[] = []
  let subscription = subscriptions.NO_SUBSCRIPTION
  let loggedIn = false
  let running = false
  /** The client has said its last word; what it asked is still answered. */
  let halfClosed = false
  let open = true
  let lastDrainAt = performance.now()
  let logging = false

  const end = () => {
    if (!open) return
    open = false
    unsubscribe()
    clearTimeout(login)
    options.onClosed()
  }
  const cut = (reason: string) => {
    if (!open) return
    log.warn({ reason, unsentBytes: socket.writableLength }, 'event socket client cut off')
    socket.destroy()
    end()
  }
  const send = (text: string) => {
    if (!open || socket.destroyed) return
    if (socket.writableLength === 0) lastDrainAt = performance.now()
    socket.write(text)
    if (socket.writableLength > MAX_UNSENT_BYTES) cut('reads too slowly')
    else if (socket.writableLength > 0 && performance.now() - lastDrainAt > STALLED_MS)
      cut('takes nothing')
  }
  const reply = (text: string) => send(`Content-Type: command/reply\nReply-Text: ${text}\n\n`)
  const disconnect = (notice: string) => {
    send(
      `Content-Type: text/disconnect-notice\nContent-Length: ${Buffer.byteLength(notice)}\n\n${notice}`,
    )
    socket.end()
    end()
  }
  const bye = () =>
    disconnect('Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n')

  const onEvent = (event: SwitchEvent) => {
    if (subscriptions.wants(subscription, event)) send(frameEvent(event, subscription.format))
  }
  const unsubscribe = door.events.subscribe(onEvent)
  const login = setTimeout(() => cut('no password in time'), LOGIN_MS)

  const authenticate = (line: string) => {
    if (line.startsWith('auth ') && isSame(line.slice(5), options.password)) {
      loggedIn = true
      clearTimeout(login)
      return reply('+OK accepted')
    }
    // Anything else before the password ends the connection; `userauth` has no users here.
    reply('-ERR invalid')
    bye()
  }

  const answer = (result: { subscription: subscriptions.Subscription; reply: string }) => {
    subscription = result.subscription
    reply(result.reply)
  }

  const api = async (line: string) => {
    const space = line.indexOf(' ')
    const command = space < 0 ? line : line.slice(0, space)
    const output = await door.api(command, space < 0 ? '' : line.slice(space + 1).trim())
    const text =
      output === undefined
        ? `-ERR ${command} Command not found!\n`
        : output === ''
          ? '-ERR no reply\n'
          : output
    return { command, text }
  }

  const background = (line: string, jobUuid: string) => {
    reply(`+OK Job-UUID: ${jobUuid}\nJob-UUID: ${jobUuid}`)
    const space = line.indexOf(' ')
    void api(line).then(({ command, text }) => {
      door.events.emit(
        'BACKGROUND_JOB',
        [
          ['Job-UUID', jobUuid],
          ['Job-Command', command],
          ...(space < 0 ? [] : [['Job-Command-Arg', line.slice(space + 1).trim()] as const]),
        ],
        { body: text },
      )
    })
  }

  const sendMessage = (line: string, request: EslRequest) => {
    const uuid =
      line.slice('sendmsg'.length).trim() ||
      (request.headers.get('session-id') ?? subscription.onlyUuid ?? '')
    if (uuid === '' || !door.channelExists(uuid)) return reply(`-ERR invalid session id [${uuid}]`)
    door.sendMessage(uuid, request.headers, request.body)
    reply('+OK')
  }

  const sendEvent = (line: string, request: EslRequest) => {
    const name = line.slice('sendevent'.length).trim().split(' ')[0]?.toUpperCase() || 'CUSTOM'
    const uuid = request.headers.get('event-uuid') ?? randomUUID()
    const subclass = request.headers.get('event-subclass')
    const to = request.headers.get('unique-id')
    // One for a channel is heard by nobody else.
    if (to !== undefined && door.queueEvent(to, request.headers)) return reply(`+OK ${uuid}`)
    const skip = new Set(['content-length', 'event-subclass', 'event-name'])
    const headers = [...request.headers].filter(([header]) => !skip.has(header))
    door.events.emit(name, [...headers, ['Event-UUID', uuid]], {
      ...(subclass === undefined ? {} : { subclass }),
      ...(request.body === '' ? {} : { body: request.body }),
    })
    reply(`+OK ${uuid}`)
  }

  const onLog = (line: string) => {
    const level = line.slice(3).trim().split(' ')[0] ?? ''
    logging = true
    reply(`+OK log level ${level} [${/^\d$/.test(level) ? level : '7'}]`)
  }

  /** Commands are known by how they begin, in FreeSWITCH's order. */
  const run = async (request: EslRequest): Promise<void> => {
    const line = request.command
    const lower = line.toLowerCase()
    const is = (prefix: string) => lower.startsWith(prefix)
    if (is('exit') || is('...')) {
      reply('+OK bye')
      return bye()
    }
    if (!loggedIn) return authenticate(line)
    if (is('filter ')) return answer(subscriptions.filter(subscription, line.slice(7)))
    if (is('myevents ')) {
      const [uuid = '', format = ''] = line.slice(9).trim().split(' ')
      if (!door.channelExists(uuid)) return reply('-ERR invalid uuid')
      return answer(subscriptions.subscribeToChannel(subscription, uuid, format))
    }
    // Inbound clients control no session of their own.
    if (is('divert_events')) return reply('-ERR not controlling a session.')
    if (is('sendmsg')) return sendMessage(line, request)
    if (is('sendevent')) return sendEvent(line, request)
    if (is('api ')) {
      const { text } = await api(line.slice(4).trim())
      return send(
        `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`,
      )
    }
    if (is('bgapi '))
      return background(line.slice(6).trim(), request.headers.get('job-uuid') ?? randomUUID())
    if (is('log')) return onLog(lower)
    if (is('linger') || is('nolinger')) return reply('-ERR not controlling a session')
    if (is('nolog')) {
      const was = logging
      logging = false
      return reply(was ? '+OK no longer logging' : '-ERR not loging') // FreeSWITCH's spelling.
    }
    if (is('event'))
      return answer(subscriptions.subscribe(subscription, line.replace(/^\S+ ?/, '')))
    if (is('nixevent'))
      return answer(subscriptions.unsubscribe(subscription, line.replace(/^\S+ ?/, '')))
    if (is('noevents')) return answer(subscriptions.unsubscribeAll(subscription))
    reply('-ERR command not found')
  }

  const work = async () => {
    if (running) return
    running = true
    for (let request = pending.shift(); request !== undefined && open; request = pending.shift()) {
      try {
        await run(request)
      } catch (err) {
        log.error({ err, command: request.command.split(' ')[0] }, 'event socket command failed')
        reply('-ERR internal error')
      }
      if (socket.isPaused() && pending.length < MAX_PENDING / 2) socket.resume()
    }
    running = false
    if (halfClosed) socket.end()
  }

  socket.setNoDelay(true)
  socket.setKeepAlive(true, 10_000)
  socket.on('data', (chunk: Buffer) => {
    const { requests, overrun } = reader.push(chunk)
    pending.push(...requests)
    if (overrun) return cut('sends no command')
    if (pending.length > MAX_PENDING) socket.pause()
    void work()
  })
  socket.on('drain', () => (lastDrainAt = performance.now()))
  socket.on('error', err => log.info({ reason: err.message }, 'event socket client failed'))
  socket.on('close', end)
  socket.on('end', () => {
    halfClosed = true
    if (!running) socket.end()
  })
  send('Content-Type: auth/request\n\n')

  return {
    close(notice) {
      if (!open) return
      disconnect(notice)
      socket.destroySoon()
    },
  }
}
