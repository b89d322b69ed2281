import t from 'tap'
import { createTrialWindow } from '../../../server/control/trial-window.ts'

const NOW = 1_766_360_000_000

t.test('our number alone makes nobody a trial call', async t => {
  const window = createTrialWindow()
  t.equal(window.takes('12393', undefined, NOW), false, 'no trial call is out')
  window.open('12393', NOW + 20_000)
  t.equal(window.takes('13800001111', undefined, NOW), false)
  t.equal(window.takes('', undefined, NOW), false, 'who hides the number')
  t.equal(window.takes('12393', undefined, NOW + 100), true)
  t.equal(window.takes('12393', undefined, NOW + 200), false, 'one call a trial, no more')
})

t.test('the window ends with the answer, or by time', async t => {
  const window = createTrialWindow()
  window.open('12393', NOW + 20_000)
  t.equal(window.takes('12393', undefined, NOW + 20_000), false)
  window.open('12393', NOW + 20_000)
  window.open('12393', NOW + 500)
  t.equal(window.takes('12393', undefined, NOW + 500), false, 'answered')
})

t.test('the number comes back as the network writes it', async t => {
  const window = createTrialWindow()
  window.open('12393', NOW + 20_000)
  t.equal(window.takes('059112393', '0591', NOW), true)
  window.open('059187650000', NOW + 20_000)
  t.equal(window.takes('87650000', '0591', NOW), true)
  window.open('059187650000', NOW + 20_000)
  t.equal(window.takes('059187650001', '0591', NOW), false)
})
