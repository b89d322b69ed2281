// OPTIONS to every node and trunk, every few seconds: who answers gets calls.
import type { SipMessage, SipServer } from './drachtio.ts'
import type { Guard } from './guard.ts'
import { sipUri } from './target.ts'

const LOOK_EVERY_MS = 500
const NODE_EVERY_MS = 2_000
const ANSWER_MS = 2_000

export interface Probe {
  close(): void
}

export function createProbe(
  server: SipServer,
  guard: Guard,
  { now, isConnected }: { now: () => number; isConnected: () => boolean },
): Probe {
  const dueAt = new Map<string, number>()

  /** True when its time has come; the next time is set then. */
  const isDue = (key: string, everyMs: number, at: number): boolean => {
    if (at < (dueAt.get(key) ?? 0)) return false
    dueAt.set(key, at + everyMs)
    return true
  }

  const look = () => {
    // Without drachtio nobody could answer: what is known stays.
    if (!isConnected()) return
    const at = now()
    const { nodes, trunks } = guard.settings()
    for (const node of nodes) {
      if (!isDue(`node ${node.name}`, NODE_EVERY_MS, at)) continue
      void ping(server, sipUri('', node)).then(status =>
        guard.health.onNodePing(node.name, status, now()),
      )
    }
    for (const { id, address, options, enabled, access } of trunks) {
      const { everyS, failuresToDown } = options
      if (!enabled || everyS === 0 || access.type !== 'ip-trust') continue
      if (!isDue(`trunk ${id}`, everyS * 1000, at)) continue
      void ping(server, sipUri('', address)).then(status =>
        guard.health.onTrunkPing(id, status, { at: now(), failuresToDown }),
      )
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return { close: () => clearInterval(timer) }
}

/** Status of the answer; undefined: none in time. */
function ping(server: SipServer, uri: string): Promise<number | undefined> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(undefined), ANSWER_MS)
    const done = (status: number | undefined) => {
      clearTimeout(timer)
      resolve(status)
    }
    server.request(uri, { method: 'OPTIONS' }, (error, request) => {
      if (error || !request) return done(undefined)
      request.on('response', ({ status, source_address }: SipMessage) =>
        // sofia answers in the far side's place when nothing could be sent: such an answer comes from nowhere.
        done(source_address === '' && status === 503 ? undefined : status),
      )
    })
  })
}
