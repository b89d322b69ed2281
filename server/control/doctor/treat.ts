// Remedies, carried out in a turn like any other input: what they change are facts, and a fault in one of them is undone.
import type { CallEvent } from '../../../telephony/call/event.ts'
import type { AgentId, CallId, LegId } from '../../../telephony/call/id.ts'
import { isOnCall, occupy, onWrapUpOver, release, setAside, wrapUp } from '../agent.ts'
import { returnToCustomer } from '../consult.ts'
import { endLost } from '../end.ts'
import { resumeFlow } from '../flow.ts'
import { changeLeg } from '../leg.ts'
import { onMessageStopped } from '../message.ts'
import { takeAsTalk, withdrawOffer } from '../offer.ts'
import { announce } from '../queue.ts'
import { onRecordingStopped } from '../recording.ts'
import type { LiveCall } from '../state.ts'
import { onAgentLegEnded } from '../talk.ts'
import { onNumberLegEnded } from '../transfer.ts'
import type { Turn } from '../turn.ts'
import type { Finding } from './finding.ts'
import { noteRepair } from './note.ts'

export interface Means {
  readonly node: string
  tell(event: CallEvent): void
  fire(call: CallId, name: string): void
}

/** An ended call that is struck off stays a moment for whatever still comes. */
const LINGER_MS = 1000

export function treat(turn: Turn, finding: Finding, means: Means): void {
  const { remedy, callId, agentId } = finding
  const detail = detailOf(finding)
  noteRepair(turn, { ...finding, ...(detail === undefined ? {} : { detail }) })
  switch (remedy.type) {
    case 'tell':
      return means.tell(remedy.event)
    case 'hang-up-leg':
      return hangUp(turn, remedy.legId, callId, means.node)
    case 'free-agent':
      return agentId === undefined ? undefined : freeAgent(turn, agentId)
    case 'set-agent-aside':
      return agentId === undefined ? undefined : setAside(turn, agentId, 'phone-lost')
    case 'end-wrap-up':
      return agentId === undefined ? undefined : onWrapUpOver(turn, agentId)
    // The leg is read and taken up at the edge; said it is here.
    case 'adopt':
    case 'note':
      return
    default: {
      const call = callId === undefined ? undefined : turn.call(callId)
      return call && treatCall(turn, call, finding, means)
    }
  }
}

function treatCall(turn: Turn, call: LiveCall, finding: Finding, means: Means): void {
  const { remedy } = finding
  const { id, stage } = call
  switch (remedy.type) {
    case 'put-leg-back':
      turn.change(id, { legs: { ...call.legs, [remedy.leg.id]: withNumber(remedy.leg, call) } })
      return
    case 'end-call':
      return endLost(turn, id)
    case 'resume-flow':
      return resumeFlow(turn, id)
    case 'announce':
      return announce(turn, id)
    case 'withdraw-offer':
      return withdrawOffer(turn, id)
    case 'take-as-talk':
      return takeAsTalk(turn, id)
    case 'join':
      return turn.command(call, {
        type: 'bridge-legs',
        legId: remedy.legId,
        otherLegId: remedy.otherLegId,
      })
    case 'agent-leg-gone':
      return onAgentLegEnded(turn, id, remedy.legId, 'failed')
    case 'return-to-customer':
      return returnToCustomer(turn, id, 'failed')
    case 'number-leg-gone':
      return onNumberLegEnded(turn, id, remedy.legId)
    case 'occupy-agent':
      if (stage.state === 'talking')
        occupy(turn, stage.agent, id, stage.heldAt === undefined ? 'talking' : 'on-hold')
      return
    case 'set-timer':
      return turn.setTimer(id, remedy.name, remedy.dueAt)
    case 'fire-timer':
      return means.fire(id, remedy.name)
    case 'strike-off':
      turn.change(id, {
        stage: { state: 'ended', at: turn.at },
        timers: { forget: turn.at + LINGER_MS },
      })
      return
    case 'write-end':
      return turn.fact(id, 'call-ended', {
        result: 'failed',
        cause: call.endCause ?? 'failed',
        by: 'system',
      })
    default:
      return treatRecording(turn, call, remedy.type)
  }
}

function treatRecording(turn: Turn, call: LiveCall, remedy: string): void {
  const { id, recording, message, customerLegId } = call
  if (remedy === 'close-message' && message && customerLegId)
    return onMessageStopped(turn, id, stopped(turn, call, customerLegId, message, turn.at))
  if (!recording) return
  if (remedy === 'close-recording')
    return onRecordingStopped(
      turn,
      stopped(turn, call, recording.legId, recording, recording.stoppedAt ?? turn.at),
    )
  // A switch that records already agrees and goes on; one that does not begins.
  const { legId, path } = recording
  turn.command(call, { type: 'start-recording', legId, path })
  if (recording.state === 'masked')
    turn.command(call, { type: 'mask-recording', legId, path, masked: true })
  turn.change(id, { recording: { ...recording, heard: true } })
  turn.fact(id, 'recording-started', { recordingId: recording.id, path: recording.path })
}

const stopped = (
  turn: Turn,
  { id }: LiveCall,
  legId: LegId,
  { path, startedAt }: { readonly path: string; readonly startedAt: number },
  until: number,
) => ({
  type: 'recording-stopped' as const,
  at: turn.at,
  legId,
  callId: id,
  path,
  durationMs: Math.max(0, until - startedAt),
})

function hangUp(turn: Turn, legId: LegId, callId: CallId | undefined, node: string): void {
  const call = callId === undefined ? undefined : turn.call(callId)
  if (call) changeLeg(turn, call.id, legId, { ending: true })
  const command = { type: 'hang-up-leg', legId, cause: 'normal' } as const
  turn.effects.push({ type: 'command', node: call?.node ?? node, command })
}

/** Whoever talked has earned a wrap-up; whoever only rang is as before. */
function freeAgent(turn: Turn, id: AgentId): void {
  const agent = turn.agent(id)
  if (!agent || !isOnCall(agent)) return
  const call = agent.callId === undefined ? undefined : turn.call(agent.callId)
  const talked = agent.state === 'talking' || agent.state === 'on-hold'
  if (call && talked) wrapUp(turn, id, call.id, call.lastQueue)
  else release(turn, id)
}

const withNumber = (leg: LiveCall['legs'][string], call: LiveCall) =>
  leg.number !== '' ? leg : { ...leg, number: leg.role === 'caller' ? call.caller : call.callee }

const detailOf = ({ remedy }: Finding): string | undefined =>
  remedy.type === 'set-timer' || remedy.type === 'fire-timer' ? remedy.name : undefined
