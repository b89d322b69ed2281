import t from 'tap'
import { createTimers } from '../../../server/control/timers.ts'

t.test('a timer never fires before its instant, however the clocks differ', async t => {
  const startedMs = performance.now()
  // A wall clock that goes at half the speed of the timers.
  const now = () => (performance.now() - startedMs) / 2
  const timers = createTimers(now)
  const firedAt = await new Promise<number>(resolve => timers.set('a', 20, () => resolve(now())))
  t.ok(firedAt >= 20, `at ${firedAt.toFixed(1)}`)
  timers.clearAll()
})

t.test('setting again moves it, setting nothing clears it', async t => {
  const fired: string[] = []
  const timers = createTimers(() => performance.now())
  const at = performance.now()
  await new Promise<void>(resolve => {
    timers.set('moved', at + 5, () => fired.push('too early'))
    timers.set('moved', at + 30, () => (fired.push('moved'), resolve()))
    timers.set('cleared', at + 10, () => fired.push('cleared'))
    timers.set('cleared', undefined, () => undefined)
    timers.set('far', at + 2 ** 33, () => fired.push('far'))
  })
  t.same(fired, ['moved'])
  timers.clearAll()
})
