// What desktops see, made from the floor. Pure.
import type {
  AgentState,
  AgentView,
  CallerView,
  CallView,
  LinesView,
  QueueView,
} from '../desktop/protocol.ts'
import type { AgentConfig, QueueConfig } from '../api/schema.ts'
import { servedBefore } from '../routing/decide.ts'
import { estimateWait } from '../routing/estimate.ts'
import type { Today } from '../live/today.ts'
import { linesOf } from './line.ts'
import type { SettingsIndex } from './turn.ts'
import { isRecording } from './recording.ts'
import { waiterOf } from './queue.ts'
import type { LiveAgent, LiveCall } from './state.ts'

export interface Sight {
  readonly calls: ReadonlyMap<string, LiveCall>
  readonly agents: ReadonlyMap<string, LiveAgent>
  readonly settings: SettingsIndex
  readonly today: Today
  readonly now: number
}

export function agentView(sight: Sight, agent: LiveAgent): AgentView {
  const config = sight.settings.agentById.get(agent.id)
  const call = agent.callId === undefined ? undefined : sight.calls.get(agent.callId)
  return {
    id: agent.id,
    name: config?.name ?? agent.id,
    state: agent.state,
    since: agent.since,
    ...(agent.reason === undefined ? {} : { reason: agent.reason }),
    ...(agent.next === undefined ? {} : { next: agent.next }),
    queues: queueNamesOf(config),
    phone: agent.phone,
    autoAnswer: agent.autoAnswer,
    ...(agent.callId === undefined ? {} : { callId: agent.callId }),
    ...(call === undefined ? {} : { withNumber: otherNumberOf(call) }),
    ...(agent.wrapUpUntil === undefined ? {} : { wrapUpUntil: agent.wrapUpUntil }),
    today: sight.today.agentView(agent.id),
  }
}

const queueNamesOf = (config: AgentConfig | undefined) => Object.keys(config?.queues ?? {})
const otherNumberOf = (call: LiveCall) => (call.direction === 'inbound' ? call.caller : call.callee)

const STATES: readonly AgentState[] = [
  'signed-out',
  'idle',
  'reserved',
  'ringing',
  'talking',
  'on-hold',
  'wrap-up',
  'busy',
]

export function queueView(sight: Sight, config: QueueConfig): QueueView {
  const agents = Object.fromEntries(STATES.map(state => [state, 0])) as Record<AgentState, number>
  let serving = 0
  for (const agent of sight.agents.values()) {
    if (sight.settings.agentById.get(agent.id)?.queues[config.id] === undefined) continue
    agents[agent.state]++
    if (agent.state !== 'signed-out' && agent.state !== 'busy') serving++
  }
  const waiters = []
  for (const call of sight.calls.values()) {
    if (call.stage.state === 'queued' && call.stage.queue === config.id)
      waiters.push({
        ...waiterOf(call, call.stage),
        number: call.caller,
        offeredTo: call.stage.offer?.agent,
      })
  }
  waiters.sort(servedBefore)
  const handle = sight.today.handleOf(config.id)
  const estimate = estimateWait({
    ahead: waiters.length,
    serving,
    meanHandleMs: handle.meanMs,
    sampleCount: handle.count,
  })
  const oldest = waiters.reduce<number | undefined>(
    (least, waiter) => (least === undefined || waiter.joinedAt < least ? waiter.joinedAt : least),
    undefined,
  )
  return {
    id: config.id,
    name: config.name,
    waiting: waiters.length,
    ...(oldest === undefined ? {} : { oldestJoinedAt: oldest }),
    waiters: waiters.slice(0, 50).map(({ callId, joinedAt, number, priority, offeredTo }) => ({
      callId,
      joinedAt,
      number,
      priority,
      ...(offeredTo === undefined ? {} : { offeredTo }),
    })),
    ...(estimate === undefined ? {} : { estimate }),
    agents,
    today: sight.today.queueView(config.id),
    levels: sight.today.levels(config.id, sight.now),
  }
}

export function linesView(sight: Sight): LinesView {
  const { limit, flowLimit, recordingLimit } = sight.settings.lines
  const view = { used: 0, inFlow: 0, recording: 0, waiting: 0, talking: 0 }
  const lines = []
  for (const call of sight.calls.values()) {
    const used = linesOf(call)
    view.used += used
    if (isRecording(call)) view.recording++
    if (call.stage.state === 'in-flow' || call.stage.state === 'offered') view.inFlow++
    if (call.stage.state === 'queued') view.waiting++
    if (call.stage.state === 'talking' || call.stage.state === 'connected') view.talking++
    if (used > 0)
      lines.push({
        callId: call.id,
        number: otherNumberOf(call),
        node: call.node,
        state: lineState(call),
        since: 'since' in call.stage ? call.stage.since : call.startedAt,
      })
  }
  return { ...view, limit, flowLimit, recordingLimit, lines }
}

