// The three ways to ask an event socket for something, and their text.
import type { LegId } from '../call/id.ts'
import { UnsafeValue } from './errors.ts'

export type EslCommand =
  /** Runs at once; the reply is its result. Commands sent one after another run in that order. */
  | { readonly kind: 'api'; readonly text: string }
  /** Runs beside the others; its result comes as BACKGROUND_JOB with this `jobId`. */
  | { readonly kind: 'bgapi'; readonly text: string; readonly jobId: string }
  /** Runs a dialplan application on a leg; its end comes as CHANNEL_EXECUTE_COMPLETE with `eventId`. */
  | {
      readonly kind: 'execute'
      readonly legId: LegId
      readonly application: string
      readonly argument: string
      readonly eventId?: string
      /** Waits for what runs before it, and lets nothing begin meanwhile. */
      readonly inTurn?: boolean
      /** Again and again until `uuid_break`. FreeSWITCH's endless_playback would go on after that. */
      readonly endless?: boolean
    }
  /** Put into a leg's own queue, where the application that runs there finds it. */
  | { readonly kind: 'event'; readonly legId: LegId; readonly name: string; readonly value: string }

/** @throws {UnsafeValue} when a value would begin a new line, and so a new command. */
export function toWire(command: EslCommand): string {
  const lines = linesOf(command)
  if (lines.some(line => /[\u0000-\u001f\u007f]/.test(line))) throw new UnsafeValue('command text')

  return lines.join('\n')
}

const linesOf = (command: EslCommand): string[] => {
  switch (command.kind) {
    case 'api':
      return [`api ${command.text}`]
    case 'bgapi':
      return [`bgapi ${command.text}`, `Job-UUID: ${command.jobId}`]
    case 'execute':
      return [
        `sendmsg ${command.legId}`,
        'call-command: execute',
        `execute-app-name: ${command.application}`,
        ...(command.argument === '' ? [] : [`execute-app-arg: ${command.argument}`]),
        ...(command.eventId === undefined ? [] : [`Event-UUID: ${command.eventId}`]),
        ...(command.inTurn ? ['event-lock: true'] : []),
        ...(command.endless ? ['loops: -1'] : []),
      ]
    case 'event':
      return [
        'sendevent CUSTOM',
        `unique-id: ${command.legId}`,
        `${command.name}: ${command.value}`,
      ]
  }
}
