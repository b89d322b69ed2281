// One phone a browser: two tabs with one account would ring twice and answer half.

export interface TabLock {
  /** Calls back when this tab holds the phone, and when another tab took it. */
  hold(takeOver: boolean): void
  release(): void
}

export function createTabLock(name: string, onHeld: () => void, onTaken: () => void): TabLock {
  let release: (() => void) | undefined
  let isWanted = false

  function hold(takeOver: boolean): void {
    isWanted = true
    const options: LockOptions = takeOver ? { steal: true } : { ifAvailable: true }
    navigator.locks
      .request(name, options, lock => {
        if (!lock) {
          onTaken()
          return wait()
        }
        onHeld()
        return new Promise<void>(resolve => (release = resolve))
      })
      // AbortError: another tab asked for the phone and got it.
      .catch(() => {
        if (isWanted) onTaken()
      })
  }

  /** The holder is closed: its phone comes here by itself. */
  function wait(): void {
    navigator.locks
      .request(name, () => {
        if (!isWanted) return undefined
        onHeld()
        return new Promise<void>(resolve => (release = resolve))
      })
      .catch(() => {
        if (isWanted) onTaken()
      })
  }

  return {
    hold,
    release: () => {
      isWanted = false
      release?.()
      release = undefined
    },
  }
}