const lineState = (call: LiveCall): string =>
  call.stage.state === 'talking' && call.stage.heldAt !== undefined ? 'on-hold' : call.stage.state

/** The call as this agent sees it; undefined when it is not theirs (any more). */
export function callView(
  sight: Sight,
  call: LiveCall,
  agent: LiveAgent,
  caller: CallerView | undefined,
): CallView | undefined {
  const shown = shownState(call, agent)
  if (!shown) return undefined
  const config =
    call.lastQueue === undefined ? undefined : sight.settings.queueById.get(call.lastQueue)
  const offer = call.stage.state === 'queued' ? call.stage.offer : undefined
  const number = otherNumberOf(call)
  return {
    id: call.id,
    direction: call.direction,
    ...shown,
    caller: caller ?? { number, callsLast30Days: 0, lastCalls: [] },
    callee: call.callee,
    ...(call.lastQueue === undefined
      ? {}
      : { queue: call.lastQueue, queueName: config?.name ?? call.lastQueue }),
    ...(call.waitedMs === undefined ? {} : { waitedMs: call.waitedMs }),
    ...(call.talkBeganAt === undefined ? {} : { answeredAt: call.talkBeganAt }),
    ...(offer
      ? {
          ringUntil: offer.ringUntil,
          reason: {
            rule: offer.reason.rule,
            idleMs: offer.reason.idleMs,
            skillLevel: offer.reason.skillLevel,
          },
        }
      : {}),
    ...(agent.wrapUpUntil === undefined ? {} : { wrapUpUntil: agent.wrapUpUntil }),
    // Shown also when nothing is recorded, so that the mask can be taken off.
    recording: call.masked
      ? 'masked'
      : call.recording
        ? ({ on: 'on', masked: 'masked', failed: 'failed', stopping: 'off' } as const)[
            call.recording.state
          ]
        : 'off',
    ...(call.lane === undefined ? {} : { lane: call.lane }),
    ...(call.transcript && { transcript: call.transcript.state }),
    muted: call.stage.state === 'talking' && call.stage.muted,
    others: othersOf(call),
    described: call.described,
  }
}

type Shown = Pick<CallView, 'state' | 'since'> & { readonly legId?: string }

function shownState(call: LiveCall, agent: LiveAgent): Shown | undefined {
  const { stage } = call
  if (agent.state === 'wrap-up' && agent.callId === call.id)
    return { state: 'wrap-up', since: agent.since }
  if (stage.state === 'queued' && stage.offer?.agent === agent.id)
    return { state: 'ringing', since: stage.offer.at, legId: stage.offer.legId }
  if (stage.state === 'dialling' && stage.agent === agent.id)
    return { state: 'dialling', since: stage.since, legId: stage.legId }
  if (stage.state === 'talking' && stage.agent === agent.id) {
    const state = stage.consult ? 'consulting' : stage.heldAt !== undefined ? 'on-hold' : 'talking'
    return {
      state,
      since: stage.heldAt ?? stage.consult?.since ?? call.talkBeganAt ?? stage.since,
      legId: stage.legId,
    }
  }
  // The one who is called inside, or asked for advice.
  const own = Object.values(call.legs).find(
    leg => leg.agent === agent.id && leg.role !== 'supervisor',
  )
  if (!own || agent.callId !== call.id) return undefined
  return {
    state: own.state === 'answered' ? 'talking' : 'ringing',
    since: own.answeredAt ?? own.createdAt,
    legId: own.id,
  }
}

const othersOf = (call: LiveCall): CallView['others'] => [
  ...(call.stage.state === 'talking' && call.stage.consult
    ? [
        {
          kind: call.stage.consult.agent ? ('agent' as const) : ('number' as const),
          label: call.stage.consult.number,
          state: call.stage.room === undefined ? call.stage.consult.state : 'joined',
        },
      ]
    : []),
  ...call.monitors.map(entry => ({
    kind: 'supervisor' as const,
    label: String(entry.supervisor),
    state: entry.mode,
  })),
]
