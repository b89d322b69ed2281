// The edge of adoption: listens to the switches, asks each what is true, and lets the loop take its calls up.
import type { CallEvent } from '../../telephony/call/event.ts'
import type { Telephony } from '../../telephony/index.ts'
import { alarmCauseOf } from './switch-problem.ts'
import { eventsSince, releaseStranded, takeUp } from './adopt.ts'
import type { Alarms } from './alarms.ts'
import type { Log, Loop } from './loop.ts'
import type { Mandate } from './port.ts'
import { step } from './step.ts'
import type { Trunks } from './trunks.ts'
import type { Floor } from './turn.ts'

/** Between two tries to learn what a connected switch holds. */
const ADOPT_AGAIN_MS = 1000
const CONNECT_MS = 3000

export interface AdoptionDeps {
  readonly telephonies: readonly Telephony[]
  readonly loop: Loop
  readonly floor: Floor
  readonly alarms: Alarms
  readonly mandate: Mandate
  readonly trunks: Pick<Trunks, 'learn' | 'lost'>
  /** Who we are in `call-adopted` facts. */
  readonly serverName: string
  readonly now: () => number
  readonly log: Log
}

export interface Adoption {
  /** Resolves when every switch that answers is adopted. */
  begin(): Promise<void>
  isAdopted(node: string): boolean
  /** Listens no longer. */
  end(): void
  /** What we said of the switches is no longer ours to say. */
  clearAlarms(): void
}

export function createAdoption(deps: AdoptionDeps): Adoption {
  const { loop, floor, alarms, log, now } = deps
  const waiting = new Map<string, CallEvent[]>()
  const adopted = new Set<string>()
  const leavers: (() => void)[] = []
  let ended = false

  const listen = (telephony: Telephony) => {
    const node = telephony.nodeName
    waiting.set(node, [])
    const onEvent = (event: CallEvent) => {
      // Kept by whoever listens (server/capture); it changes nothing on the floor.
      if (event.type === 'leg-quality') return
      const held = waiting.get(node)
      if (held) held.push(event)
      else loop.input({ type: 'event', node, event })
      if (event.type === 'recording-started') alarms.clearAlarm('recording')
      if (event.type === 'recording-stopped' && event.fault !== undefined)
        alarms.raiseAlarm('recording', 'critical', 'recording-fault', event.fault)
      if (event.type === 'command-failed' && event.command === 'start-recording')
        alarms.raiseAlarm('recording', 'critical', 'recording-fault', event.reason)
    }
    leavers.push(
      telephony.onEvent(onEvent),
      telephony.onStatus(status => {
        if (status.state !== 'connected') {
          deps.trunks.lost(node)
          return alarms.raiseAlarm(`switch-${node}`, 'critical', alarmCauseOf(status.reason), node)
        }
        alarms.clearAlarm(`switch-${node}`)
        void adoptUntilDone(telephony)
      }),
    )
    if (telephony.connected) return adoptUntilDone(telephony)
    // Nobody tells of a connection that was lost before we listened; one that is being made is given time.
    setTimeout(() => {
      if (!ended && !telephony.connected)
        alarms.raiseAlarm(`switch-${node}`, 'critical', alarmCauseOf(telephony.problem), node)
    }, CONNECT_MS).unref()
    return Promise.resolve()
  }

  const adoptUntilDone = (telephony: Telephony): Promise<void> =>
    adopt(telephony).catch((error: unknown) => {
      if (ended) return
      log.error({ err: error, node: telephony.nodeName }, 'adoption failed')
      setTimeout(() => {
        if (!ended && telephony.connected) void adoptUntilDone(telephony)
      }, ADOPT_AGAIN_MS).unref()
    })

  async function adopt(telephony: Telephony): Promise<void> {
    const node = telephony.nodeName
    const first = !adopted.has(node)
    await deps.mandate.claim(node)
    deps.trunks.learn(telephony)
    const [legs, phones] = await Promise.all([telephony.liveLegs(), telephony.registrations()])
    if (ended) return
    for (const phone of phones)
      loop.input({
        type: 'event',
        node,
        event: { type: 'phone-registered', at: now(), agentId: phone, transport: 'unknown' },
      })
    // What it no longer knows, its driver has told: phones that it has forgotten, legs that are gone.
    if (!first) return
    await loop.ask(turn => {
      const mine = [...turn.calls()].filter(call => call.node === node)
      for (const event of eventsSince(mine, node, legs, turn.at, telephony.startedAt))
        step(turn, { type: 'event', node, event })
      for (const call of mine) takeUp(turn, call.id, deps.serverName)
      releaseStranded(turn)
    })
    adopted.add(node)
    const held = waiting.get(node) ?? []
    waiting.delete(node)
    for (const event of held) loop.input({ type: 'event', node, event })
    log.info({ node, legs: legs.length, calls: floor.calls.size }, 'switch adopted')
  }

  return {
    begin: async () => void (await Promise.all(deps.telephonies.map(listen))),
    isAdopted: node => adopted.has(node),
    end() {
      ended = true
      for (const leave of leavers.splice(0)) leave()
    },
    clearAlarms() {
      for (const { nodeName } of deps.telephonies) alarms.clearAlarm(`switch-${nodeName}`)
      alarms.clearAlarm('recording')
    },
  }
}
