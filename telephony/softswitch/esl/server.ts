// The embedded switch's event socket: the door a stock FreeSWITCH client logs in at.
import { createServer } from 'node:net'
import type { DoorLog, SwitchDoor } from './door.ts'
import { createSession, type Session } from './session.ts'

export interface EventSocketOptions {
  readonly host: string
  /** 0 chooses one. */
  readonly port: number
  readonly password: string
  readonly door: SwitchDoor
  readonly log: DoorLog
}

export interface EventSocket {
  readonly port: number
  close(): Promise<void>
}

/** More clients than any site has; a leak in a client must not eat the switch. */
const MAX_CLIENTS = 64

export async function createEventSocket(options: EventSocketOptions): Promise<EventSocket> {
  const sessions = new Set<Session>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    if (sessions.size >= MAX_CLIENTS) {
      options.log.warn({ clients: sessions.size }, 'event socket client refused')
      socket.on('error', () => socket.destroy())
      socket.end(
        'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n',
      )
      return
    }
    const session: Session = createSession({
      socket,
      door: options.door,
      password: options.password,
      log: options.log,
      onClosed: () => sessions.delete(session),
    })
    sessions.add(session)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', err => options.log.error({ err }, 'event socket failed'))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const session of [...sessions]) session.close('Disconnected, the switch ends.\n')
      await closed
    },
  }
}
