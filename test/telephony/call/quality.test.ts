import t from 'tap'
import { mosOf } from '../../../telephony/call/quality.ts'

t.test('the estimate follows the E-model', async t => {
  // G.107 gives 4.41 for a connection without impairment; a packet of delay takes a hundredth.
  const best = mosOf({ packets: 250, lost: 0, jitterMs: 0 }) ?? 0
  t.ok(Math.abs(best - 4.4) < 0.02, `unimpaired: ${best}`)
  // Ie-eff = 95 · 1 / (1 + 4.3) = 17.9, so R = 74.8 and MOS 3.8.
  const one = mosOf({ packets: 99, lost: 1, jitterMs: 0 }) ?? 0
  t.ok(Math.abs(one - 3.82) < 0.05, `one percent lost: ${one}`)
  t.equal(mosOf({ packets: 10, lost: 240, jitterMs: 0 }), 1, 'nothing to be understood')
  const far = mosOf({ packets: 250, lost: 0, jitterMs: 5, roundTripMs: 600 }) ?? 0
  t.ok(far < 3.9 && far > 3, `a satellite: ${far}`)
})

t.test('worse is never better', async t => {
  const at = (lost: number, jitterMs: number, roundTripMs: number) =>
    mosOf({ packets: 250 - lost, lost, jitterMs, roundTripMs }) ?? 0
  for (let step = 0; step < 20; step++) {
    t.ok(at(step, 0, 0) >= at(step + 1, 0, 0))
    t.ok(at(0, step * 10, 0) >= at(0, step * 10 + 10, 0))
    t.ok(at(0, 0, step * 50) >= at(0, 0, step * 50 + 50))
  }
})

t.test('nothing came: there is nothing to estimate', async t => {
  t.equal(mosOf({ packets: 0, lost: 0, jitterMs: 0 }), undefined)
  t.equal(mosOf({ packets: -1, lost: 0, jitterMs: 0 }), undefined)
})
