import t from 'tap'
import { estimateWait } from '../../../server/routing/estimate.ts'

t.test('no promise without people or without experience', async t => {
  t.equal(estimateWait({ ahead: 1, serving: 0, meanHandleMs: 180_000, sampleCount: 50 }), undefined)
  t.equal(estimateWait({ ahead: 1, serving: 5, meanHandleMs: 180_000, sampleCount: 4 }), undefined)
  t.equal(
    estimateWait({ ahead: 40, serving: 1, meanHandleMs: 600_000, sampleCount: 50 }),
    undefined,
    'hours are no promise either',
  )
})

t.test('eight waits of ten lie in the range promised, in a simulated floor', async t => {
  let seed = 7
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return (seed + 1) / 2_147_483_649
  }
  for (const ahead of [0, 3, 10]) {
    const range = estimateWait({ ahead, serving: 6, meanHandleMs: 180_000, sampleCount: 100 })
    if (!range) return t.fail('no range')
    let kept = 0
    for (let round = 0; round < 20_000; round++) {
      let waitS = 0
      for (let freed = 0; freed <= ahead; freed++) waitS += (-Math.log(random()) * 180) / 6
      if (waitS >= range.lowS && waitS <= range.highS) kept++
    }
    const share = kept / 20_000
    t.ok(share > 0.77 && share < 0.84, `${ahead} ahead: ${share} of ${range.lowS}–${range.highS} s`)
  }
})
