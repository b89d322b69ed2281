// Runs a transaction machine: real timers, and a hand for every effect.
import type { Environment, Happening, Machine } from './machine.ts'
import type { TimerName } from './timers.ts'

export interface Hands {
  send(): void
  ack?(): void
  deliver?(): void
  timedOut(): void
  failed(): void
  ended(): void
}

export interface Running {
  tell(happening: Happening): void
  /** Stops all timers without a word to anybody. */
  halt(): void
}

export function runMachine<State>(
  machine: Machine<State>,
  first: State,
  env: Environment,
  hands: Hands,
): Running {
  let state = first
  const timers = new Map<TimerName, NodeJS.Timeout>()

  function stopTimer(name: TimerName): void {
    clearTimeout(timers.get(name))
    timers.delete(name)
  }

  function halt(): void {
    for (const name of [...timers.keys()]) stopTimer(name)
  }

  function tell(happening: Happening): void {
    const step = machine(state, happening, env)
    state = step.state
    for (const effect of step.effects) {
      switch (effect.type) {
        case 'send':
          hands.send()
          break
        case 'ack':
          hands.ack?.()
          break
        case 'deliver':
          hands.deliver?.()
          break
        case 'start':
          stopTimer(effect.timer)
          timers.set(
            effect.timer,
            setTimeout(() => tell({ type: 'timer', timer: effect.timer }), effect.ms),
          )
          break
        case 'stop':
          stopTimer(effect.timer)
          break
        case 'timed-out':
          hands.timedOut()
          break
        case 'failed':
          hands.failed()
          break
        case 'end':
          halt()
          hands.ended()
          break
      }
    }
  }

  return { tell, halt }
}
