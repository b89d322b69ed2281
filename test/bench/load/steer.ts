// What the control loop does for the calls of a bench, without its waiting: claim, answer, ring the other side, bridge, record.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Destination } from '../../../telephony/call/command.ts'
import type { CallEvent } from '../../../telephony/call/event.ts'
import { legId, type LegId } from '../../../telephony/call/id.ts'
import type { Telephony } from '../../../telephony/index.ts'

const CONNECT_MS = 5_000
const GUARD_MS = 600_000
const RING_MS = 10_000
/** Numbers of callers and called, as callers.ts makes them. */
const CALLER = 13_900_000_000
const CALLED = 9_000_000

export interface Legs {
  readonly living: Set<LegId>
  /** Commands the switch has refused. */
  readonly faults: string[]
  /** Steers no longer. */
  release(): void
}

export function steer(
  telephony: Telephony,
  deps: {
    /** The way to the other half of a call; without one a caller is answered, and that is all. */
    readonly ring?: (number: string) => Destination
    readonly recordingFolder?: string
  },
): Legs {
  const numbers = new Map<string, { n: number; callerNumber: string }>()
  const outbound = new Set<LegId>()
  const parked = new Set<LegId>()
  const perform = (...commands: Parameters<Telephony['perform']>[0][]) => {
    for (const command of commands) void telephony.perform(command)
  }
  const onEvent = (event: CallEvent) => {
    switch (event.type) {
      case 'leg-created':
        legs.living.add(event.legId)
        if (event.direction === 'outbound') return void outbound.add(event.legId)
        return void numbers.set(event.callId, {
          n: Number(event.callerNumber) - CALLER,
          callerNumber: event.callerNumber,
        })
      case 'leg-ended':
        return void legs.living.delete(event.legId)
      case 'command-failed':
        return void legs.faults.push(`${event.command}: ${event.reason}`)
      case 'leg-parked': {
        const { legId: id, callId: call } = event
        // A leg parks again when its partner is gone.
        if (parked.has(id)) return
        parked.add(id)
        if (outbound.has(id))
          return perform({ type: 'bridge-legs', legId: legId(call), otherLegId: id })
        return perform(
          { type: 'guard-leg', legId: id, callId: call, forMs: GUARD_MS },
          { type: 'answer-leg', legId: id },
        )
      }
      case 'leg-answered': {
        const caller = numbers.get(event.callId)
        if (!deps.ring || outbound.has(event.legId) || !caller) return
        return perform({
          type: 'originate-leg',
          legId: legId(randomUUID()),
          callId: event.callId,
          to: deps.ring(String(CALLED + caller.n)),
          callerNumber: caller.callerNumber,
          timeoutMs: RING_MS,
          autoAnswer: false,
        })
      }
      case 'legs-bridged': {
        if (!deps.recordingFolder || outbound.has(event.legId)) return
        const path = join(deps.recordingFolder, `${event.legId}.wav`)
        return perform({ type: 'start-recording', legId: event.legId, path })
      }
    }
  }
  const legs: Legs = { living: new Set(), faults: [], release: telephony.onEvent(onEvent) }
  return legs
}

export async function connected(telephony: Telephony): Promise<void> {
  if (telephony.connected) return
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('the switch does not answer')), CONNECT_MS)
    telephony.onStatus(status => {
      if (status.state !== 'connected') return
      clearTimeout(limit)
      resolve()
    })
  })
}

export async function hangUpAll(telephony: Telephony, { living }: Legs): Promise<void> {
  for (const id of living)
    void telephony.perform({ type: 'hang-up-leg', legId: id, cause: 'normal' })
  await ended(living)
}

/** Waits until nobody is on the line any more. */
export async function ended(living: ReadonlySet<LegId>): Promise<void> {
  const until = performance.now() + CONNECT_MS
  while (living.size > 0 && performance.now() < until)
    await new Promise(resolve => setTimeout(resolve, 20))
  if (living.size > 0) console.error(`${living.size} legs did not end`)
}
