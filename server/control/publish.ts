// Pushes what changed to the desktops. Agents and calls at once; sums over the floor at most every 50 ms.
import { agentId, type AgentId, type CallId } from '../../telephony/call/id.ts'
import type { AlarmView, CallerView, TrunkView } from '../desktop/protocol.ts'
import type { CallerDirectory, Publisher } from './port.ts'
import type { LiveCall } from './state.ts'
import { agentView, callView, linesView, queueView, type Sight } from './view.ts'

const SUMS_EVERY_MS = 50

export interface FloorPublisher {
  changed(calls: ReadonlySet<CallId>, agents: ReadonlySet<AgentId>): void
  all(): void
  /** A trunk that is no more leaves the floor. */
  forgetTrunk(id: string): void
  alarm(alarm: AlarmView | { readonly id: string; readonly cleared: true }): void
  callerOf(call: LiveCall): CallerView | undefined
  close(): void
}

export function createFloorPublisher(deps: {
  sight: () => Sight
  trunks: () => readonly TrunkView[]
  publisher: Publisher
  callers: CallerDirectory
  onFault: (error: unknown) => void
}): FloorPublisher {
  const { sight, publisher } = deps
  const callers = new Map<CallId, CallerView>()
  /** Which agent's desk shows a call, so that it can be cleared when it no longer does. */
  const shownOn = new Map<AgentId, CallId>()
  let sums: NodeJS.Timeout | undefined

  const publishSums = () => {
    sums = undefined
    const now = sight()
    publisher.publish('floor', {
      lines: linesView(now),
      today: now.today.view(),
      ...Object.fromEntries(
        now.settings.queues.map(queue => [`queue/${queue.id}`, queueView(now, queue)]),
      ),
      ...Object.fromEntries(deps.trunks().map(trunk => [`trunk/${trunk.id}`, trunk])),
    })
  }
  const sumsLater = () => (sums ??= setTimeout(publishSums, SUMS_EVERY_MS))

  const publishAgent = (id: AgentId) => {
    const now = sight()
    const agent = now.agents.get(id)
    if (!agent) return
    const view = agentView(now, agent)
    publisher.publish('floor', { [`agent/${id}`]: view })
    const call = agent.callId === undefined ? undefined : now.calls.get(agent.callId)
    const shown = call && callView(now, call, agent, callers.get(call.id))
    if (shown) shownOn.set(id, call.id)
    else shownOn.delete(id)
    publisher.publish(`desk:${id}`, { agent: view, call: shown ?? null })
    if (call && !callers.has(call.id)) lookUp(call)
  }

  /** Never in the path of the call: what is known of the caller follows as a change. */
  const lookUp = (call: LiveCall) => {
    const number = call.direction === 'inbound' ? call.caller : call.callee
    callers.set(call.id, { number, callsLast30Days: 0, lastCalls: [] })
    deps.callers.lookUp(number).then(
      caller => {
        callers.set(call.id, caller)
        for (const [agent, shown] of shownOn) if (shown === call.id) publishAgent(agent)
      },
      (error: unknown) => deps.onFault(error),
    )
  }

  return {
    changed(calls, agents) {
      const now = sight()
      const toPublish = new Set(agents)
      for (const id of calls) {
        const call = now.calls.get(id)
        if (!call) callers.delete(id)
        for (const [agent, shown] of shownOn) if (shown === id) toPublish.add(agent)
        for (const leg of Object.values(call?.legs ?? {}))
          if (leg.agent !== undefined) toPublish.add(leg.agent)
      }
      for (const id of toPublish) publishAgent(id)
      sumsLater()
    },
    all() {
      for (const id of sight().agents.keys()) publishAgent(agentId(id))
      sumsLater()
    },
    forgetTrunk: id => publisher.publish('floor', {}, [`trunk/${id}`]),
    alarm(alarm) {
      if ('cleared' in alarm) publisher.publish('floor', {}, [`alarm/${alarm.id}`])
      else publisher.publish('floor', { [`alarm/${alarm.id}`]: alarm })
    },
    callerOf: call => callers.get(call.id),
    close() {
      clearTimeout(sums)
    },
  }
}
