// What a leg hears has ended, and what the switch would not do.
import type { LegEvent, PlayEnded } from '../../telephony/call/event.ts'
import type { CallId } from '../../telephony/call/id.ts'
import { tellFlow } from './flow.ts'
import { hangUp } from './leg.ts'
import { onBeepEnded } from './message.ts'
import { onOfferFailed } from './offer.ts'
import { playMusic } from './queue.ts'
import { onRecordingRefused } from './recording.ts'
import { onJoinFailed } from './talk.ts'
import type { Turn } from './turn.ts'

export function onPlayEnded(turn: Turn, event: PlayEnded): void {
  const call = turn.call(event.callId)
  if (!call?.play || call.play.id !== event.playId) return
  const { purpose } = call.play
  turn.drop(event.callId, 'play')
  switch (purpose) {
    case 'flow':
      // What we stop ourselves is no longer the call's play; a stop that still is came from elsewhere.
      return tellFlow(turn, event.callId, {
        type: 'prompt-ended',
        outcome: event.outcome === 'finished' ? 'finished' : 'failed',
      })
    case 'message-beep':
      return onBeepEnded(turn, event.callId)
    case 'announcement':
      return playMusic(turn, event.callId)
    case 'music':
      // Music that ends by itself is a file that could not be read; silence is better than a storm of retries.
      return
    case 'ringback':
      return
  }
}

/** The switch refused what we asked. Most refusals are races with a hang-up whose event is on its way. */
export function onCommandFailed(
  turn: Turn,
  callId: CallId,
  legId: LegEvent['legId'],
  command: string,
  reason: string,
): void {
  const call = turn.call(callId)
  if (!call) return
  if (command === 'start-recording') return onRecordingRefused(turn, callId, reason)
  if (command === 'bridge-legs') return onJoinFailed(turn, callId)
  if (command === 'originate-leg') {
    // Not the agent's doing; and should the phone ring all the same, nobody is to pick up a silence.
    onOfferFailed(turn, callId, legId, 'congested')
    return hangUp(turn, callId, legId, 'cancelled')
  }
  if (command === 'play' && call.play) {
    onPlayEnded(turn, {
      type: 'play-ended',
      at: turn.at,
      callId,
      legId,
      playId: call.play.id,
      outcome: 'failed',
    })
  }
}
