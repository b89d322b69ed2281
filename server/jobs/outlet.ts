// A way out for messages about alarms.
import type { AlarmMessage } from '../alarm/message.ts'

export interface Outlet {
  readonly name: 'mail' | 'hook'
  /** @throws when it did not arrive; it is tried again then. */
  deliver(message: AlarmMessage): Promise<void>
  close(): void
}
