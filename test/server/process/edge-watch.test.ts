// Whoever is on duty learns that callers can't get in, and hears nothing of restarts.
import t from 'tap'
import type { EdgeState } from '../../../telephony/edge/keys.ts'
import { edgeProblemOf, watchEdge } from '../../../server/process/edge-watch.ts'

const stateOf = (isConnected: boolean): EdgeState => ({
  name: 'edge',
  at: 0,
  isConnected,
  settingsOf: 0,
  lines: 0,
  announcing: 0,
  hasAnnouncer: true,
  nodes: [],
  trunks: [],
  bans: [],
})

t.test('one edge that serves its drachtio is enough', async t => {
  t.equal(edgeProblemOf([]), 'edge-away')
  t.equal(edgeProblemOf([stateOf(false)]), 'drachtio-away')
  t.equal(edgeProblemOf([stateOf(false), stateOf(true)]), undefined)
})

t.test('an edge that stays away is an alarm, and one that is back ends it', async t => {
  let states: readonly EdgeState[] = [stateOf(true)]
  let [nowMs, isHearing] = [0, true]
  const told: string[] = []
  const watch = watchEdge({
    control: {
      raiseAlarm: (id, level, cause) => told.push(`${level} ${id} ${cause}`),
      clearAlarm: id => told.push(`clear ${id}`),
    },
    states: () => states,
    isHearing: () => isHearing,
    now: () => nowMs,
  })
  t.teardown(watch.close)
  const after = (ms: number, next: readonly EdgeState[]) => {
    states = next
    nowMs += ms
    watch.look()
    return told.splice(0)
  }
  t.same(after(0, [stateOf(true)]), ['clear edge'])
  t.same(after(1000, []), [], 'a restart is nobody’s business')
  t.same(after(4999, []), [])
  t.same(after(1, []), ['critical edge edge-away'])
  t.same(after(1000, [stateOf(false)]), ['critical edge drachtio-away'])
  isHearing = false
  t.same(after(60_000, []), [], 'with Redis away nothing is known')
  isHearing = true
  t.same(after(1000, []), [], 'and it tells again before it is believed')
  t.same(after(1000, [stateOf(true)]), ['clear edge'])
})
