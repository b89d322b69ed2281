import { connect, type Socket } from 'node:net'
import { createRequire } from 'node:module'
import t from 'tap'
import { connectEsl } from '../../../fixtures/softswitch/esl-client.ts'
import { PASSWORD, startTestSwitch } from '../../../fixtures/softswitch/switch.ts'

const raw = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await new Promise(resolve => socket.once('connect', resolve))
  return socket
}

const closed = (socket: Socket) =>
  new Promise<void>(resolve => (socket.closed ? resolve() : socket.once('close', () => resolve())))

t.test('nobody gets in without the password', async t => {
  const s = await startTestSwitch(t)
  for (const line of [
    'auth wrong',
    'auth',
    'api status',
    'userauth admin@x:y',
    `auth ${PASSWORD} `,
  ]) {
    const client = await connectEsl(s.socket.port)
    t.match(
      (await client.send(line)).headers,
      { 'Content-Type': 'command/reply', 'Reply-Text': '-ERR invalid' },
      line,
    )
    const notice = await client.send('api status').catch(() => undefined)
    t.equal(notice?.headers['Content-Type'], 'text/disconnect-notice')
    await client.closed()
  }
  t.equal(
    await s.esl.api('uptime s').then(text => /^\d+\n$/.test(text)),
    true,
    'others are not disturbed',
  )
})

t.test('replies are worded as FreeSWITCH words them', async t => {
  const s = await startTestSwitch(t)
  const client = await connectEsl(s.socket.port, PASSWORD)
  t.teardown(() => client.close())
  const cases: [command: string, reply: string | RegExp][] = [
    ['event plain CHANNEL_CREATE CUSTOM sofia::register', '+OK event listener enabled plain'],
    ['event json DTMF', '+OK event listener enabled json'],
    ['event', '-ERR no keywords supplied'],
    ['event plain NO_SUCH_EVENT', '-ERR no keywords supplied'],
    ['nixevent DTMF', '+OK events nixed'],
    ['nixevent', '-ERR no keywords supplied'],
    ['filter Unique-ID abc', '+OK filter added. [Unique-ID]=[abc]'],
    ['filter delete Unique-ID abc', '+OK filter deleted. [Unique-ID][abc]'],
    ['filter delete all', '+OK filter deleted. [all][]'],
    ['filter Unique-ID', '-ERR invalid syntax'],
    ['log 7', '+OK log level 7 [7]'],
    ['nolog', '+OK no longer logging'],
    ['nolog', '-ERR not loging'],
    ['linger', '-ERR not controlling a session'],
    ['nolinger', '-ERR not controlling a session'],
    ['divert_events on', '-ERR not controlling a session.'],
    ['myevents nobody', '-ERR invalid uuid'],
    ['sendmsg nobody\ncall-command: hangup', '-ERR invalid session id [nobody]'],
    ['sendevent CUSTOM\nEvent-Subclass: my::event\nX: 1', /^\+OK [0-9a-f-]{36}$/],
    ['noevents', '+OK no longer listening for events'],
    ['noevents', '-ERR not listening for events'],
    ['what is this', '-ERR command not found'],
    ['bgapi status\nJob-UUID: my-job', '+OK Job-UUID: my-job'],
    ['exit', '+OK bye'],
  ]
  for (const [command, reply] of cases)
    t.match(
      (await client.send(command)).headers['Reply-Text'],
      reply,
      command.replace(/\n[^]*/, ''),
    )
  await client.closed()
})

t.test('api answers in order, and background jobs by their own id', async t => {
  const s = await startTestSwitch(t)
  const two = await Promise.all([s.esl.api('echo one'), s.esl.api('echo two')])
  t.same(two, ['one', 'two'])
  t.match(await s.esl.api('echo'), '-ERR no reply')
  const reply = await s.esl.send('bgapi echo hello\nJob-UUID: job-1')
  t.equal(reply.headers['Job-UUID'], 'job-1')
  const job = await s.esl.next('BACKGROUND_JOB')
  t.match(job.headers, { 'Job-UUID': 'job-1', 'Job-Command': 'echo', 'Job-Command-Arg': 'hello' })
  t.equal(job.body, 'hello')
  const half = await raw(s.socket.port)
  let text = ''
  half.on('data', chunk => (text += String(chunk)))
  half.end(`auth ${PASSWORD}\n\napi echo still answered\n\n`)
  await closed(half)
  t.match(text, 'still answered', 'a client that says its last word hears the answer')
})

