// The edge of the state doctor: hears what the switches show, looks at the floor every second, and gives the loop what it is sure of.
import type { AgentId } from '../../../telephony/call/id.ts'
import type { SwitchLook, Telephony } from '../../../telephony/index.ts'
import { eventsSince } from '../adopt.ts'
import type { Alarms } from '../alarms.ts'
import type { Log, Loop } from '../loop.ts'
import type { Floor } from '../turn.ts'
import type { Presence } from './agents.ts'
import { diagnoseFloor, diagnoseSwitch, type KnownEnds } from './diagnose.ts'
import type { Finding } from './finding.ts'
import { createKeeper, type KeeperDeps } from './keep.ts'
import { createSuspicion } from './suspicion.ts'

export interface DoctorDeps extends KeeperDeps {
  readonly floor: Floor
  readonly loop: Pick<Loop, 'input' | 'ask'>
  readonly telephonies: readonly Telephony[]
  /** Whether the calls of this switch have been taken up; before that nothing is wrong, only unknown. */
  readonly isAdopted: (node: string) => boolean
  readonly ends: KnownEnds
  readonly alarms: Alarms
  /** Whether a desktop of this agent is connected; absent where other servers have desktops too. */
  readonly hasDesktop?: (agent: AgentId) => boolean
  readonly now: () => number
  readonly log: Log
}
export interface Doctor {
  close(): void
}

const LOOK_EVERY_MS = 1000
/** What a switch showed longer ago says nothing of now. */
const FRESH_MS = 3500
/** A busy switch may be late; one that shows nothing for longer can't be compared with. */
const BLIND_MS = 8000
const FLOOR = 'floor'

export function createDoctor(deps: DoctorDeps): Doctor {
  const { floor, loop, log } = deps
  const suspicion = createSuspicion()
  const keeper = createKeeper(deps)
  const phones = new Map<
    string,
    { readonly heardAtMs: number; readonly list: SwitchLook['phones'] }
  >()
  /** By the clock that nobody sets. */
  const goneSince = new Map<AgentId, number>()
  const leavers: (() => void)[] = []
  const connectedAtMs = new Map<string, number>()
  const blind = new Set<string>()
  const startedAtMs = performance.now()
  let closed = false

  const mend = (kind: string, findings: readonly Finding[], node: string) => {
    for (const finding of suspicion.confirm(kind, findings, deps.now())) {
      const { cause, callId, agentId, legId } = finding
      log.warn({ cause, callId, agentId, legId, node }, 'state repaired')
      loop.input({ type: 'found', finding, node: finding.node ?? node })
      if (finding.remedy.type === 'adopt') adopt(finding, node)
    }
  }

  /** Rare, so the whole list is read for one leg. */
  const adopt = (finding: Finding, node: string) => {
    const telephony = deps.telephonies.find(({ nodeName }) => nodeName === node)
    telephony?.liveLegs().then(
      legs => {
        const own = legs.filter(leg => leg.legId === finding.legId)
        if (closed) return
        for (const event of eventsSince([], node, own, deps.now(), telephony.startedAt))
          loop.input({ type: 'event', node, event })
      },
      (error: unknown) => log.warn({ err: error, node }, 'stray caller could not be taken up'),
    )
  }

  const onLook = (telephony: Telephony, look: SwitchLook) => {
    const node = telephony.nodeName
    if (closed) return
    if (!deps.isAdopted(node)) return suspicion.forget(node)
    phones.set(node, { heardAtMs: performance.now(), list: look.phones })
    mend(node, diagnoseSwitch(floor, node, look), node)
  }

  /** Known only when every switch has said it just now. */
  const registered = (): Presence['phones'] => {
    const all = new Set<AgentId>()
    for (const { nodeName } of deps.telephonies) {
      const heard = phones.get(nodeName)
      if (!heard?.list || performance.now() - heard.heardAtMs > FRESH_MS) return undefined
      for (const agent of heard.list) all.add(agent)
    }
    return all
  }

  const notePresence = () => {
    for (const { id, phone } of floor.agents.values()) {
      const isGone = phone === 'unregistered' && deps.hasDesktop?.(id) === false
      if (!isGone) goneSince.delete(id)
      else if (!goneSince.has(id)) goneSince.set(id, performance.now())
    }
  }

  /** Connected, and yet it shows nothing that can be read: nothing is concluded, and somebody must know. */
  const noteBlindness = () => {
    for (const { nodeName: node, connected } of deps.telephonies) {
      const heardAtMs = phones.get(node)?.heardAtMs ?? connectedAtMs.get(node) ?? startedAtMs
      const isBlind = connected && deps.isAdopted(node) && performance.now() - heardAtMs > BLIND_MS
      if (isBlind === blind.has(node)) continue
      if (isBlind) {
        blind.add(node)
        deps.alarms.raiseAlarm(`looks-${node}`, 'warning', 'switch-unreadable', node)
      } else {
        blind.delete(node)
        deps.alarms.clearAlarm(`looks-${node}`)
      }
    }
  }

  const lookAtFloor = () => {
    const at = deps.now()
    noteBlindness()
    notePresence()
    const list = registered()
    const presence: Presence = {
      goneSince(id) {
        const sinceMs = goneSince.get(id)
        return sinceMs === undefined ? undefined : at - (performance.now() - sinceMs)
      },
      ...(list === undefined ? {} : { phones: list }),
    }
    mend(FLOOR, diagnoseFloor(floor, presence, deps.ends, at), deps.telephonies[0]?.nodeName ?? '')
    keeper.look().catch(() => undefined) // The store is away, and says so itself; it is looked at again.
  }

  for (const telephony of deps.telephonies) {
    leavers.push(
      telephony.onLook(look => onLook(telephony, look)),
      telephony.onStatus(status => {
        connectedAtMs.set(telephony.nodeName, performance.now())
        if (status.state === 'connected') return
        suspicion.forget(telephony.nodeName)
        phones.delete(telephony.nodeName)
      }),
    )
  }
  const timer = setInterval(lookAtFloor, LOOK_EVERY_MS)

  return {
    close() {
      closed = true
      keeper.close()
      clearInterval(timer)
      for (const leave of leavers.splice(0)) leave()
    },
  }
}
