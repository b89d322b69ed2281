// One connection to a switch's event socket, from TCP connect to its end. Ends once, with one reason.
import { connect } from 'node:net'
import { CommandRefused, CommandTimeout, NotEventSocket, SwitchUnreachable } from './errors.ts'
import { type EslEvent, toEslEvent } from './event.ts'
import { createFrameParser, type Frame } from './frame.ts'

export type LinkEndReason =
  | 'unreachable' // No TCP connection.
  | 'rejected' // The switch's access list refuses this address.
  | 'wrong-password'
  | 'closed' // The switch closed it, or the network did.
  | 'silent' // Open, but the switch answers nothing.
  | 'nonsense' // The peer does not speak the event socket's protocol.
  | 'stopped' // We closed it.

export interface LinkOptions {
  readonly host: string
  readonly port: number
  readonly password: string
  /** From connect to the accepted password. */
  readonly connectTimeoutMs: number
  readonly onReady: () => void
  readonly onEvent: (event: EslEvent) => void
  readonly onEnd: (reason: LinkEndReason, detail: string) => void
}

export interface Link {
  /** Ours, as the switch reaches us; undefined before the connection and after it. */
  readonly localAddress: string | undefined
  /** Sends one command text and gives the reply's text. Replies come in the order of the commands. */
  request(text: string, timeoutMs: number): Promise<string>
  end(reason: LinkEndReason, detail: string): void
}

interface Waiting {
  readonly label: string
  readonly settle: (outcome: { reply: string } | { error: Error }) => void
}

/** Beyond this the switch is not keeping up, and more would only grow our memory. */
const MAX_WAITING = 10_000
const MAX_UNSENT_BYTES = 8 * 1024 * 1024

const labelOf = (text: string) =>
  text.slice(0, text.search(/\n|$/)).split(' ').slice(0, 2).join(' ')

export function openLink(options: LinkOptions): Link {
  const { host, port, password, connectTimeoutMs, onReady, onEvent, onEnd } = options
  const parser = createFrameParser()
  const waiting: Waiting[] = []
  let state: 'connecting' | 'greeted' | 'ready' | 'ended' = 'connecting'
  let farewell = ''

  const socket = connect({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 10_000,
  })
  const openTimer = setTimeout(
    () => end('silent', `no login within ${connectTimeoutMs} ms`),
    connectTimeoutMs,
  )

  const end = (reason: LinkEndReason, detail: string) => {
    if (state === 'ended') return
    state = 'ended'
    clearTimeout(openTimer)
    socket.destroy()
    const error = new SwitchUnreachable(reason, true)
    for (const { settle } of waiting.splice(0)) settle({ error })
    onEnd(reason, detail)
  }

  const write = (text: string, label: string, settle: Waiting['settle']) => {
    waiting.push({ label, settle })
    socket.write(`${text}\n\n`)
  }

  const onReply = (reply: string) => {
    const next = waiting.shift()
    if (!next) throw new NotEventSocket('a reply nobody asked for')
    if (/^-(ERR|USAGE)/.test(reply))
      next.settle({ error: new CommandRefused(next.label, reply.trim()) })
    else next.settle({ reply })
  }

  const onFrame = (frame: Frame) => {
    switch (frame.contentType) {
      case 'auth/request':
        if (state !== 'connecting') throw new NotEventSocket('a second greeting')
        state = 'greeted'
        return write(`auth ${password}`, 'auth', outcome => {
          if ('error' in outcome) return end('wrong-password', 'the switch refuses the password')
          state = 'ready'
          clearTimeout(openTimer)
          onReady()
        })
      case 'command/reply':
        return onReply(frame.headers.get('Reply-Text') ?? '')
      case 'api/response':
        return onReply(frame.body)
      case 'text/event-plain':
        return onEvent(toEslEvent(frame.body))
      case 'text/disconnect-notice':
        farewell = frame.body.trim().slice(0, 200)
        return
      case 'text/rude-rejection':
        return end('rejected', 'the access list of the switch refuses this address')
      default:
        throw new NotEventSocket('a frame of unknown type')
    }
  }

  socket.on('data', chunk => {
    try {
      for (const frame of parser.push(chunk)) {
        if (state === 'ended') return
        onFrame(frame)
      }
    } catch (error) {
      if (!(error instanceof NotEventSocket)) throw error
      end('nonsense', error.message)
    }
  })
  socket.on('error', error => end(state === 'connecting' ? 'unreachable' : 'closed', error.message))
  socket.on('close', () => end('closed', farewell))

  return {
    get localAddress() {
      return socket.localAddress
    },
    end,
    request(text, timeoutMs) {
      if (state !== 'ready') return Promise.reject(new SwitchUnreachable('not connected'))
      if (waiting.length >= MAX_WAITING || socket.writableLength > MAX_UNSENT_BYTES) {
        return Promise.reject(new SwitchUnreachable('too many commands unanswered'))
      }

      return new Promise((resolve, reject) => {
        const label = labelOf(text)
        // The late reply still takes its place in the order; only nobody waits for it any more.
        const timer = setTimeout(() => reject(new CommandTimeout(label, timeoutMs)), timeoutMs)
        write(text, label, outcome => {
          clearTimeout(timer)
          if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.reply)
        })
      })
    },
  }
}
