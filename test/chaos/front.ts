// One address for browsers, as the web proxy of the production kit gives it: each connection goes to a server that answers.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { ClusterServer } from '../fixtures/cluster.ts'

export interface Front {
  readonly url: string
}

/** A server that does not say within this time that it lives gets no new connection. */
const ANSWER_MS = 2000

export async function openFront(t: Test, servers: readonly ClusterServer[]): Promise<Front> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const pick = async (): Promise<ClusterServer | undefined> => {
    const answers = servers
      .filter(server => server.isAlive())
      .map(async server => {
        if ((await server.role()) === undefined) throw new Error('no answer')
        return server
      })
    const late = new Promise<undefined>(resolve => setTimeout(resolve, ANSWER_MS, undefined))
    // Nobody serves: the client is turned away, as a web proxy does it.
    return Promise.race([Promise.any(answers).catch(() => undefined), late])
  }
  const door = createServer(async client => {
    keep(client)
    client.pause()
    const server = await pick()
    if (!server || client.destroyed) return void client.destroy()
    const behind = connect({ host: '127.0.0.1', port: server.ports.http, noDelay: true })
    keep(behind)
    client.on('close', () => behind.destroy())
    behind.on('close', () => client.destroy())
    client.pipe(behind)
    behind.pipe(client)
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  t.teardown(() => {
    door.close()
    for (const socket of sockets) socket.destroy()
  })
  return { url: `http://127.0.0.1:${(door.address() as AddressInfo).port}` }
}
