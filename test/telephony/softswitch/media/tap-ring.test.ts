import t from 'tap'
import {
  createTapRing,
  readTapRing,
  writeTapRing,
} from '../../../../telephony/softswitch/media/tap-ring.ts'

const FRAME = 160
const frame = (value: number) => new Int16Array(FRAME).fill(value)

const open = () => {
  const ring = createTapRing()
  const writer = writeTapRing(ring)
  let written = 0
  return {
    reader: readTapRing(ring),
    close: writer.close,
    write(frames: number) {
      for (let i = 0; i < frames; i++) writer.write(frame(++written), frame(-written))
    },
  }
}

t.test('sound comes out as it went in, sides beside each other', async t => {
  const { reader, write } = open()
  t.equal(reader.read(2), undefined)
  write(1)
  t.equal(reader.read(2), undefined, 'half of it')
  write(3)
  const [one, two] = [reader.read(2), reader.read(2)]
  t.same([...(one?.sound.subarray(0, 2) ?? [])], [1, -1])
  t.same([...(two?.sound.subarray(-2) ?? [])], [4, -4])
  t.same([one?.lostFrames, two?.lostFrames], [0, 0])
  t.equal(reader.read(1), undefined)
})

t.test(
  'who is overtaken loses the oldest, goes on with the newest, and knows how much is missing',
  async t => {
    const { reader, write } = open()
    write(10)
    reader.read(10)
    write(10_000)
    let first: number | undefined
    let lost = 0
    let count = 0
    for (let piece = reader.read(2); piece; piece = reader.read(2)) {
      first ??= piece.sound[0]
      lost += piece.lostFrames
      count += 2
    }
    t.equal(lost + count, 10_000)
    t.equal(first, 10 + lost + 1)
    t.ok(count <= 50)
  },
)

t.test('a full lap less one frame is lost nothing of', async t => {
  const { reader, write } = open()
  write(255)
  const piece = reader.read(255)
  t.equal(piece?.lostFrames, 0)
  t.equal(piece?.sound.at(-2), 255)
})

t.test('the last of it is given out though it is short, and then it is done', async t => {
  const { reader, write, close } = open()
  write(3)
  close()
  t.equal(reader.isDone(), false)
  t.equal(reader.read(2)?.sound.length, 2 * 2 * FRAME)
  t.equal(reader.read(2)?.sound.length, 2 * FRAME)
  t.equal(reader.read(2), undefined)
  t.equal(reader.isDone(), true)
})

t.test('what is passed over is not lost', async t => {
  const { reader, write } = open()
  write(5)
  reader.skip()
  write(2)
  const piece = reader.read(2)
  t.equal(piece?.sound[0], 6)
  t.equal(piece?.lostFrames, 0)
})
