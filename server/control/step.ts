// The table of contents: every input and the function that answers it. Late and repeated inputs fall through and change nothing.
import type { CallEvent, LegCreated, LegEvent } from '../../telephony/call/event.ts'
import type { AgentId, CallId } from '../../telephony/call/id.ts'
import { occupy, onWrapUpOver } from './agent.ts'
import { onLegCreated } from './arrive.ts'
import { onClockJumped } from './clock.ts'
import { onDiallerReady, onNumberAnswered } from './dial.ts'
import type { Finding } from './doctor/finding.ts'
import { noteRepair } from './doctor/note.ts'
import { treat } from './doctor/treat.ts'
import { forgetWhenDone, onLegEnded } from './end.ts'
import { startFlow, tellFlow } from './flow.ts'
import { changeLeg, hangUp, onSignalled, renewGuards } from './leg.ts'
import { type HeardInput, onHeard } from './listen.ts'
import { stopMessage } from './message.ts'
import { onMonitorReady } from './monitor.ts'
import { onOfferAnswered, onRingOverdue } from './offer.ts'
import { onCommandFailed, onPlayEnded } from './play.ts'
import { announce, onDigitWhileQueued } from './queue.ts'
import { onRecordingStarted, onRecordingStopped } from './recording.ts'
import {
  afterParting,
  onAgentLost,
  onBridged,
  onHeld,
  onResumed,
  resumeLost,
  onRetrieved,
} from './talk.ts'
import { onTranscript, type TranscriptInput } from './transcript.ts'
import { onTransferAnswered } from './transfer.ts'
import { onTrunkState, tellTaken } from './trunk.ts'
import { onConsultAnswered } from './consult.ts'
import type { Turn } from './turn.ts'

export type Input =
  | { readonly type: 'event'; readonly node: string; readonly event: CallEvent }
  | { readonly type: 'call-timer'; readonly callId: CallId; readonly name: string }
  | { readonly type: 'wrap-up-over'; readonly agentId: AgentId }
  /** The state doctor is sure that something is wrong. */
  | { readonly type: 'found'; readonly finding: Finding; readonly node: string }
  /** The clock was set: what waits goes on waiting as long as it would have. */
  | { readonly type: 'clock-jumped'; readonly byMs: number }
  | HeardInput
  | TranscriptInput
  /** Time alone may ask for a decision: routing looks again. */
  | { readonly type: 'time-passed' }

export function step(turn: Turn, input: Input): void {
  switch (input.type) {
    case 'event':
      return onEvent(turn, input.event, input.node)
    case 'call-timer':
      return onTimer(turn, input.callId, input.name)
    case 'wrap-up-over':
      return onWrapUpOver(turn, input.agentId)
    case 'found': {
      const { finding, node } = input
      return treat(turn, finding, {
        node,
        tell: event => onEvent(turn, event, node),
        fire: (callId, name) => onTimer(turn, callId, name),
      })
    }
    case 'clock-jumped':
      return onClockJumped(turn, input.byMs)
    case 'heard':
      return onHeard(turn, input)
    case 'sentence-heard':
    case 'transcription-changed':
      return onTranscript(turn, input)
    case 'time-passed':
      return
  }
}

function onEvent(turn: Turn, event: CallEvent, node: string): void {
  switch (event.type) {
    case 'phone-registered':
      if (turn.agent(event.agentId)) turn.changeAgent(event.agentId, { phone: 'registered' })
      return resumeLost(turn, event.agentId)
    case 'phone-unregistered':
      if (turn.agent(event.agentId)) turn.changeAgent(event.agentId, { phone: 'unregistered' })
      return
    case 'phone-refused':
      return
    case 'call-blocked': {
      const { callId, callerNumber: caller, calledNumber: callee, reason, counted, trunk } = event
      const by = trunk === undefined ? {} : { trunk }
      return turn.loneFact(callId, 'call-blocked', { caller, callee, reason, counted, ...by })
    }
    case 'event-missed':
      return noteRepair(turn, event)
    case 'trunk-state':
      return onTrunkState(turn, event, node)
    case 'leg-created':
      return onLegCreated(turn, event, node)
    default:
      return onLegEvent(turn, event)
  }
}

