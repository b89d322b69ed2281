// Runs a call's flow: inputs in, the flow's actions out as commands, facts and moves of the call.
import {
  enterFlow,
  FlowLoops,
  FlowNodeUnknown,
  reenterFlow,
  stepFlow,
} from '../../ivr-flows/index.ts'
import type { Flow, FlowAction, FlowContext, FlowInput, FlowStep } from '../../ivr-flows/node.ts'
import { agentId, queueId, type CallId } from '../../telephony/call/id.ts'
import type { LaneReason } from '../../ivr-flows/index.ts'
import type { FactData, Result } from '../ledger/fact.ts'
import { hangUp, legOf } from './leg.ts'
import { beginListening, endListening } from './listen.ts'
import { beginMessage, stopMessage } from './message.ts'
import { joinQueue } from './queue.ts'
import { dialOut } from './transfer.ts'
import type { Turn } from './turn.ts'

const contextOf = (turn: Turn, callId: CallId): FlowContext => ({
  at: turn.at,
  openingOf: turn.settings.openingOf,
  hears: turn.hears,
  isElder: turn.settings.elderNumbers.has(turn.call(callId)?.caller ?? ''),
})
const flowOf = (turn: Turn, id: string) => turn.settings.flows.find(entry => entry.flow.id === id)

/** Starts the flow published for the number called; without one the number is unknown. */
export function startFlow(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  if (!call) return
  const number = turn.settings.numbers.find(entry => entry.number === call.callee)
  const entry = number && flowOf(turn, number.flow)
  if (!entry) return hangUp(turn, callId, call.customerLegId, 'unknown-number')
  turn.fact(callId, 'flow-entered', { flow: entry.flow.id, version: entry.version })
  const inFlow = [...turn.calls()].filter(other => other.stage.state === 'in-flow').length
  turn.change(callId, { stage: { state: 'in-flow' } })
  const variables = { caller: call.caller, callee: call.callee }
  if (inFlow >= turn.settings.lines.flowLimit)
    return skipToQueue(turn, callId, entry.flow, variables)
  follow(turn, callId, () => enterFlow(entry.flow, variables, contextOf(turn, callId)))
}

/** All IVR lines are in use: the caller goes straight to the first group the flow knows (design part 5). */
function skipToQueue(
  turn: Turn,
  callId: CallId,
  flow: Flow,
  variables: Readonly<Record<string, string>>,
): void {
  const found = Object.entries(flow.nodes).find(([, node]) => node.kind === 'queue')
  const call = turn.call(callId)
  if (!call?.customerLegId) return
  if (!found || found[1].kind !== 'queue') return hangUp(turn, callId, call.customerLegId, 'busy')
  const [node, { queue, priority }] = found
  turn.change(callId, {
    flow: { flow: flow.id, node, attempt: 1, digits: '', speaking: false, variables },
  })
  turn.command(call, { type: 'answer-leg', legId: call.customerLegId })
  joinQueue(turn, callId, queueId(queue), priority)
}

/** Tells the flow; calls that have none are ended by what would have moved it. */
export function tellFlow(turn: Turn, callId: CallId, input: FlowInput): void {
  const call = turn.call(callId)
  if (!call) return
  const entry = call.flow && flowOf(turn, call.flow.flow)
  if (!call.flow || !entry) {
    if (
      input.type === 'queue-left' ||
      input.type === 'talk-ended' ||
      input.type === 'transfer-failed'
    )
      hangUp(turn, callId, call.customerLegId)
    return
  }
  const { flow } = call
  follow(turn, callId, () => stepFlow(entry.flow, flow, input, contextOf(turn, callId)))
}

/** After a restart the node that was being heard begins again. */
export function resumeFlow(turn: Turn, callId: CallId): void {
  const call = turn.call(callId)
  const entry = call?.flow && flowOf(turn, call.flow.flow)
  if (!call?.flow || !entry) return
  const position = call.flow
  follow(turn, callId, () => reenterFlow(entry.flow, position, contextOf(turn, callId)))
}

/** A flow that was published anew may lack the node a caller stands at: that call ends, and no other hears of it. */
function follow(turn: Turn, callId: CallId, advance: () => FlowStep): void {
  let step: FlowStep
  try {
    step = advance()
  } catch (error) {
    if (!(error instanceof FlowNodeUnknown || error instanceof FlowLoops)) throw error
    turn.change(callId, { resultAsked: 'failed' })
    return hangUp(turn, callId, turn.call(callId)?.customerLegId, 'failed')
  }
  turn.change(callId, { flow: step.position })
  for (const action of step.actions) act(turn, callId, action)
}

function act(turn: Turn, callId: CallId, action: FlowAction): void {
  const call = turn.call(callId)
  const leg = call?.customerLegId
  if (!call || !leg) return
  switch (action.type) {
    case 'answer':
      if (legOf(call, leg)?.state === 'answered')
        return tellFlow(turn, callId, { type: 'leg-answered' })
      return turn.command(call, { type: 'answer-leg', legId: leg })
    case 'speak':
      return turn.speak(callId, leg, action.prompts, 'flow')
    case 'stop-speaking':
      return turn.hush(callId, leg)
    case 'start-timer':
      return turn.setTimer(callId, 'flow', turn.at + action.afterMs)
    case 'stop-timer':
      return turn.clearTimer(callId, 'flow')
    case 'start-listening':
      return beginListening(turn, callId, action)
    case 'stop-listening':
      return endListening(turn, callId)
    case 'enqueue':
      return joinQueue(turn, callId, queueId(action.queue), action.priority)
    case 'record-message':
      return beginMessage(turn, callId, action.maxMs)
    case 'stop-message':
      return stopMessage(turn, callId)
    case 'request-callback':
      if (call.callbackAsked) return
      turn.change(callId, { callbackAsked: true })
      return turn.fact(callId, 'callback-requested', { number: call.caller })
    case 'transfer':
      if ('agent' in action.to)
        return joinQueue(turn, callId, queueId('direct'), 9, agentId(action.to.agent))
      if ('queue' in action.to) return joinQueue(turn, callId, queueId(action.to.queue), 5)
      return dialOut(turn, callId, action.to.number, undefined)
    case 'save-rating':
      return turn.fact(callId, 'call-rated', { score: action.score })
    case 'hang-up':
      if (action.result !== undefined) turn.change(callId, { resultAsked: action.result as Result })
      return hangUp(turn, callId, leg)
    case 'note':
      if (action.fact === 'fast-lane-taken')
        turn.change(callId, { lane: action.data['reason'] as LaneReason })
      return turn.fact(callId, action.fact, action.data as FactData[typeof action.fact])
  }
}
