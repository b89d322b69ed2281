// Which talks are to be listened to, and what of them. Pure: asked anew at each change, so that whoever takes calls over opens the same.
import type { CallId, LegId } from '../../telephony/call/id.ts'
import type { LiveCall } from '../control/state.ts'

export interface Wish {
  readonly callId: CallId
  readonly node: string
  /** Its party's words are the caller's side, what it hears the agent's. */
  readonly legId: LegId
  readonly beganAt: number
  /** The customer hears music or a prompt of ours: nobody's words. */
  readonly isAgentAway: boolean
  readonly isMasked: boolean
  /** Zero of the transcript's times, epoch ms; absent while nothing is recorded. */
  readonly recordingAt?: number
}

export function wishOf(call: LiveCall): Wish | undefined {
  const { stage, customerLegId: legId, recording } = call
  if (stage.state !== 'talking' || legId === undefined || call.trial) return undefined
  if (call.legs[legId]?.state !== 'answered') return undefined
  const isAsking = stage.consult !== undefined && stage.room === undefined
  const recordingAt = recording && recording.state !== 'failed' ? recording.heardAt : undefined
  return {
    callId: call.id,
    node: call.node,
    legId,
    beganAt: stage.since,
    isAgentAway: stage.heldAt !== undefined || stage.lostUntil !== undefined || isAsking,
    // A recording that fails, stops or begins anew takes no mask off.
    isMasked: call.masked === true || recording?.state === 'masked',
    ...(recordingAt !== undefined && { recordingAt }),
  }
}

/** Agents who talk in it now; whoever only listens in is none. */
export const talkersOf = (call: LiveCall): string[] =>
  Object.values(call.legs).flatMap(({ agent, role, state }) =>
    agent !== undefined && role !== 'supervisor' && state === 'answered' ? [agent] : [],
  )
