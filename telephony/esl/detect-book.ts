// Which utterances we asked for, so that each ends once. FreeSWITCH names none of them in DETECTED_SPEECH, tells each event twice (once for
// everybody, once from the leg's own queue), and says nothing when a recogniser would not begin.
import type { DetectionFault, DetectionOutcome, DetectSpeech } from '../call/detection.ts'
import type { LegEvent, SpeechDetected } from '../call/event.ts'
import type { CallId, DetectId, LegId } from '../call/id.ts'
import { readResult } from '../mrcp/nlsml.ts'
import { DETECT_APPLICATION } from './detect.ts'
import type { EslEvent } from './event.ts'
import { happenedAt, legIdOf, toCount } from './headers.ts'

interface Detection {
  readonly command: DetectSpeech
  readonly callId: CallId
  state: 'asked' | 'listening'
  /** By the switch's clock: what it told before belongs to the one before it, also when it comes later. */
  listensFrom: number
  hasBegun: boolean
}

export interface Heard {
  readonly facts: readonly LegEvent[]
  /** The switch says that it has begun, which must be looked at. */
  readonly begun?: DetectSpeech
  /** It is over, but the session with the recogniser is still held. */
  readonly over?: DetectSpeech
}

export interface DetectBook {
  /** The one before it on that leg is over. */
  asked(command: DetectSpeech, callId: CallId, at: number): SpeechDetected[]
  /** Asked and not begun: lost when the leg's queue is emptied. */
  waitingOn(legId: LegId): DetectSpeech | undefined
  /** Ends it, where it is still the leg's. */
  end(
    id: { readonly legId: LegId; readonly detectId: DetectId },
    fault: DetectionFault,
    at: number,
    detail?: string,
  ): SpeechDetected[]
  hear(event: EslEvent): Heard
  readonly size: number
}

const NOTHING: Heard = { facts: [] }

export function createDetectBook(): DetectBook {
  const detections = new Map<LegId, Detection>()

  const conclude = (
    legId: LegId,
    { command, callId }: Detection,
    at: number,
    outcome: DetectionOutcome,
  ): SpeechDetected => {
    detections.delete(legId)

    return { type: 'speech-detected', at, legId, callId, detectId: command.detectId, outcome }
  }

  const onSpeech = (legId: LegId, event: EslEvent): Heard => {
    const detection = detections.get(legId)
    const at = happenedAt(event)
    if (detection?.state !== 'listening' || at < detection.listensFrom) return NOTHING
    const { command, callId } = detection
    switch (event.get('Speech-Type')) {
      case 'begin-speaking': {
        if (detection.hasBegun) return NOTHING
        detection.hasBegun = true

        return {
          facts: [{ type: 'speech-began', at, legId, callId, detectId: command.detectId }],
        }
      }
      case 'detected-speech': {
        const cause = toCount(event.get('ASR-Completion-Cause'))
        const outcome = readResult(event.body, cause, command.grammar)

        return { facts: [conclude(legId, detection, at, outcome)], over: command }
      }
      case 'closed':
        return {
          facts: [conclude(legId, detection, at, { type: 'failed', fault: 'broken-off' })],
        }
      default:
        return NOTHING
    }
  }

  const onExecuted = (legId: LegId, event: EslEvent): Heard => {
    if (event.get('Application') !== DETECT_APPLICATION) return NOTHING
    const detection = detections.get(legId)
    if (!detection || detection.command.detectId !== event.get('Application-UUID')) return NOTHING
    detection.state = 'listening'
    detection.listensFrom = happenedAt(event)

    return { facts: [], begun: detection.command }
  }

  const end: DetectBook['end'] = ({ legId, detectId }, fault, at, detail) => {
    const detection = detections.get(legId)
    if (detection?.command.detectId !== detectId) return []

    return [
      conclude(legId, detection, at, {
        type: 'failed',
        fault,
        ...(detail !== undefined && { detail }),
      }),
    ]
  }

  return {
    asked(command, callId, at) {
      const before = detections.get(command.legId)
      const ends = before ? end(before.command, 'cancelled', at) : []
      detections.set(command.legId, {
        command,
        callId,
        state: 'asked',
        listensFrom: 0,
        hasBegun: false,
      })

      return ends
    },
    waitingOn(legId) {
      const detection = detections.get(legId)

      return detection?.state === 'asked' ? detection.command : undefined
    },
    end,
    hear(event) {
      const legId = legIdOf(event)
      if (!legId) return NOTHING
      switch (event.name) {
        case 'DETECTED_SPEECH':
          return onSpeech(legId, event)
        case 'CHANNEL_EXECUTE_COMPLETE':
          return onExecuted(legId, event)
        case 'CHANNEL_HANGUP_COMPLETE': {
          const detection = detections.get(legId)

          return detection
            ? { facts: end(detection.command, 'cancelled', happenedAt(event)) }
            : NOTHING
        }
        default:
          return NOTHING
      }
    },
    get size() {
      return detections.size
    },
  }
}
