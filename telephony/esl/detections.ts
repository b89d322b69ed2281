// The switch's own recogniser, told and asked: what the book cannot know is looked up, what is over is let go.
import type { CallCommand } from '../call/command.ts'
import type { DetectSpeech } from '../call/detection.ts'
import type { CallEvent, SpeechDetected } from '../call/event.ts'
import type { CallId, LegId } from '../call/id.ts'
import type { EslCommand } from './command.ts'
import { createDetectBook } from './detect-book.ts'
import { DETECT_APPLICATION } from './detect.ts'
import { codeOf } from './errors.ts'
import type { EslEvent } from './event.ts'
import type { Log } from './log.ts'
import { type EslStep, toEsl } from './perform.ts'
import { onOurClock } from './switch-clock.ts'

export interface Detections {
  /** Before the command is sent. */
  asked(command: CallCommand, callId: CallId): void
  /** It could not be sent, or the switch refused it. */
  refused(command: CallCommand, detail: string): void
  /** What must be sent anew after the leg's queue was emptied. */
  again(legId: LegId): EslStep[]
  hear(event: EslEvent): void
}

interface Deps {
  readonly send: (command: EslCommand) => Promise<string>
  readonly publish: (event: CallEvent) => void
  readonly clock: { now(): number }
  readonly log: Log
}

export function createDetections({ send, publish, clock, log }: Deps): Detections {
  const book = createDetectBook()
  const tell = (ends: readonly SpeechDetected[]) => ends.forEach(publish)

  /** FreeSWITCH says nothing when the recogniser would not begin, but then nothing listens on the leg. */
  const look = async (command: DetectSpeech) => {
    const bugs = await send({ kind: 'api', text: `uuid_buglist ${command.legId}` })
    if (!bugs.includes(`<function>${DETECT_APPLICATION}</function>`))
      tell(book.end(command, 'refused', clock.now()))
  }

  /** A session with the recogniser is one of few: it is not kept until the leg ends. */
  const letGo = async ({ legId, detectId }: DetectSpeech) => {
    const steps = toEsl({ type: 'stop-detecting', legId, detectId })
    await Promise.all(steps.map(step => send(step.command)))
  }

  const inBackground = (work: Promise<void>, what: string) => {
    work.catch((error: unknown) => log.warn({ code: codeOf(error) }, `${what} failed`))
  }

  return {
    asked(command, callId) {
      if (command.type === 'detect-speech') tell(book.asked(command, callId, clock.now()))
      if (command.type === 'stop-detecting') tell(book.end(command, 'cancelled', clock.now()))
    },
    refused(command, detail) {
      if (command.type === 'detect-speech')
        tell(book.end(command, 'not-asked', clock.now(), detail))
    },
    again(legId) {
      const waiting = book.waitingOn(legId)

      return waiting ? toEsl(waiting) : []
    },
    hear(event) {
      const { facts, begun, over } = book.hear(event)
      facts.forEach(fact => publish(onOurClock(fact, clock.now())))
      if (begun) inBackground(look(begun), 'look at a recogniser')
      if (over) inBackground(letGo(over), 'end of a recogniser')
    },
  }
}
