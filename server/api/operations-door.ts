// What operations offer to the API.
import type { LoginWatch } from '../alarm/log-in.ts'
import type { AlarmSettings } from '../alarm/settings.ts'
import type { AlarmLevel } from '../desktop/protocol.ts'
import type { AlarmQueue } from '../jobs/alarm-queue.ts'
import type { Outlet } from '../jobs/outlet.ts'
import type { Alarms, Backups, TrialCalls } from '../store/index.ts'
import type { Trials } from '../trial/trial.ts'

export interface OperationsDoor {
  readonly logins: Pick<LoginWatch, 'onRefused' | 'onWelcome'>
  readonly alarms: Alarms
  /** Somebody has this alarm in hand: no more reminders. */
  onAlarmSeen(alarm: string): void
  /** Of the alarms that stand now. */
  openLevels(): readonly AlarmLevel[]
  readonly alarmSettings: {
    read(): Promise<AlarmSettings>
    save(settings: AlarmSettings): Promise<void>
  }
  readonly backups: Pick<Backups, 'list'> & {
    readonly at?: string
    /** Absent: no place for them is configured. Undefined: one is being made already. */
    begin?(by: string): Promise<string | undefined>
  }
  readonly trials: Trials & Pick<TrialCalls, 'list' | 'byId'> & { readonly at?: string }
  readonly messages: Pick<AlarmQueue, 'state' | 'retry'> & {
    readonly outlets: readonly Outlet['name'][]
    /** Sends a message that only shows that messages arrive. */
    trial(): void
  }
}
