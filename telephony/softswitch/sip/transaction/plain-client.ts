// Non-INVITE client transaction: RFC 3261 §17.1.2 (figure 6).
import { deliver, end, send, start, stop, type Effect, type Machine } from './machine.ts'

export type PlainClientState =
  | { readonly type: 'trying'; readonly intervalMs: number }
  | { readonly type: 'proceeding' }
  | { readonly type: 'completed' }
  | { readonly type: 'terminated' }

export const plainClient: Machine<PlainClientState> = (state, happening, { reliable, timers }) => {
  const stay = (...effects: Effect[]) => ({ state, effects })
  const finish = (...effects: Effect[]) => ({
    state: { type: 'terminated' } as const,
    effects: [...effects, end],
  })
  if (state.type === 'terminated') return stay()
  if (state.type === 'completed') {
    return happening.type === 'timer' && happening.timer === 'K' ? finish() : stay()
  }

  switch (happening.type) {
    case 'begin': {
      const again = reliable ? [] : [start('E', timers.t1)]
      return stay(send, start('F', timers.giveUp), ...again)
    }
    case 'timer': {
      if (happening.timer === 'F') return finish({ type: 'timed-out' })
      if (happening.timer !== 'E') return stay()
      if (state.type === 'proceeding') return stay(send, start('E', timers.t2))
      const intervalMs = Math.min(state.intervalMs * 2, timers.t2)
      return { state: { type: 'trying', intervalMs }, effects: [send, start('E', intervalMs)] }
    }
    case 'answer': {
      if (happening.status < 200) return { state: { type: 'proceeding' }, effects: [deliver] }
      const stops = [stop('E'), stop('F')]
      if (reliable) return finish(...stops, deliver)
      return { state: { type: 'completed' }, effects: [...stops, deliver, start('K', timers.t4)] }
    }
    case 'broken':
      return finish({ type: 'failed' })
    default:
      return stay()
  }
}
