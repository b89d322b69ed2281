import t from 'tap'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { createEslClient, type EslClient, type LinkStatus } from '../../../telephony/esl/client.ts'
import type { EslEvent } from '../../../telephony/esl/event.ts'
import { createFrameParser } from '../../../telephony/esl/frame.ts'
import { collector } from '../../fixtures/collector.ts'
import { type FakeSwitch, fakeSwitch } from '../../fixtures/fake-switch.ts'

t.setTimeout(60_000)

const FAST = {
  connectTimeoutMs: 5000,
  commandTimeoutMs: 5000,
  probeEveryMs: 60_000,
  probeTimeoutMs: 5000,
  backoff: { firstMs: 10, mostMs: 40, refusedMs: 60_000 },
}

function connect(t: Test, port: number, timing: Partial<typeof FAST> = {}) {
  const statuses = collector<LinkStatus>()
  const events = collector<EslEvent>()
  const client: EslClient = createEslClient({
    address: { host: '127.0.0.1', port, password: 'ClueCon' },
    events: ['CHANNEL_CREATE', 'DTMF'],
    customEvents: ['sofia::register'],
    onEvent: events.add,
    onStatus: statuses.add,
    now: () => 1_000_000,
    timing: { ...FAST, ...timing },
  })
  t.teardown(() => client.close())
  const connected = () => statuses.until(status => status.state === 'connected')
  const lost = () => statuses.until(status => status.state === 'disconnected')
  const reconnected = () =>
    statuses.until(
      (status, index) =>
        status.state === 'connected' &&
        statuses.items.slice(0, index).some(earlier => earlier.state === 'disconnected'),
    )
  return { client, statuses, events, connected, lost, reconnected }
}
const api = (client: EslClient, text: string) => client.send({ kind: 'api', text })
const start = async (
  t: Test,
  timing: Partial<typeof FAST> = {},
  prepare: (fake: FakeSwitch) => void = () => undefined,
) => {
  const fake = await fakeSwitch(t)
  prepare(fake)
  const connection = connect(t, fake.port, timing)
  return { fake, ...connection }
}

t.test('frames come whole, however the bytes are split', async t => {
  const body = 'Event-Name: DTMF\nX: 张%20三\n\n'
  const stream = Buffer.from(
    `Content-Type: auth/request\n\n\nContent-Type: command/reply\nReply-Text: -ERR 50% bad\n\nContent-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-plain\n\n${body}Content-Type: api/response\nContent-Length: 0\n\n`,
  )
  for (let size = 1; size <= stream.length; size++) {
    const parser = createFrameParser()
    const frames = []
    for (let at = 0; at < stream.length; at += size)
      frames.push(...parser.push(stream.subarray(at, at + size)))
    t.same(
      frames.map(frame => [frame.contentType, frame.headers.get('Reply-Text'), frame.body]),
      [
        ['auth/request', undefined, ''],
        ['command/reply', '-ERR 50% bad', ''],
        ['text/event-plain', undefined, body],
        ['api/response', undefined, ''],
      ],
      `pieces of ${size}`,
    )
  }
  const bad: [string, string][] = [
    ['no colon', 'hello\n\n'],
    ['negative length', 'Content-Length: -5\n\n'],
    ['huge length', 'Content-Length: 999999999\n\n'],
    ['length of words', 'Content-Length: many\n\n'],
    ['endless headers', 'A: '.padEnd(70_000, 'x')],
    ['endless headers with an end', `A: ${'x'.repeat(70_000)}\n\n`],
  ]
  for (const [name, text] of bad) {
    t.throws(() => createFrameParser().push(Buffer.from(text)), { code: 'NOT_EVENT_SOCKET' }, name)
  }
})

t.test('logs in, subscribes to named events and asks', async t => {
  const { fake, client, connected, events } = await start(t, {}, fake => fake.splitInto(7))
  t.match(await connected(), { state: 'connected', startedAt: 900_000 }, 'started 100 s ago')
  t.ok(client.connected)
  t.equal(fake.received[1], 'event plain CHANNEL_CREATE DTMF CUSTOM sofia::register')
  t.notOk(
    fake.received.some(text => /\bALL\b/.test(text)),
    'never all',
  )

  fake.answer('status', 'UP 张三 50%\n')
  fake.answer('uuid_kill', '-ERR No such channel!\n')
  fake.answer('bad', '-USAGE: bad\n')
  t.equal(await api(client, 'status'), 'UP 张三 50%\n')
  await t.rejects(api(client, 'uuid_kill x'), {
    code: 'SWITCH_REFUSED',
    reply: '-ERR No such channel!',
    command: 'api uuid_kill',
  })
  await t.rejects(api(client, 'bad'), { code: 'SWITCH_REFUSED' })
  await t.rejects(api(client, 'a\nb'), { code: 'UNSAFE_VALUE' }, 'no second command in a first')
  fake.answer('sendmsg', '-ERR 50% bad')
  await t.rejects(
    client.send({
      kind: 'execute',
      legId: 'x' as never,
      application: 'playback',
      argument: '/a.wav',
    }),
    { code: 'SWITCH_REFUSED', reply: '-ERR 50% bad' },
    'a stray % throws nothing',
  )

  fake.emit({ 'Event-Name': 'DTMF', 'Unique-ID': 'a', 'X-Name': '张三 100%' })
  fake.raw(
    'Content-Length: 42\nContent-Type: text/event-plain\n\nEvent-Name: CHANNEL_CREATE\nX: 50%\nY: %zz\n\n',
  )
  const create = await events.until(event => event.name === 'CHANNEL_CREATE')
  t.equal(create.get('X'), '50%')
  t.equal(create.get('Y'), '%zz')
  t.equal(events.items[0]?.get('X-Name'), '张三 100%')

  const many = await Promise.all(
    Array.from({ length: 500 }, (_, n) => {
      fake.answer(`echo ${n}`, `${n}`)
      return api(client, `echo ${n}`)
    }),
  )
  t.same(
    many,
    Array.from({ length: 500 }, (_, n) => String(n)),
    'replies belong to their commands',
  )
})

