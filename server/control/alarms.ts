// The alarms that last right now. Told when one begins, when its level or cause changes, and when it is over.
import type { AlarmView } from '../desktop/protocol.ts'
import type { Control } from './port.ts'

export type Alarms = Pick<Control, 'raiseAlarm' | 'clearAlarm'>
export type AlarmChange = AlarmView | { readonly id: string; readonly cleared: true }

export function createAlarms(deps: {
  now: () => number
  tell: (change: AlarmChange) => void
}): Alarms {
  const alarms = new Map<string, AlarmView>()
  return {
    raiseAlarm(id, level, cause, detail) {
      const known = alarms.get(id)
      if (known?.cause === cause && known.level === level) return
      const since = known?.since ?? deps.now()
      const alarm = { id, level, cause, since, ...(detail === undefined ? {} : { detail }) }
      alarms.set(id, alarm)
      deps.tell(alarm)
    },
    clearAlarm(id) {
      if (alarms.delete(id)) deps.tell({ id, cleared: true })
    },
  }
}
