// What the event socket needs of the switch behind it.
import type { EventBus } from '../core/switch-event.ts'

export interface SwitchDoor {
  readonly events: EventBus
  /** Runs an API command; undefined when there is none of that name. Never rejects. */
  api(command: string, argument: string): Promise<string | undefined>
  channelExists(uuid: string): boolean
  /** Queues a message (`call-command: execute`, `hangup`) on a channel that exists. */
  sendMessage(uuid: string, headers: ReadonlyMap<string, string>, body: string): void
  /** An event for one channel (`sendevent` with `unique-id`); false when there is no such channel. */
  queueEvent(uuid: string, headers: ReadonlyMap<string, string>): boolean
}

export interface DoorLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