t.test('plain events are URL-encoded, JSON ones are not, filters choose', async t => {
  const s = await startTestSwitch(t)
  const client = await connectEsl(s.socket.port, PASSWORD)
  t.teardown(() => client.close())
  await client.send('event plain CUSTOM my::event')
  await client.send('filter Colour red')
  const say = (colour: string, name: string) =>
    s.esl.send(`sendevent CUSTOM\nEvent-Subclass: my::event\nColour: ${colour}\nName: ${name}`)
  await say('blue', 'no')
  await say('red', '张 三 100%')
  const plain = await client.next('CUSTOM')
  t.match(plain.headers, { colour: 'red', name: '张 三 100%', 'Event-Subclass': 'my::event' })
  t.equal(client.events.length, 0)
  t.match((await s.esl.next('CUSTOM', e => e.headers['colour'] === 'red')).headers, {
    name: '张 三 100%',
  })
  await client.send('filter delete all')
  await client.send('filter Name -no')
  await client.send('filter Colour /^r.d$/')
  await say('rid', 'no')
  await say('rod', 'yes')
  t.equal((await client.next('CUSTOM')).headers['colour'], 'rod', 'patterns and negative filters')
  await client.send('nixevent CUSTOM my::event')
  await say('red', 'late')
  t.equal(await client.api('echo x'), 'x')
  t.equal(client.events.length, 0, 'a subclass taken off is silent')
})

t.test('a stock client of another make logs in, asks, listens and steers', async t => {
  const s = await startTestSwitch(t)
  const esl = createRequire(import.meta.url)('modesl') as {
    Connection: new (
      host: string,
      port: number,
      password: string,
      ready: () => void,
    ) => ModeslConnection
  }
  interface ModeslEvent {
    getHeader(name: string): string
    getBody(): string
  }
  interface ModeslConnection {
    on(name: string, listener: (event: ModeslEvent) => void): void
    api(command: string, done: (event: ModeslEvent) => void): void
    bgapi(command: string, done: (event: ModeslEvent) => void): void
    events(format: string, names: string, done: () => void): void
    execute(app: string, argument: string, uuid: string, done: (event: ModeslEvent) => void): void
    disconnect(): void
    socket: Socket
  }
  let connection: ModeslConnection | undefined
  await new Promise<void>(resolve => {
    connection = new esl.Connection('127.0.0.1', s.socket.port, PASSWORD, resolve)
  })
  const client = connection as ModeslConnection
  t.teardown(() => client.socket.destroy())
  const ask = (command: string) =>
    new Promise<string>(resolve => client.api(command, event => resolve(event.getBody())))
  t.match(await ask('status'), /^UP 0 years/)
  t.match(await ask('show channels as json'), '"row_count":0')
  t.match(
    await new Promise(resolve => client.bgapi('version', event => resolve(event.getBody()))),
    /^FreeSWITCH Version/,
  )
  await new Promise<void>(resolve =>
    client.events('json', 'CHANNEL_PARK CHANNEL_ANSWER CHANNEL_EXECUTE_COMPLETE', resolve),
  )
  const parked = new Promise<string>(resolve =>
    client.on('esl::event::CHANNEL_PARK::*', event => resolve(event.getHeader('Unique-ID'))),
  )
  const caller = s.sip.receive({})
  const uuid = await parked
  const done = await new Promise<string>(resolve =>
    client.execute('answer', '', uuid, event => resolve(event.getHeader('Application'))),
  )
  t.equal(done, 'answer')
  t.same(caller.answers, ['accept'])
})

