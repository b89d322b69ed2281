// uuid_audio_stream of the embedded switch under a real call, as mod_audio_stream answers it.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import { createEmbedded } from '../../../contract/stage/embedded.ts'
import { hears } from '../../../contract/stage/ears.ts'
import { createScene } from '../../../contract/stage/scene.ts'
import { openStage } from '../../../contract/stage/stage.ts'

const LIMIT_MS = 120_000
t.setTimeout(LIMIT_MS)

t.test('a listener that never reads, goes or comes changes nothing for who talk', async t => {
  const subject = await createEmbedded()
  t.teardown(() => subject.close())
  const stage = await openStage(subject)
  t.teardown(() => stage.close())
  const scene = createScene(stage)
  t.teardown(() => scene.end())
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/x`
  const sockets: WebSocket[] = []
  const messages: (string | number)[] = []
  server.on('connection', socket => {
    sockets.push(socket)
    socket.on('message', (data: Buffer, isBinary) =>
      messages.push(isBinary ? data.length : data.toString()),
    )
  })
  t.teardown(() => {
    for (const socket of sockets) socket.terminate()
    server.close()
  })
  const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
  await scene.bridge(caller, agent)
  await hears(caller.talk.ear, ['agent'])
  const stream = (words: string) => scene.api(`uuid_audio_stream ${words}`)
  const start = (of: string, more = '') => stream(`${of} start ${url} stereo 8k${more}`)
  const told = (kind: string) =>
    scene
      .eventsOf(caller.uuid)
      .filter(event => event.get('Event-Subclass') === `mod_audio_stream::${kind}`)

  t.match(await start(caller.uuid, ' \'{"call": 1}\''), /^\+OK/)
  await scene.until('the text and sound', () => messages.length > 2)
  t.equal(messages[0], '{"call": 1}')
  t.ok(
    messages.slice(1).every(each => each === 1280),
    'two frames of both sides a message',
  )
  await scene.until('the word of it', () => told('connect').length === 1)
  t.match(await start(caller.uuid), /^-ERR/, 'one a channel')

  sockets[0]!.pause()
  const from = caller.talk.ear.packets.length
  await scene.until('three seconds of talk', () => caller.talk.ear.packets.length > from + 150)
  const packets = caller.talk.ear.packets.slice(from)
  const [first] = packets
  t.same(
    packets.map(({ sequence }) => (sequence - (first?.sequence ?? 0)) & 0xffff),
    packets.map((_, i) => i),
    'no packet is left out',
  )
  await hears(agent.talk.ear, ['caller'])

  sockets[0]!.terminate()
  await scene.until('the word of it', () => told('disconnect').length + told('error').length > 0)
  t.match(await stream(`${caller.uuid} stop`), /^-ERR/, 'it is gone already')
  t.match(await start(caller.uuid), /^\+OK/)
  await scene.until('the second connection', () => sockets.length === 2)
  sockets[1]!.send('{"said":"hello"}')
  await scene.until('the text as an event', () => told('json').length === 1)
  t.equal(told('json')[0]?.body, '{"said":"hello"}')
  const closed = once(sockets[1]!, 'close')
  t.match(await stream(`${caller.uuid} stop bye`), /^\+OK/)
  t.equal((await closed)[0], 1000)
  t.equal(messages.at(-1), 'bye')

  t.match(await start(scene.newId()), /^-ERR/)
  t.match(await stream(`${caller.uuid} start http://127.0.0.1/ stereo 8k`), /^-ERR/)
  t.match(await stream(`${caller.uuid} start ${url} both 8k`), /^-ERR/)
  t.match(await stream(`${caller.uuid} start ${url} stereo 44k`), /^-ERR/)
  t.match(await stream(caller.uuid), /^-USAGE/)
  t.match(await start(caller.uuid.slice(1)), /^-ERR/)
  t.match(await stream(`${caller.uuid} start ws://127.0.0.1:9/ stereo 8k`), /^\+OK/)
  await scene.until('the error', () =>
    told('error').some(({ body }) => body.includes('ECONNREFUSED')),
  )

  t.match(await start(agent.uuid), /^\+OK/)
  await scene.until('the third connection', () => sockets.length === 3)
  const left = once(sockets[2]!, 'close')
  await agent.talk.hangUp()
  t.equal((await left)[0], 1000, 'it ends with its leg')
})
