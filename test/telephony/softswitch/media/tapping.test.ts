import t from 'tap'
import { createTapRing, readTapRing } from '../../../../telephony/softswitch/media/tap-ring.ts'
import { Tape } from '../../../../telephony/softswitch/media/tape.ts'
import { Tapping } from '../../../../telephony/softswitch/media/tapping.ts'

const FRAME = 160
const frame = (value: number) => new Int16Array(FRAME).fill(value)

function tapped(startFrame = 100) {
  const [said, heard] = [new Tape(), new Tape()]
  const ring = createTapRing()
  const tapping = new Tapping(ring, { said, heard }, startFrame * FRAME)
  const reader = readTapRing(ring)
  return {
    said,
    heard,
    tapping,
    /** A packet of frame `n` of the far end, which counts from `startFrame`, at the beat `at`. */
    packet: (tape: Tape, n: number, at: number, value = n) =>
      tape.write(1, n * FRAME, frame(value), FRAME, at * FRAME, at * FRAME),
    beat: (at: number) => tapping.advance(at * FRAME),
    /** The first sample of each side of every frame that came out. */
    read() {
      const frames: [number, number][] = []
      for (let piece = reader.read(1); piece; piece = reader.read(1))
        frames.push([piece.sound[0] ?? 0, piece.sound[1] ?? 0])
      return frames
    },
  }
}

t.test('both sides come out side by side, two frames behind the clock', async t => {
  const { said, heard, packet, beat, read } = tapped()
  for (let at = 100; at < 110; at++) {
    packet(said, at, at)
    packet(heard, at, at, 1000 + at)
    beat(at)
  }
  t.same(
    read(),
    Array.from({ length: 7 }, (_, i) => [100 + i, 1100 + i]),
  )
})

t.test('where nothing comes there is silence, and it does not stop', async t => {
  const { said, packet, beat, read } = tapped()
  for (let at = 100; at < 120; at++) {
    if (at < 105) packet(said, at, at)
    beat(at)
  }
  const frames = read()
  t.equal(frames.length, 17)
  t.same(frames.slice(4, 7), [
    [104, 0],
    [0, 0],
    [0, 0],
  ])
})

t.test(
  'after a late packet it stays further behind, and loses none that is as late; nothing is shifted',
  async t => {
    const { said, packet, beat, read } = tapped()
    let at = 100
    for (; at < 120; at++) {
      packet(said, at, at)
      beat(at)
    }
    // From now on each packet is five frames late.
    for (; at < 160; at++) {
      if (at - 5 >= 120) packet(said, at - 5, at)
      beat(at)
    }
    const values = read().map(([value]) => value)
    const silent = values.filter(value => value === 0).length
    t.ok(silent >= 1 && silent <= 4, `${silent} frames lost until it knew`)
    t.ok(
      values.every((value, i) => value === 0 || value === 100 + i),
      'each frame is in its place',
    )
    t.ok(values.length >= 40)
  },
)

t.test('half a minute of calm brings it nearer again', async t => {
  const { said, tapping, packet, beat, read } = tapped()
  tapping.onLate(3 * FRAME)
  let at = 100
  for (; at < 110; at++) {
    packet(said, at, at)
    beat(at)
  }
  const before = read().length
  for (; at < 110 + 5 * 1500; at++) {
    packet(said, at, at)
    beat(at)
    if (at % 100 === 0) read()
  }
  read()
  t.equal(before, 4, 'five frames behind')
  packet(said, at, at)
  packet(said, at + 1, at)
  beat(at + 1)
  t.same(read().at(-1)?.[0], (at + 1 - 3) & 0x7fff)
})

t.test('what was on its way at the end comes out, and the ring is closed', async t => {
  const { said, tapping, packet, beat, read } = tapped()
  for (let at = 100; at < 105; at++) {
    packet(said, at, at)
    beat(at)
  }
  tapping.stop(105 * FRAME)
  t.equal(read().at(-1)?.[0], 104)
  t.equal(said.readers.size, 0)
})