t.test('random bytes, endless lines and cut commands disturb nobody', async t => {
  const s = await startTestSwitch(t)
  let seed = 12393
  const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff
  const words = [
    'auth ',
    PASSWORD,
    '\n\n',
    '\n',
    '\r\n\r\n',
    'api ',
    'bgapi ',
    'event plain ALL',
    'event json ',
    'filter ',
    'sendmsg ',
    'sendevent ',
    'content-length: ',
    '-1',
    '99999999999',
    '5',
    'NaN',
    ':',
    '%',
    '%zz',
    '\0',
    '\xff',
    'exit',
    'status',
    'originate {',
    'uuid_',
    'show channels as ',
    'myevents ',
    'nixevent all',
    '/(((',
    'execute-app-name: ',
    'call-command: execute',
  ]
  const piece = () => {
    if (random() < 0.6)
      return Buffer.from(words[Math.floor(random() * words.length)] ?? '', 'latin1')
    return Buffer.from(
      Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 256)),
    )
  }
  for (let round = 0; round < 60; round++) {
    const socket = await raw(s.socket.port)
    socket.resume()
    if (round % 2 === 0) socket.write(`auth ${PASSWORD}\n\n`)
    for (let i = 0; i < 40; i++) socket.write(piece())
    if (round % 3 === 0) socket.destroy()
    else socket.end('\n\n')
    await closed(socket)
  }
  const endless = await raw(s.socket.port)
  endless.resume()
  const block = Buffer.alloc(65_536, 0x61)
  const wait = closed(endless)
  for (let i = 0; i < 40 && !endless.destroyed; i++) endless.write(block)
  await wait
  t.pass('a head without end is cut off')
  t.match(await s.esl.api('status'), /^UP/)
  t.same(s.errors, [], 'nothing failed inside')
  s.sip.receive({})
  await s.esl.next('CHANNEL_PARK')
})

t.test('API commands with senseless arguments say so and do no harm', async t => {
  const s = await startTestSwitch(t)
  s.sip.receive({})
  const uuid = (await s.esl.next('CHANNEL_PARK')).headers['Unique-ID'] ?? ''
  const commands = (
    'uuid_exists uuid_answer uuid_pre_answer uuid_ring_ready uuid_bridge uuid_transfer uuid_break uuid_broadcast uuid_displace uuid_hold uuid_audio ' +
    'uuid_record uuid_send_dtmf uuid_setvar uuid_setvar_multi uuid_getvar uuid_dump uuid_flush_dtmf uuid_phone_event uuid_deflect originate sched_api ' +
    'sched_hangup sched_transfer sched_del unsched_api show uptime eval global_getvar limit_usage sofia hotline_ban fsctl'
  ).split(' ')
  const rests = [
    '',
    ' ',
    'x',
    `${uuid}`,
    `${uuid} `,
    `${uuid} x`,
    `${uuid} x y z`,
    '+1',
    `+1 nobody x`,
    '{',
    '{a=b',
    "'",
    '%',
    '\\',
    '[x]',
    '__proto__',
    `x ${'y'.repeat(5000)}`,
  ]
  for (const command of commands)
    for (const rest of rests) {
      const { headers, body } = await s.esl.send(`api ${command} ${rest}`)
      if (headers['Content-Type'] !== 'api/response' || body === '') t.fail(`${command} ${rest}`)
    }
  t.same(s.errors, [])
  t.equal(await s.esl.api(`uuid_exists ${uuid}`), 'true')
  for (const application of [
    '',
    'nonsense',
    'constructor',
    'bridge',
    'conference',
    'eavesdrop',
    'transfer',
    'send_dtmf',
    'multiset',
    'record_session',
    'playback',
    'gentones',
  ])
    await s.esl.execute(uuid, application, '')
  t.same(s.errors, [])
  t.equal(await s.esl.api(`uuid_kill ${uuid} NO_SUCH_CAUSE`), '+OK\n')
  t.equal((await s.esl.next('CHANNEL_HANGUP')).headers['Hangup-Cause'], 'NORMAL_CLEARING')
})

t.test('a client that does not read is cut off and slows nobody', async t => {
  const s = await startTestSwitch(t)
  const sleeper = await raw(s.socket.port)
  sleeper.write(`auth ${PASSWORD}\n\nevent plain CUSTOM big::one\n\n`)
  sleeper.pause()
  await s.esl.send('noevents')
  const body = 'x'.repeat(1 << 20)
  for (let i = 0; i < 40; i++) {
    const reply = await s.esl.send(
      `sendevent CUSTOM\nEvent-Subclass: big::one\nContent-Length: ${body.length}\n\n${body}`.replace(
        /\n\n$/,
        '',
      ),
    )
    t.match(reply.headers['Reply-Text'], /^\+OK/)
  }
  sleeper.resume()
  await closed(sleeper)
  t.match(await s.esl.api('status'), /^UP/)
})
