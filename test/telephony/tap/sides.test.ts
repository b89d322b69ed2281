import t from 'tap'
import { createSides } from '../../../telephony/tap/sides.ts'

const collect = () => {
  const pieces: { said: number[]; heard: number[] }[] = []
  const sides = createSides((said, heard) => pieces.push({ said: [...said], heard: [...heard] }))
  return { pieces, sides }
}

/** Left counts up, right counts down. */
const counted = (samples: number, from = 0) => {
  const bytes = Buffer.alloc(samples * 4)
  for (let i = 0; i < samples; i++) {
    bytes.writeInt16LE(from + i, i * 4)
    bytes.writeInt16LE(-(from + i), i * 4 + 2)
  }
  return bytes
}

t.test('both sides come out in order, however the bytes are cut', async t => {
  for (const step of [1, 3, 7, 319, 640, 1281, 9000]) {
    const { pieces, sides } = collect()
    const bytes = counted(4000)
    for (let at = 0; at < bytes.length; at += step) sides.push(bytes.subarray(at, at + step))
    const said = pieces.flatMap(piece => piece.said)
    const heard = pieces.flatMap(piece => piece.heard)
    t.ok(said.length > 4000 - 160, `${said.length} samples in steps of ${step} bytes`)
    t.ok(said.every((value, i) => value === i) && heard.every((value, i) => value === -i))
    t.ok(pieces.every(piece => piece.said.length >= 160 && piece.said.length <= 1600))
  }
})

t.test('a message of two frames is one piece', async t => {
  const { pieces, sides } = collect()
  sides.push(counted(320))
  t.same(
    pieces.map(({ said }) => said.length),
    [320],
  )
})

t.test('no crumb is left that another second would have to wait for', async t => {
  const { pieces, sides } = collect()
  sides.push(counted(1700))
  t.same(
    pieces.map(({ said }) => said.length),
    [1440, 260],
  )
})

t.test('silence stands where it was lost, and never overtakes what came before', async t => {
  const { pieces, sides } = collect()
  sides.push(counted(200))
  sides.push(counted(40, 200))
  sides.silence(400)
  sides.push(counted(160, 1000))
  sides.push(counted(160, 1160))
  const said = pieces.flatMap(piece => piece.said)
  t.same(said.slice(198, 242), [
    ...Array.from({ length: 42 }, (_, i) => (i < 42 ? 198 + i : 0)),
    0,
    0,
  ])
  t.equal(said.indexOf(1000), 640)
})
