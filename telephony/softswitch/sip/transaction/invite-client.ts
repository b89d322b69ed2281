// INVITE client transaction: RFC 3261 §17.1.1 (figure 5) with the Accepted state of RFC 6026 §8.4.
import { ack, deliver, end, send, start, stop, type Effect, type Machine } from './machine.ts'

export type InviteClientState =
  | { readonly type: 'calling'; readonly intervalMs: number }
  | { readonly type: 'proceeding' }
  | { readonly type: 'completed' }
  | { readonly type: 'accepted' }
  | { readonly type: 'terminated' }

export const inviteClient: Machine<InviteClientState> = (
  state,
  happening,
  { reliable, timers },
) => {
  const stay = (...effects: Effect[]) => ({ state, effects })
  const finish = (...effects: Effect[]) => ({
    state: { type: 'terminated' } as const,
    effects: [...effects, end],
  })
  const answered = (status: number) => {
    const stops = [stop('A'), stop('B')]
    if (status < 200) {
      return { state: { type: 'proceeding' } as const, effects: [...stops, deliver] }
    }
    if (status < 300) {
      const effects = [...stops, deliver, start('M', timers.giveUp)]
      return { state: { type: 'accepted' } as const, effects }
    }
    if (reliable) return finish(...stops, ack, deliver)
    const effects = [...stops, ack, deliver, start('D', timers.d)]
    return { state: { type: 'completed' } as const, effects }
  }

  switch (state.type) {
    case 'calling': {
      if (happening.type === 'begin') {
        const again = reliable ? [] : [start('A', state.intervalMs)]
        return stay(send, start('B', timers.giveUp), ...again)
      }
      if (happening.type === 'timer' && happening.timer === 'A') {
        const intervalMs = state.intervalMs * 2
        return { state: { type: 'calling', intervalMs }, effects: [send, start('A', intervalMs)] }
      }
      if (happening.type === 'timer' && happening.timer === 'B')
        return finish({ type: 'timed-out' })
      if (happening.type === 'broken') return finish({ type: 'failed' })
      return happening.type === 'answer' ? answered(happening.status) : stay()
    }
    case 'proceeding': {
      if (happening.type === 'broken') return finish({ type: 'failed' })
      return happening.type === 'answer' ? answered(happening.status) : stay()
    }
    case 'completed': {
      if (happening.type === 'answer' && happening.status >= 300) return stay(ack)
      return happening.type === 'timer' && happening.timer === 'D' ? finish() : stay()
    }
    case 'accepted': {
      // Every 2xx goes up: the dialog answers each with its ACK (§13.2.2.4).
      if (happening.type === 'answer' && happening.status >= 200 && happening.status < 300) {
        return stay(deliver)
      }
      return happening.type === 'timer' && happening.timer === 'M' ? finish() : stay()
    }
    case 'terminated':
      return stay()
  }
}
