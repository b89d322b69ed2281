// The site's API as a client behind a web proxy has it: a server that is dead or silent is left out, and what it did not answer is
// asked of another with the same Idempotency-Key.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import type { ClusterServer } from '../fixtures/cluster.ts'
import type { ApiOptions, Demo } from '../fixtures/demo.ts'

/** A site between two owners is asked again for so long. */
const ASK_AGAIN_MS = 3000
const CHECK_EVERY_MS = 200
/** Silent for so long: no more requests go there until it answers again. */
const SILENT_MS = 500

export interface Door {
  readonly api: Demo['api']
  readonly done: Demo['done']
}

export function openDoor(t: Test, servers: readonly ClusterServer[]): Door {
  const silent = new Set<ClusterServer>()
  const checking = new Set<ClusterServer>()
  const check = async (server: ClusterServer) => {
    if (checking.has(server)) return
    checking.add(server)
    const asked = server.role()
    const late = await Promise.race([asked.then(() => false), pause(SILENT_MS, true)])
    if (late) silent.add(server)
    await asked
    silent.delete(server)
    checking.delete(server)
  }
  const timer = setInterval(() => {
    for (const server of servers) if (server.isAlive()) void check(server)
  }, CHECK_EVERY_MS)
  t.teardown(() => clearInterval(timer))
  const silence = async (server: ClusterServer, isOver: () => boolean) => {
    while (!isOver() && !silent.has(server)) await pause(CHECK_EVERY_MS)
    return undefined
  }

  const api: Demo['api'] = async (path, options: ApiOptions = {}) => {
    const headers = {
      ...(options.method === 'POST' && { 'idempotency-key': randomUUID() }),
      ...options.headers,
    }
    let last: unknown
    for (const limit = performance.now() + ASK_AGAIN_MS; performance.now() < limit;) {
      for (const server of servers.filter(one => one.isAlive() && !silent.has(one))) {
        let isOver = false
        try {
          const answer = await Promise.race([
            server.api(path, { ...options, headers }),
            silence(server, () => isOver),
          ])
          if (answer && answer.status < 500) return answer
          last = new Error(`${path}: ${answer?.status ?? 'no answer'}`)
        } catch (error) {
          last = error
        } finally {
          isOver = true
        }
      }
      await pause(20)
    }
    throw last ?? new Error('no server is alive')
  }
  return {
    api,
    async done(path, options = {}) {
      const answer = await api(path, options)
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.bytes}`)
      return answer.body
    },
  }
}
