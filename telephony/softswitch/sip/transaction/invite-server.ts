// INVITE server transaction: RFC 3261 §17.2.1 (figure 7) with the Accepted state of RFC 6026 §8.5.
import { end, send, start, stop, type Effect, type Machine } from './machine.ts'

export type InviteServerState =
  | { readonly type: 'proceeding' }
  | { readonly type: 'completed'; readonly intervalMs: number }
  | { readonly type: 'confirmed' }
  | { readonly type: 'accepted' }
  | { readonly type: 'terminated' }

export const inviteServer: Machine<InviteServerState> = (
  state,
  happening,
  { reliable, timers },
) => {
  const stay = (...effects: Effect[]) => ({ state, effects })
  const finish = (...effects: Effect[]) => ({
    state: { type: 'terminated' } as const,
    effects: [...effects, end],
  })

  switch (state.type) {
    case 'proceeding': {
      if (happening.type === 'repeat') return stay(send)
      if (happening.type !== 'answer') return stay()
      if (happening.status < 200) return stay(send)
      if (happening.status < 300) {
        return { state: { type: 'accepted' }, effects: [send, start('L', timers.giveUp)] }
      }
      const again = reliable ? [] : [start('G', timers.t1)]
      return {
        state: { type: 'completed', intervalMs: timers.t1 },
        effects: [send, start('H', timers.giveUp), ...again],
      }
    }
    case 'completed': {
      if (happening.type === 'repeat') return stay(send)
      if (happening.type === 'ack') {
        const stops = [stop('G'), stop('H')]
        if (reliable) return finish(...stops)
        return { state: { type: 'confirmed' }, effects: [...stops, start('I', timers.t4)] }
      }
      if (happening.type !== 'timer') return stay()
      if (happening.timer === 'H') return finish({ type: 'timed-out' })
      if (happening.timer !== 'G') return stay()
      const intervalMs = Math.min(state.intervalMs * 2, timers.t2)
      return { state: { type: 'completed', intervalMs }, effects: [send, start('G', intervalMs)] }
    }
    case 'confirmed':
      return happening.type === 'timer' && happening.timer === 'I' ? finish() : stay()
    case 'accepted': {
      // A repeated INVITE is absorbed; 2xx is repeated by the dialog until its ACK comes (§13.3.1.4).
      if (happening.type === 'answer' && happening.status >= 200) return stay(send)
      return happening.type === 'timer' && happening.timer === 'L' ? finish() : stay()
    }
    case 'terminated':
      return stay()
  }
}