t.test(
  'dies in the middle of a command: the command is rejected, the connection comes back subscribed',
  async t => {
    const { fake, client, connected, lost, reconnected } = await start(t)
    await connected()
    fake.answer('hang', () => void fake.drop())
    const hanging = [api(client, 'hang'), api(client, 'after')]
    for (const command of hanging)
      await t.rejects(command, { code: 'SWITCH_UNREACHABLE', mayHaveRun: true })
    t.match(await lost(), { reason: 'closed' })
    await reconnected()
    t.equal(fake.received.filter(text => text.startsWith('event plain')).length, 2)
    t.equal(await api(client, 'status'), '+OK\n')
  },
)

t.test('not there yet: tries again with growing waits', async t => {
  const fake = await fakeSwitch(t)
  await fake.refuseConnections()
  const { client, connected, statuses } = connect(t, fake.port)
  await statuses.until((_, index) => index === 3)
  await t.rejects(api(client, 'status'), { code: 'SWITCH_UNREACHABLE', mayHaveRun: false })
  for (const status of statuses.items)
    t.match(status, { state: 'disconnected', reason: 'unreachable' })
  await fake.acceptAgain()
  await connected()
})

t.test('half open: an unanswered probe ends the connection', async t => {
  const { fake, client, connected, lost, reconnected } = await start(t, {
    probeEveryMs: 20,
    probeTimeoutMs: 100,
  })
  await connected()
  fake.freeze()
  const waiting = api(client, 'status')
  t.match(await lost(), { reason: 'silent' })
  await t.rejects(waiting, { code: 'SWITCH_UNREACHABLE' })
  fake.thaw()
  await reconnected()
})

t.test('probes use the one connection', async t => {
  const { fake, connected } = await start(t, { probeEveryMs: 5 })
  await connected()
  const probes = () => fake.received.filter(text => text === 'api uptime').length
  while (probes() < 5)
    await fake.command('api uptime').then(() => new Promise(resolve => setImmediate(resolve)))
  t.equal(fake.accepted(), 1)
})

t.test('silent from the first byte', async t => {
  const server = createServer(socket => socket.on('error', () => socket.destroy())).listen(
    0,
    '127.0.0.1',
  )
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { lost, client } = connect(t, (server.address() as AddressInfo).port, {
    connectTimeoutMs: 50,
  })
  t.match(await lost(), { reason: 'silent' })
  client.close()
})

t.test('a command has its own limit, and a late reply is not taken for the next', async t => {
  const { fake, client, connected } = await start(t, { commandTimeoutMs: 60 })
  await connected()
  fake.answer('slow', () => undefined)
  await t.rejects(api(client, 'slow'), { code: 'SWITCH_TIMEOUT' })
  fake.raw('Content-Type: api/response\nContent-Length: 4\n\nlate')
  fake.answer('quick', 'quick')
  t.equal(await api(client, 'quick'), 'quick')
})

t.test('a wrong password is said plainly and not hammered', async t => {
  const { fake, lost } = await start(t, {}, fake => fake.setPassword('other'))
  const status = await lost()
  t.match(status, { reason: 'wrong-password', detail: 'the switch refuses the password' })
  t.ok(status.state === 'disconnected' && status.retryInMs >= 30_000)
  t.equal(fake.accepted(), 1)
  t.notOk(JSON.stringify(status).includes('ClueCon'))
})

t.test('nonsense from the switch ends in one clear state', async t => {
  const nonsense: [string, string, string][] = [
    ['not headers', 'HTTP/1.1 400 Bad Request\n\n', 'nonsense'],
    ['impossible length', 'Content-Type: api/response\nContent-Length: 1e9\n\n', 'nonsense'],
    ['a reply nobody asked for', 'Content-Type: command/reply\nReply-Text: +OK\n\n', 'nonsense'],
    ['an unknown frame', 'Content-Type: text/html\n\n', 'nonsense'],
    ['a second greeting', 'Content-Type: auth/request\n\n', 'nonsense'],
    [
      'refused by the access list',
      'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n',
      'rejected',
    ],
  ]
  for (const [name, text, reason] of nonsense) {
    const { fake, connected, lost, statuses, client } = await start(t)
    await connected()
    fake.raw(text)
    t.match(await lost(), { reason }, name)
    t.equal(statuses.items.filter(status => status.state === 'disconnected').length, 1, 'told once')
    client.close()
    fake.drop()
  }
})

t.test('a farewell is passed on, and close is final', async t => {
  const { fake, client, connected, lost, statuses, reconnected } = await start(t)
  await connected()
  fake.raw('Content-Type: text/disconnect-notice\nContent-Length: 8\n\nGoodbye\n')
  fake.drop()
  t.match(await lost(), { reason: 'closed', detail: 'Goodbye' })
  await reconnected()
  const waiting = t.rejects(api(client, 'status'), { code: 'SWITCH_UNREACHABLE' })
  client.close()
  client.close()
  await waiting
  t.match(statuses.items.at(-1), { state: 'disconnected', reason: 'stopped', retryInMs: 0 })
  t.notOk(client.connected)
})
