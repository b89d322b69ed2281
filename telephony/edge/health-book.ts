// What is known of each node and each trunk: fed by OPTIONS and by what becomes of calls.
import { reduceHealth, type Health as TrunkHealth, type HealthEvent } from '../trunk/health.ts'
import { countPing, FIRST_PING, type PingCount } from '../trunk/ping.ts'
import { onProbe, outcomeOf, unknownHealth, type Health } from './health.ts'
import type { Target } from './target.ts'

export interface HealthBook {
  node(name: string): Health
  trunk(id: string): TrunkHealth
  /** `sipStatus` undefined: no answer in time. */
  onNodePing(name: string, sipStatus: number | undefined, at: number): void
  onTrunkPing(
    id: string,
    sipStatus: number | undefined,
    input: { readonly at: number; readonly failuresToDown: number },
  ): void
  /** A call met silence or the far side's trouble. */
  onCallFailed(target: Target, sipStatus: number | undefined, at: number): void
  onCallTaken(target: Target, at: number): void
}

/** Two lost OPTIONS in a row are no accident. */
const NODE_FAILURES_TO_DOWN = 2
const NO_ANSWER_STATUS = 408 // RFC 3261 §8.1.3.1: a time-out is treated as this.

export function createHealthBook(): HealthBook {
  const nodes = new Map<string, Health>()
  const trunks = new Map<string, TrunkHealth>()
  const pings = new Map<string, PingCount>()

  const node = (name: string) => nodes.get(name) ?? unknownHealth(0)
  const trunk = (id: string): TrunkHealth => trunks.get(id) ?? { state: 'unknown', since: 0 }
  const tellTrunk = (id: string, event: HealthEvent) =>
    void trunks.set(id, reduceHealth(trunk(id), event))
  const probeNode = (name: string, sipStatus: number | undefined, at: number) =>
    void nodes.set(
      name,
      onProbe(node(name), outcomeOf(sipStatus), { at, failuresToDown: NODE_FAILURES_TO_DOWN }),
    )

  return {
    node,
    trunk,
    onNodePing: probeNode,
    onTrunkPing(id, sipStatus, { at, failuresToDown }) {
      const status = sipStatus ?? NO_ANSWER_STATUS
      const ping = countPing(pings.get(id) ?? FIRST_PING, { status, failuresToDown })
      pings.set(id, ping)
      tellTrunk(id, {
        type: 'gateway-told',
        at,
        registration: 'none',
        ping: ping.status,
        status,
      })
    },
    onCallFailed(target, sipStatus, at) {
      if (target.kind === 'trunk')
        tellTrunk(target.name, {
          type: 'call-failed',
          at,
          ...(sipStatus === undefined ? {} : { status: sipStatus }),
        })
      // A node's 503 to one call says nothing of others (nobody claimed it); its silence does.
      else if (sipStatus === undefined) probeNode(target.name, undefined, at)
    },
    onCallTaken(target, at) {
      if (target.kind === 'trunk') tellTrunk(target.name, { type: 'call-taken', at })
    },
  }
}
