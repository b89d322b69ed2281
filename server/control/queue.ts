// Waiting for an agent: joining, what the caller hears meanwhile, and every way out.
import type { AgentId, CallId, QueueId } from '../../telephony/call/id.ts'
import type { FactData } from '../ledger/fact.ts'
import { servedBefore } from '../routing/decide.ts'
import { estimateWait } from '../routing/estimate.ts'
import type { Waiter } from '../routing/floor.ts'
import { release } from './agent.ts'
import { tellFlow } from './flow.ts'
import { hangUp, legOf } from './leg.ts'
import { recorderFree } from './recording.ts'
import type { LiveAgent, LiveCall } from './state.ts'
import { CONNECTING, waitingText, waysText } from './text.ts'
import type { Turn } from './turn.ts'

export type Queued = Extract<LiveCall['stage'], { state: 'queued' }>
type Outcome = FactData['queue-left']['outcome']

/** Group of callers who wait for one agent; it has no agents of its own. */
export const DIRECT = 'direct'

export const waiterOf = (call: LiveCall, stage: Queued): Waiter => ({
  callId: call.id,
  queue: stage.queue,
  joinedAt: stage.joinedAt,
  priority: stage.priority,
  tried: stage.tried,
  offered: stage.offer !== undefined,
  ...(stage.direct === undefined ? {} : { direct: stage.direct }),
})

/** Everybody who waits for the group, first served first. */
export function waitersOf(turn: Turn, queue: string): readonly Waiter[] {
  const waiters: Waiter[] = []
  for (const call of turn.calls())
    if (call.stage.state === 'queued' && call.stage.queue === queue)
      waiters.push(waiterOf(call, call.stage))
  return waiters.sort(servedBefore)
}

export function joinQueue(
  turn: Turn,
  callId: CallId,
  queue: QueueId,
  priority: number,
  direct?: AgentId,
  joinedAt = turn.at,
): void {
  const call = turn.call(callId)
  if (!call) return
  const config = turn.settings.queueById.get(queue)
  const back = joinedAt !== turn.at
  const refusal: Outcome | undefined =
    !config && direct === undefined
      ? 'failed'
      : turn.settings.recorderFull === 'refuse' && !recorderFree(turn)
        ? 'failed'
        : config && !back && waitersOf(turn, queue).length >= config.capacity
          ? 'full'
          : undefined
  if (refusal) {
    turn.change(callId, { lastQueue: queue })
    turn.fact(callId, 'queue-left', { queue, outcome: refusal, waitMs: 0 })
    return tellFlow(turn, callId, {
      type: 'queue-left',
      outcome: refusal === 'full' ? 'full' : 'failed',
    })
  }
  turn.clearTimer(callId, 'flow')
  turn.change(callId, {
    // Who waits for one person still belongs to the group they came from.
    ...(direct === undefined ? { lastQueue: queue } : {}),
    queuedAt: call.queuedAt ?? turn.at,
    stage: {
      state: 'queued',
      queue,
      joinedAt,
      priority,
      tried: {},
      ...(direct === undefined ? {} : { direct }),
    },
  })
  const position = waitersOf(turn, queue).findIndex(waiter => waiter.callId === callId) + 1
  turn.fact(callId, 'queue-joined', { queue, priority, position })
  announce(turn, callId)
}

export const isFree = (agent: LiveAgent | undefined): boolean =>
  agent?.state === 'idle' && agent.phone === 'registered'

/** Position and an honest promise, then music until the next one. */
export function announce(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call?.customerLegId || call.stage.state !== 'queued') return
  const { queue, direct } = call.stage
  const ahead = waitersOf(turn, queue).findIndex(waiter => waiter.callId === callId)
  const team = [...turn.agents()].filter(
    agent =>
      direct === agent.id || turn.settings.agentById.get(agent.id)?.queues[queue] !== undefined,
  )
  const serving = team.filter(
    agent => agent.state !== 'signed-out' && agent.state !== 'busy',
  ).length
  const handle = turn.handleOf(queue)
  const estimate = estimateWait({
    ahead,
    serving,
    meanHandleMs: handle.meanMs,
    sampleCount: handle.count,
  })
  const ways = waysOf(turn, call)
  const text =
    ahead < team.filter(isFree).length
      ? CONNECTING
      : waitingText(ahead, estimate, waysText(ways.message, ways.callback))
  turn.fact(callId, 'queue-announced', { position: ahead + 1, ...estimate })
  turn.change(callId, { stage: { ...call.stage, playing: 'announcement' } })
  // The music follows within one play: a caller hears it even when no server is alive to ask for it.
  turn.speak(callId, call.customerLegId, [{ say: text }, { music: true }], 'announcement')
  turn.setTimer(
    callId,
    'announce',
    turn.at + (turn.settings.queueById.get(queue)?.announceEveryMs ?? 30_000),
  )
}

function waysOf(turn: Turn, call: LiveCall): { message: boolean; callback: boolean } {
  const flow = turn.settings.flows.find(entry => entry.flow.id === call.flow?.flow)?.flow
  const node = call.flow && flow?.nodes[call.flow.node]
  if (node?.kind !== 'queue') return { message: false, callback: false }
  return {
    message: node.askedForMessage !== undefined,
    callback: node.askedForCallback !== undefined,
  }
}

/** The announcement is over: music, until something else is to be said. */
export function playMusic(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call?.customerLegId || call.stage.state !== 'queued') return
  turn.change(callId, { stage: { ...call.stage, playing: 'music' } })
  turn.speak(callId, call.customerLegId, [{ music: true }], 'music', true)
}

export function onDigitWhileQueued(turn: Turn, callId: CallId, digit: string): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'queued') return
  const ways = waysOf(turn, call)
  if (digit === '2' && ways.message) leaveQueue(turn, callId, 'asked-for-message')
  if (digit === '3' && ways.callback) leaveQueue(turn, callId, 'asked-for-callback')
}

/** Writes how the wait ended; the phone that rings for it, if any, is called off. */
export function closeWait(turn: Turn, callId: CallId, outcome: Outcome): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'queued') return
  const { queue, joinedAt, offer } = call.stage
  const waitMs = turn.at - joinedAt
  turn.fact(callId, 'queue-left', { queue, outcome, waitMs })
  turn.change(callId, { waitedMs: waitMs })
  turn.clearTimer(callId, 'announce')
  turn.clearTimer(callId, 'ring')
  if (offer && outcome !== 'answered') callOff(turn, callId, offer.legId)
}

/** The caller no longer waits for this phone: it stops ringing, its agent is idle as before. */
export function callOff(
  turn: Turn,
  callId: CallId,
  offeredLegId: NonNullable<Queued['offer']>['legId'],
): void {
  const call = turn.call(callId)
  const agent = call && legOf(call, offeredLegId)?.agent
  hangUp(turn, callId, offeredLegId, 'cancelled')
  if (agent) release(turn, agent)
}

export function leaveQueue(
  turn: Turn,
  callId: CallId,
  outcome: 'timed-out' | 'no-agents' | 'asked-for-message' | 'asked-for-callback' | 'failed',
): void {
  const call = turn.call(callId)
  if (!call || call.stage.state !== 'queued') return
  closeWait(turn, callId, outcome)
  if (call.customerLegId) turn.hush(callId, call.customerLegId)
  turn.change(callId, { stage: { state: 'in-flow' } })
  tellFlow(turn, callId, { type: 'queue-left', outcome })
}
