import t from 'tap'
import { arrived, look, type Pace, paceFrom } from '../../../telephony/tap/pace.ts'

const PIECE_MS = 20

/** Pieces that come when they should, from `fromMs` up to `toMs`. */
const flow = (pace: Pace, fromMs: number, toMs: number): Pace => {
  let now = pace
  for (let at = fromMs; at < toMs; at += PIECE_MS) now = arrived(now, PIECE_MS, at).pace
  return now
}
const begun = (atMs: number) => paceFrom(atMs, PIECE_MS)

t.test('sound that comes in time is left as it is', async t => {
  const pace = flow(begun(1000), 1000, 4000)
  t.equal(pace.positionMs, 3000)
  t.same(look(pace, 3990).silenceMs, 0)
})

t.test('a source that falls silent is filled, up to what may be on its way', async t => {
  const pace = flow(begun(1000), 1000, 2000)
  t.equal(look(pace, 2500).silenceMs, 0, 'half a second may only be late')
  const filled = look(pace, 3200)
  t.equal(filled.silenceMs, 1020)
  t.equal(filled.isLate, false)
  t.equal(look(filled.pace, 3400).silenceMs, 0, 'what was filled is not filled again')
})

t.test('sound that turns up after all takes no second place', async t => {
  const { pace } = look(flow(begun(1000), 1000, 2000), 3200)
  // All that was missing comes in one burst.
  let now = pace
  let skipped = 0
  for (let i = 0; i < 62; i++) {
    const next = arrived(now, PIECE_MS, 3220)
    now = next.pace
    skipped += next.skipMs
  }
  t.equal(skipped, 1020)
  t.ok(Math.abs(now.positionMs - (3220 - now.startedAtMs)) <= PIECE_MS, 'the axis is true again')
})

t.test('a stall of ours is read in one go and changes nothing', async t => {
  const pace = flow(begun(1000), 1000, 2000)
  let now = pace
  for (let i = 0; i < 150; i++) now = arrived(now, PIECE_MS, 5000).pace
  t.same(look(now, 5001).silenceMs, 0)
  t.equal(now.positionMs, 4000)
})

t.test(
  'sound that flows late is brought back to its time, and the switch is to let go',
  async t => {
    let pace = flow(begun(1000), 1000, 2000)
    // Half a second of nothing, then it flows again, half a second behind.
    pace = flow(pace, 2500, 2600)
    const first = look(pace, 2600)
    t.same([first.silenceMs, first.isLate], [0, false], 'not at the first look')
    pace = flow(first.pace, 2600, 3000)
    const second = look(pace, 3000)
    t.equal(second.isLate, true)
    t.ok(second.silenceMs >= 440 && second.silenceMs <= 520, `${second.silenceMs} ms`)
    const third = look(flow(second.pace, 3000, 4000), 4000)
    t.same([third.silenceMs, third.isLate], [0, false])
  },
)

t.test('a first piece that came late does not make the others early for ever', async t => {
  // The first comes 300 ms after it was spoken, with all that waited behind it.
  let pace = begun(1300)
  for (let i = 0; i < 16; i++) pace = arrived(pace, PIECE_MS, 1300).pace
  t.equal(pace.startedAtMs, 980)
  t.same(look(flow(pace, 1320, 3000), 3000).silenceMs, 0)
})
