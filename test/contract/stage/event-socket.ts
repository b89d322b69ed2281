// A client of the event socket that keeps all it hears, so that many behaviours can look back in it at once.
import { connect } from 'node:net'
import { until } from '../../fixtures/until.ts'

export interface Frame {
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface SeenEvent {
  /** Place among all events seen. */
  readonly index: number
  readonly name: string
  readonly uuid: string
  get(header: string): string | undefined
  readonly body: string
}

export interface EventSocket {
  readonly events: readonly SeenEvent[]
  /** Sends a command and gives the frame that answers it. */
  send(command: string): Promise<Frame>
  api(command: string): Promise<string>
  /** Reply-Text of a command. */
  reply(command: string): Promise<string>
  wait(what: string, test: (event: SeenEvent) => boolean, after?: number): Promise<SeenEvent>
  readonly isClosed: boolean
  close(): void
}

const LIMIT_MS = 20_000
/** More than a switch takes to tell of what it has done already. */
const FRAME_LIMIT_MS = 20_000

export async function openEventSocket(url: string, events?: string): Promise<EventSocket> {
  const { hostname, port, password } = new URL(url)
  const socket = connect(Number(port || 8021), hostname)
  const seen: SeenEvent[] = []
  const frames: Frame[] = []
  let asked = 0
  let buffer = Buffer.alloc(0)
  let isClosed = false

  const onFrame = (frame: Frame) => {
    const type = frame.headers.get('Content-Type')
    if (type === 'text/event-json') {
      const fields = JSON.parse(frame.body) as Record<string, string>
      seen.push({
        index: seen.length,
        name: fields['Event-Name'] ?? '',
        uuid: fields['Unique-ID'] ?? '',
        get: header => fields[header],
        body: fields['_body'] ?? '',
      })
    } else if (type === 'text/event-plain') {
      const { headers, body } = split(frame.body)
      seen.push({
        index: seen.length,
        name: headers.get('Event-Name') ?? '',
        uuid: headers.get('Unique-ID') ?? '',
        get: header => headers.get(header),
        body,
      })
    } else if (type !== 'text/disconnect-notice') frames.push(frame)
  }
  socket.on('data', piece => {
    buffer = Buffer.concat([buffer, piece as Buffer])
    for (;;) {
      const end = buffer.indexOf('\n\n')
      if (end < 0) return
      const { headers } = split(buffer.toString('utf8', 0, end))
      const length = Number(headers.get('Content-Length') ?? 0)
      if (buffer.length < end + 2 + length) return
      onFrame({ headers, body: buffer.toString('utf8', end + 2, end + 2 + length) })
      buffer = buffer.subarray(end + 2 + length)
    }
  })
  socket.on('error', () => undefined) // Its end is told by `close`.
  socket.on('close', () => (isClosed = true))

  /** Replies come in the order of the commands. */
  const frame = async (what: string): Promise<Frame> => {
    const place = asked++

    return until(what, () => frames[place], FRAME_LIMIT_MS, 5)
  }
  const client: EventSocket = {
    events: seen,
    get isClosed() {
      return isClosed
    },
    send(command) {
      socket.write(`${command}\n\n`)

      return frame(`the reply to ${command.split('\n')[0]}`)
    },
    async api(command) {
      return (await client.send(`api ${command}`)).body
    },
    async reply(command) {
      return (await client.send(command)).headers.get('Reply-Text') ?? ''
    },
    async wait(what, test, after = 0) {
      let at = after

      return until(
        what,
        () => {
          for (; at < seen.length; at++) {
            const event = seen[at]
            if (event && test(event)) return event
          }

          return undefined
        },
        LIMIT_MS,
        5,
      )
    },
    close: () => socket.destroy(),
  }
  await frame('the greeting')
  if (password !== '') await client.send(`auth ${decodeURIComponent(password)}`)
  if (events !== undefined) await client.send(`event json ${events}`)

  return client
}

function split(text: string): { headers: Map<string, string>; body: string } {
  const end = text.indexOf('\n\n')
  const headers = new Map<string, string>()
  for (const line of (end < 0 ? text : text.slice(0, end)).split('\n')) {
    const at = line.indexOf(': ')
    if (at > 0) headers.set(line.slice(0, at), decodeURIComponent(line.slice(at + 2)))
  }

  return { headers, body: end < 0 ? '' : text.slice(end + 2) }
}
