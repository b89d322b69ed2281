import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import { writeTapRing } from '../../../../telephony/softswitch/media/tap-ring.ts'
import {
  openStream,
  type Stream,
  type StreamGone,
} from '../../../../telephony/softswitch/stream/stream.ts'
import { until } from '../../../fixtures/until.ts'

const FRAME = 160
const FRAME_BYTES = FRAME * 4

async function listening(t: Test) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const sockets: WebSocket[] = []
  const messages: { text?: string; bytes?: Buffer }[] = []
  server.on('connection', socket => {
    sockets.push(socket)
    socket.on('message', (data: Buffer, isBinary) =>
      messages.push(isBinary ? { bytes: data } : { text: data.toString() }),
    )
  })
  t.teardown(() => {
    for (const socket of sockets) socket.terminate()
    server.close()
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets, messages }
}

async function streaming(t: Test, url: string, more: { metadata?: string } = {}) {
  const gone: StreamGone[] = []
  let isConnected = false
  const stream = openStream({
    url,
    mix: 'stereo',
    pieceFrames: 2,
    ...more,
    onConnect: () => (isConnected = true),
    onText: () => undefined,
    onGone: each => void gone.push(each),
  })
  t.teardown(() => stream.end())
  const writer = writeTapRing(stream.ring)
  let written = 0
  return {
    stream,
    gone,
    connected: () => until('the connection', () => isConnected),
    isConnected: () => isConnected,
    write(frames: number) {
      for (let i = 0; i < frames; i++) {
        const value = ++written % 30_000
        writer.write(new Int16Array(FRAME).fill(value), new Int16Array(FRAME).fill(-value))
      }
    },
    close: writer.close,
  }
}

const turns = async (stream: Stream, count: number) => {
  for (let i = 0; i < count; i++) {
    stream.pump()
    await new Promise(setImmediate)
  }
}

t.test('a listener gets the text first, then both sides, then its leave', async t => {
  const { url, messages, sockets } = await listening(t)
  const { stream, connected, write, close, gone } = await streaming(t, url, { metadata: '{"a":1}' })
  await connected()
  write(4)
  close()
  stream.pump()
  await until('the sound', () => messages.length === 3)
  t.equal(messages[0]?.text, '{"a":1}')
  t.equal(messages[1]?.bytes?.length, 2 * FRAME_BYTES)
  t.same([messages[1]?.bytes?.readInt16LE(0), messages[1]?.bytes?.readInt16LE(2)], [1, -1])
  t.equal(stream.pump(), false, 'all was sent')
  const closed = once(sockets[0]!, 'close')
  stream.end()
  t.equal((await closed)[0], 1000)
  t.same(gone, [])
})

t.test('a listener that does not read loses sound, is told so, and costs no memory', async t => {
  const { url, messages, sockets } = await listening(t)
  const { stream, connected, write, gone } = await streaming(t, url)
  await connected()
  sockets[0]!.pause()
  // An hour of a call. What the kernel takes of it is the kernel's.
  const before = process.memoryUsage().arrayBuffers
  const FRAMES = 180_000
  for (let i = 0; i < FRAMES / 50; i++) {
    write(50)
    stream.pump()
    if (i % 100 === 0) await new Promise(setImmediate)
  }
  const grownMiB = (process.memoryUsage().arrayBuffers - before) / 2 ** 20
  t.ok(grownMiB < 64, `${grownMiB.toFixed(1)} MiB more`)
  t.same(gone, [], 'it is not sent away')
  sockets[0]!.resume()
  // It reads again: what it lost and what it has make up the whole time.
  const heardFrames = () =>
    messages.reduce(
      (sum, { text, bytes }) =>
        sum + (bytes ? bytes.length / FRAME_BYTES : JSON.parse(text ?? '{}').forMs / 20),
      0,
    )
  await until('the rest', async () => {
    await turns(stream, 5)
    return heardFrames() >= FRAMES - 2
  })
  t.equal(heardFrames(), FRAMES)
  t.ok(
    messages.some(({ text }) => text !== undefined),
    'it was told',
  )
  // In its place: the sound after a loss is that much later.
  let place = 0
  for (const { text, bytes } of messages) {
    if (text !== undefined) place += JSON.parse(text).forMs / 20
    else if (bytes) {
      if (bytes.readInt16LE(0) !== (place + 1) % 30_000) t.fail(`sound of another time at ${place}`)
      place += bytes.length / FRAME_BYTES
    }
  }
})

t.test('a pause leaves the sound of that time out', async t => {
  const { url, messages } = await listening(t)
  const { stream, connected, write } = await streaming(t, url)
  await connected()
  stream.isPaused = true
  write(10)
  stream.pump()
  stream.isPaused = false
  write(2)
  stream.pump()
  await until('the sound', () => messages.length === 1)
  t.equal(messages[0]?.bytes?.readInt16LE(0), 11)
})

t.test('nobody there, or one who goes, is told once', async t => {
  const { gone } = await streaming(t, 'ws://127.0.0.1:9/')
  await until('the word', () => gone.length > 0)
  t.equal(gone[0]?.type, 'error')
  const { url, sockets } = await listening(t)
  const second = await streaming(t, url)
  await second.connected()
  await until('the listener', () => sockets.length > 0)
  sockets[0]!.close(1001, 'enough')
  await until('the word', () => second.gone.length > 0)
  t.same(second.gone, [{ type: 'closed', code: 1001, reason: 'enough' }])
  t.equal(second.stream.pump(), false)
})