function onLegEvent(turn: Turn, event: Exclude<LegEvent, LegCreated>): void {
  const { callId, legId } = event
  const call = turn.call(callId)
  if (!call) return
  if ('sipCallId' in event) onSignalled(turn, callId, legId, event.sipCallId)
  switch (event.type) {
    case 'leg-parked':
      changeLeg(turn, callId, legId, { parked: true })
      return onParked(turn, callId, legId)
    case 'leg-rang': {
      if (call.legs[legId]?.state !== 'created') return
      changeLeg(turn, callId, legId, { state: 'ringing' })
      tellTaken(turn, call, legId)
      const agent = call.legs[legId]?.agent
      if (agent && turn.agent(agent)?.state === 'reserved') occupy(turn, agent, callId, 'ringing')
      return
    }
    case 'leg-answered':
      if (call.legs[legId]?.state === 'answered') return
      changeLeg(turn, callId, legId, { state: 'answered', answeredAt: event.at })
      tellTaken(turn, call, legId)
      if (legId === call.customerLegId && call.direction === 'inbound') {
        turn.fact(callId, 'call-answered', {})
        if (call.stage.state === 'in-flow') tellFlow(turn, callId, { type: 'leg-answered' })
      }
      return
    case 'legs-bridged':
      return onBridged(turn, callId, legId, event.otherLegId)
    case 'legs-unbridged':
      for (const id of [legId, event.otherLegId]) {
        const leg = turn.call(callId)?.legs[id]
        if (leg?.bridgedTo !== undefined) unbridge(turn, callId, id)
      }
      return renewGuards(turn, callId)
    case 'leg-held':
      return onHeld(turn, callId, legId)
    case 'leg-retrieved':
      return onRetrieved(turn, callId, legId)
    case 'digit-pressed':
      if (legId !== call.customerLegId) return
      if (call.stage.state === 'queued') return onDigitWhileQueued(turn, callId, event.digit)
      if (call.stage.state === 'in-flow')
        return tellFlow(turn, callId, { type: 'digit', digit: event.digit })
      return
    case 'play-started':
    case 'leg-quality':
      return
    case 'play-ended':
      return onPlayEnded(turn, event)
    case 'recording-started':
      return onRecordingStarted(turn, event)
    case 'recording-stopped':
      return onRecordingStopped(turn, event)
    case 'leg-ended':
      return onLegEnded(turn, event)
    case 'command-failed':
      return onCommandFailed(turn, callId, legId, event.command, event.reason)
  }
}

function unbridge(turn: Turn, callId: CallId, id: string): void {
  const call = turn.call(callId)
  const leg = call?.legs[id]
  if (!call || !leg) return
  const { bridgedTo: _gone, ...rest } = leg
  turn.change(callId, { legs: { ...call.legs, [id]: rest } })
}

/** A leg waits for us: what it waits for depends on the stage. */
function onParked(turn: Turn, callId: CallId, legId: LegEvent['legId']): void {
  const call = turn.call(callId)
  const leg = call?.legs[legId]
  if (!call || !leg) return
  unbridge(turn, callId, legId)
  if (leg.role === 'supervisor') return onMonitorReady(turn, callId, legId)
  switch (call.stage.state) {
    case 'offered':
      return startFlow(turn, callId)
    case 'queued':
      return onOfferAnswered(turn, callId, legId)
    case 'dialling':
      if (call.stage.legId === legId) return onDiallerReady(turn, callId, legId)
      return onNumberAnswered(turn, callId, legId)
    case 'talking':
      if (call.stage.resumingLegId === legId) return onResumed(turn, callId, legId)
      return onConsultAnswered(turn, callId, legId)
    case 'transferring':
      return onTransferAnswered(turn, callId, legId)
    case 'parting':
      if (legId === call.customerLegId) afterParting(turn, callId)
      return
    case 'ended':
      return hangUp(turn, callId, legId)
  }
}

function onTimer(turn: Turn, callId: CallId, name: string): void {
  const call = turn.call(callId)
  if (!call || (call.timers[name] ?? Infinity) > turn.at) return
  turn.clearTimer(callId, name)
  switch (name) {
    case 'flow':
      return call.stage.state === 'in-flow'
        ? tellFlow(turn, callId, { type: 'timed-out' })
        : undefined
    case 'announce':
      return announce(turn, callId)
    case 'ring':
      return onRingOverdue(turn, callId)
    case 'guard':
      return renewGuards(turn, callId)
    case 'message':
      return stopMessage(turn, callId)
    case 'parting':
      return afterParting(turn, callId)
    case 'lost':
      return onAgentLost(turn, callId)
    case 'forget':
      return forgetWhenDone(turn, callId)
  }
}
