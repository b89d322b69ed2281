// Sends commands and turns their failure into events: whoever asked listens to those anyway.
import type { CallCommand } from '../call/command.ts'
import type { CallEvent } from '../call/event.ts'
import type { CallId, LegId } from '../call/id.ts'
import type { EslCommand } from './command.ts'
import type { Detections } from './detections.ts'
import { codeOf, CommandRefused, CommandTimeout, SwitchUnreachable } from './errors.ts'
import type { Log } from './log.ts'
import type { LegNotes } from './leg-notes.ts'
import type { MediaFolder } from './media-folder.ts'
import type { Originations } from './origination.ts'
import { toEsl } from './perform.ts'
import type { PlayBook } from './play-book.ts'

export interface PerformerOptions {
  readonly send: (command: EslCommand) => Promise<string>
  readonly plays: PlayBook
  readonly originations: Originations
  readonly publish: (event: CallEvent) => void
  readonly callIdOf: (legId: LegId) => CallId
  readonly partnerOf: (legId: LegId) => LegId | undefined
  readonly notes: LegNotes
  readonly detections: Detections
  readonly clock: { now(): number }
  readonly log: Log
  readonly media?: MediaFolder
}

/** Legs whose plays a command ends. */
const silences = (command: CallCommand): LegId[] => {
  switch (command.type) {
    case 'stop-play':
    case 'join-conference':
    case 'monitor-leg':
    case 'park-legs':
    case 'hang-up-leg':
      return [command.legId]
    case 'bridge-legs':
      return [command.legId, command.otherLegId]
    default:
      return []
  }
}

/** These send `uuid_break all`, which also drops plays that wait in turn. */
const dropsWaiting = (command: CallCommand) =>
  command.type === 'stop-play' ||
  command.type === 'join-conference' ||
  command.type === 'monitor-leg'

const isUncertain = (error: unknown) =>
  error instanceof CommandTimeout || (error instanceof SwitchUnreachable && error.mayHaveRun)

/** The answer resolves when the switch has replied; it never rejects. */
export function createPerformer(
  options: PerformerOptions,
): (command: CallCommand) => Promise<void> {
  const { plays, originations, publish, callIdOf, partnerOf, notes, detections } = options
  const { clock, log, media } = options

  /** All steps are written at once, so that commands of one leg keep their order without waiting. */
  const send = async (command: CallCommand) => {
    const partner = partnerOf(command.legId)
    const monitored = notes.monitoredBy(command.legId)
    const steps = [
      ...toEsl(media ? media.toSwitch(command) : command, {
        ...(partner === undefined ? {} : { partner }),
        ...(monitored === undefined ? {} : { monitored }),
        isLateOffer: notes.isLateOffer(command.legId),
      }),
      ...(command.type === 'stop-play' ? detections.again(command.legId) : []),
    ]
    if (command.type === 'monitor-leg') notes.monitorBegan(command.legId, command.targetLegId)
    const results = await Promise.allSettled(steps.map(step => options.send(step.command)))
    const failed = results.find(
      (result, index): result is PromiseRejectedResult =>
        result.status === 'rejected' &&
        !(steps[index]?.optional && result.reason instanceof CommandRefused),
    )
    if (failed) throw failed.reason
  }

  const onFailure = (command: CallCommand, error: unknown) => {
    const at = clock.now()
    const { legId, type } = command
    const id = 'callId' in command ? command.callId : callIdOf(legId)
    const reason = error instanceof CommandRefused ? error.reply : codeOf(error)
    log.warn({ command: type, legId, callId: id, code: codeOf(error) }, 'command failed')
    publish({ type: 'command-failed', at, legId, callId: id, command: type, reason })
    if (command.type === 'play') plays.refused(command.playId, at).forEach(publish)
    detections.refused(command, reason)
    if (command.type === 'originate-leg' && !isUncertain(error)) {
      const cause = error instanceof SwitchUnreachable ? 'unavailable' : 'failed'
      originations.failed(legId, cause, at).forEach(publish)
    }
    for (const silenced of silences(command)) plays.goesOn(silenced)
  }

  return async command => {
    if (command.type === 'play') plays.asked({ ...command, callId: callIdOf(command.legId) })
    if (command.type === 'originate-leg') originations.asked(command, clock.now())
    detections.asked(command, callIdOf(command.legId))
    for (const silenced of silences(command)) plays.stopping(silenced)
    try {
      await send(command)
      if (dropsWaiting(command)) plays.stopped(command.legId, clock.now()).forEach(publish)
    } catch (error) {
      onFailure(command, error)
    }
  }
}
