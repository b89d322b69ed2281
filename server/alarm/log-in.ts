// Log-ins that are not as usual: too many wrong passwords (counted), an administrator at an address never seen.
import type { Control } from '../control/port.ts'
import type { Log } from '../log.ts'
import type { Audit, UserAccount } from '../store/index.ts'

export interface LoginWatch {
  onRefused(): void
  /** Of the address a session was begun from. Not waited for. */
  onWelcome(account: UserAccount, address: string): void
  close(): void
}

const SHOWN_MS = 3_600_000
const LOOKED_AT = 500

export function createLoginWatch(deps: {
  readonly audit: Pick<Audit, 'list'>
  readonly control: () => Pick<Control, 'raiseAlarm' | 'clearAlarm'> | undefined
  readonly onFailed: () => void
  readonly log: Log
}): LoginWatch {
  const timers = new Set<NodeJS.Timeout>()

  const check = async ({ id }: UserAccount, address: string) => {
    const { items } = await deps.audit.list({ actor: id, action: 'login', limit: LOOKED_AT })
    // The one at hand is among them. The first ever has nothing to differ from.
    const [, ...earlier] = items
    if (earlier.length === 0 || earlier.some(entry => entry.address === address)) return
    const alarm = `login-${id}`
    deps.control()?.raiseAlarm(alarm, 'warning', 'admin-new-address', address)
    const timer = setTimeout(() => {
      timers.delete(timer)
      deps.control()?.clearAlarm(alarm)
    }, SHOWN_MS)
    timer.unref()
    timers.add(timer)
  }

  return {
    onRefused: deps.onFailed,
    onWelcome(account, address) {
      if (!account.roles.includes('administrator')) return
      check(account, address).catch((err: unknown) =>
        deps.log.warn({ err }, 'log-in could not be compared'),
      )
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
