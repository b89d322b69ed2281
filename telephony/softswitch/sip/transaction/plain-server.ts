// Non-INVITE server transaction: RFC 3261 §17.2.2 (figure 8).
import { end, send, start, type Effect, type Machine } from './machine.ts'

export type PlainServerState =
  | { readonly type: 'trying' }
  | { readonly type: 'proceeding' }
  | { readonly type: 'completed' }
  | { readonly type: 'terminated' }

export const plainServer: Machine<PlainServerState> = (state, happening, { reliable, timers }) => {
  const stay = (...effects: Effect[]) => ({ state, effects })
  switch (state.type) {
    case 'trying':
    case 'proceeding': {
      if (happening.type === 'repeat') return state.type === 'trying' ? stay() : stay(send)
      if (happening.type !== 'answer') return stay()
      if (happening.status < 200) return { state: { type: 'proceeding' }, effects: [send] }
      if (reliable) return { state: { type: 'terminated' }, effects: [send, end] }
      return { state: { type: 'completed' }, effects: [send, start('J', timers.giveUp)] }
    }
    case 'completed': {
      if (happening.type === 'repeat') return stay(send)
      return happening.type === 'timer' && happening.timer === 'J'
        ? { state: { type: 'terminated' }, effects: [end] }
        : stay()
    }
    case 'terminated':
      return stay()
  }
}
