import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { type Arrival, createTapDoor } from '../../../telephony/tap/door.ts'
import { until } from '../../fixtures/until.ts'

const opened = async (url: string, headers: Record<string, string> = {}) => {
  const socket = new WebSocket(url, { headers })
  const outcome = await new Promise<string>(resolve => {
    socket.on('open', () => resolve('open'))
    socket.on('error', error => resolve(error.message))
  })
  return { socket, outcome }
}

t.test('a switch that knows the word comes in, once', async t => {
  const door = createTapDoor()
  t.teardown(() => door.close())
  const came: Arrival[] = []
  const { url } = await door.expect('127.0.0.1', arrival => void came.push(arrival))
  t.match(url, /^ws:\/\/127\.0\.0\.1:\d+\/tap\/[\w-]{32}$/)
  const first = await opened(url, { 'X-Audio-Stream': 'steady' })
  t.equal(first.outcome, 'open')
  await until('the arrival', () => came.length === 1)
  t.equal(came[0]?.isSteady, true)
  t.match((await opened(url)).outcome, /404/, 'the word is used up')
  first.socket.terminate()
})

t.test('who does not know a word, or asks for something else, stays outside', async t => {
  const door = createTapDoor()
  t.teardown(() => door.close())
  const { url, cancel } = await door.expect('127.0.0.1', () => t.fail('somebody came in'))
  const at = new URL(url)
  t.match((await opened(`ws://${at.host}/tap/${'x'.repeat(32)}`)).outcome, /404/)
  t.match((await opened(`ws://${at.host}/`)).outcome, /404/)
  const asked = request(`http://${at.host}${at.pathname}`).end()
  const [response] = await once(asked, 'response')
  t.equal(response.statusCode, 404)
  response.resume()
  const raw = connect(Number(at.port), '127.0.0.1')
  raw.write('\x16\x03\x01 this is no HTTP\r\n\r\n')
  raw.on('error', () => undefined)
  raw.resume()
  await once(raw, 'close')
  cancel()
  t.match((await opened(url)).outcome, /404/, 'nobody comes in by what was taken back')
})

t.test('a message that is no piece of sound ends the connection', async t => {
  const door = createTapDoor()
  t.teardown(() => door.close())
  const { url } = await door.expect('127.0.0.1', ({ socket }) =>
    socket.on('error', () => undefined),
  )
  const { socket } = await opened(url)
  socket.send(Buffer.alloc(100_000))
  const [code] = await once(socket, 'close')
  t.equal(code, 1009)
})

t.test('a closed door lets nobody in, and an address that is not ours is refused', async t => {
  const door = createTapDoor()
  await t.rejects(door.expect('192.0.2.1', () => undefined))
  const { url } = await door.expect('127.0.0.1', () => undefined)
  door.close()
  await until('the port to be free', async () => /ECONNREFUSED/.test((await opened(url)).outcome))
  await t.rejects(door.expect('127.0.0.1', () => undefined))
})
