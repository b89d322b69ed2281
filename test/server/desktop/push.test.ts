import t from 'tap'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket, WebSocketServer } from 'ws'
import { createHub, type Outlet } from '../../../server/desktop/hub.ts'
import { mayWatch } from '../../../server/desktop/right.ts'
import { agentId } from '../../../telephony/call/id.ts'
import { openTestSite, PASSWORD } from '../../fixtures/site/site.ts'

const LIMIT_MS = 10_000

async function until(condition: () => boolean, what: string) {
  const deadline = Date.now() + LIMIT_MS
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

function createOutlet() {
  const texts: string[] = []
  const outlet: Outlet & {
    waiting: number
    texts: string[]
    seen: () => Record<string, unknown>[]
  } = {
    texts,
    waiting: 0,
    send: text => void texts.push(text),
    waitingBytes: () => outlet.waiting,
    seen: () => texts.map(text => JSON.parse(text) as Record<string, unknown>),
  }
  return outlet
}

t.test('a burst of changes is one message with the last values', async t => {
  const hub = createHub({ clock: Date.now })
  t.teardown(hub.close)
  const outlet = createOutlet()
  hub.publish('floor', { 'agent/1001': { state: 'idle' } })
  hub.enter(outlet).subscribe('floor')
  t.match(outlet.seen(), [
    { type: 'snapshot', channel: 'floor', values: { 'agent/1001': { state: 'idle' } } },
  ])
  for (const used of [1, 2, 3]) hub.publish('floor', { lines: { used } })
  hub.publish('floor', { 'agent/1001': { state: 'idle' } }, ['alarm/disk'])
  await until(() => outlet.texts.length > 1, 'a change')
  t.match(outlet.seen()[1], { type: 'change', set: { lines: { used: 3 } }, remove: [] })
  t.notOk(
    (outlet.seen()[1] as { set: object }).set.hasOwnProperty('agent/1001'),
    'what is as it was is not sent',
  )
})

t.test('whoever comes back gets what was missed, or a snapshot when that is forgotten', async t => {
  let at = 1_700_000_000_000
  const hub = createHub({ clock: () => at })
  t.teardown(hub.close)
  const first = createOutlet()
  const visitor = hub.enter(first)
  visitor.subscribe('floor')
  const start = first.seen()[0]?.version as number
  for (const used of [1, 2, 3]) {
    hub.publish('floor', { lines: { used } })
    await until(() => first.texts.length === used + 1, 'each change')
  }
  visitor.leave()
  t.equal(hub.visitorCount, 0)

  const back = createOutlet()
  hub.enter(back).subscribe('floor', { version: start + 1, run: hub.run })
  t.match(back.seen(), [
    { type: 'change', version: start + 2, set: { lines: { used: 2 } } },
    { type: 'change', version: start + 3 },
  ])
  const current = createOutlet()
  hub.enter(current).subscribe('floor', { version: start + 3, run: hub.run })
  t.same(current.texts, [], 'nothing was missed')
  for (const version of [start - 5, start + 99]) {
    const stranger = createOutlet()
    hub.enter(stranger).subscribe('floor', { version, run: hub.run })
    t.match(
      stranger.seen(),
      [{ type: 'snapshot', values: { lines: { used: 3 } } }],
      `version ${version - start}`,
    )
  }

  at += 1000
  const restarted = createHub({ clock: () => at })
  t.teardown(restarted.close)
  const old = createOutlet()
  restarted.enter(old).subscribe('floor', { version: start + 3, run: hub.run })
  t.match(old.seen(), [{ type: 'snapshot' }], 'versions of an earlier run are not ours')
  t.ok((old.seen()[0]?.version as number) > start + 3, 'and lie below')
})

t.test('a slow desktop gets a snapshot when it has caught up, and holds up nobody', async t => {
  const hub = createHub({ clock: Date.now })
  t.teardown(hub.close)
  const [slow, quick] = [createOutlet(), createOutlet()]
  for (const outlet of [slow, quick]) hub.enter(outlet).subscribe('floor')
  slow.waiting = 1_000_000
  for (const used of [1, 2, 3]) {
    hub.publish('floor', { lines: { used } })
    await until(() => quick.texts.length === used + 1, 'the quick one gets each')
  }
  t.equal(slow.texts.length, 1, 'nothing is heaped up')
  slow.waiting = 0
  await until(() => slow.texts.length === 2, 'the snapshot')
  t.match(slow.seen()[1], { type: 'snapshot', values: { lines: { used: 3 } } })
  hub.publish('floor', { lines: { used: 4 } })
  await until(() => slow.texts.length === 3, 'changes again')
})

t.test('who may watch what', async t => {
  const agent = { userId: 'u', agentId: agentId('1001'), roles: ['agent'] } as const
  const lead = { userId: 's', roles: ['supervisor'] } as const
  const auditor = { userId: 'a', roles: ['auditor'] } as const
  const rows: [
    actor: typeof agent | typeof lead | typeof auditor,
    channel: string,
    may: boolean,
  ][] = [
    [agent, 'desk:1001', true],
    [agent, 'desk:1002', false],
    [agent, 'floor', false],
    [agent, 'desk:', false],
    [agent, 'desk', false],
    [lead, 'floor', true],
    [lead, 'desk:1001', true],
    [lead, 'audit', false],
    [agent, 'transcript:c1', true],
    [agent, 'transcript:c2', false],
    [agent, 'transcript:', false],
    [lead, 'transcript:c2', true],
    [auditor, 'transcript:c1', false],
    [auditor, 'desk:1001', false],
  ]
  for (const [actor, channel, may] of rows)
    t.equal(
      mayWatch(actor, channel, call => (call === 'c1' ? ['1001', '1003'] : [])),
      may,
      `${actor.roles[0]} ${channel}`,
    )
})

t.test('over real sockets', async t => {
  const switchDoor = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'sip',
  })
  await once(switchDoor, 'listening')
  const { port: switchPort } = switchDoor.address() as { port: number }
  const dist = mkdtempSync(join(tmpdir(), 'hotline-dist-'))
  mkdirSync(join(dist, 'assets'))
  writeFileSync(join(dist, 'index.html'), '<title>Hotline</title>')
  writeFileSync(join(dist, 'assets/app-1a2b.js'), '1')
  const site = await openTestSite({
    desktopFolder: dist,
    switchWebSocketUrl: `ws://127.0.0.1:${switchPort}`,
  })
  const url = await site.app.listen({ host: '127.0.0.1', port: 0 })
  const host = new URL(url).host
  t.teardown(async () => {
    for (const client of switchDoor.clients) client.terminate()
    switchDoor.close()
    await site.close()
    rmSync(dist, { recursive: true, force: true })
  })
  const open = (path: string, headers: Record<string, string>, protocol?: string) => {
    const socket = new WebSocket(`ws://${host}${path}`, protocol ? [protocol] : [], { headers })
    const heard: Record<string, unknown>[] = []
    socket.on(
      'message',
      data => path === '/ws' && heard.push(JSON.parse(String(data)) as Record<string, unknown>),
    )
    return { socket, heard }
  }
  const bearer = async (username: string) => ({
    authorization: `Bearer ${await site.tokenOf(username)}`,
  })
  const refusal = async (socket: WebSocket) => {
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ]
    // Giving up while it connects is told as an error.
    socket.once('error', () => undefined)
    socket.terminate()
    return response.statusCode
  }

  t.test('an agent hears its own desk and no other', async t => {
    const { socket, heard } = open('/ws', await bearer('1001'))
    await until(() => heard.length === 1, 'welcome')
    t.match(heard[0], { type: 'welcome', userId: 'user-1001', channels: ['desk:1001'] })
    for (const channel of ['desk:1001', 'desk:1002', 'floor'])
      socket.send(JSON.stringify({ type: 'subscribe', channel }))
    socket.send(JSON.stringify({ type: 'ping', sentAt: 5 }))
    socket.send('nonsense')
    await until(() => heard.length === 6, 'five answers')
    t.match(heard.slice(1), [
      { type: 'snapshot', channel: 'desk:1001', values: {} },
      { type: 'refused', code: 'FORBIDDEN', channel: 'desk:1002' },
      { type: 'refused', code: 'FORBIDDEN', channel: 'floor' },
      { type: 'pong', sentAt: 5 },
      { type: 'refused', code: 'BAD_REQUEST' },
    ])
    site.hub.publish('desk:1001', { call: { id: 'c1' } })
    await until(() => heard.length === 7, 'the change')
    t.match(heard[6], { type: 'change', channel: 'desk:1001', set: { call: { id: 'c1' } } })
    socket.close()
    await until(() => site.hub.visitorCount === 0, 'it has left')
  })

  t.test('strangers and other sites stay outside', async t => {
    t.equal(await refusal(open('/ws', {}).socket), 401)
    t.equal(await refusal(open('/sip', {}, 'sip').socket), 401)
    const login = await site.app.inject({
      method: 'POST',
      url: '/api/login',
      payload: { username: '1001', password: PASSWORD },
    })
    const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
    t.equal(
      await refusal(open('/ws', { cookie, origin: 'http://evil.test' }).socket),
      403,
      'cross-site hijacking',
    )
    const own = open('/ws', { cookie, origin: `http://${host}` })
    await until(() => own.heard.length === 1, 'our own page is let in')
    own.socket.close()
  })

  t.test('SIP passes both ways, and both sides end together', async t => {
    const { socket } = open('/sip', await bearer('1001'), 'sip')
    socket.once('open', () => socket.send('REGISTER sip:hotline SIP/2.0\r\n\r\n'))
    const [far] = (await once(switchDoor, 'connection')) as [WebSocket]
    const [request] = (await once(far, 'message')) as [Buffer]
    t.match(String(request), /^REGISTER/)
    t.equal(socket.protocol, 'sip')
    const answered = once(socket, 'message')
    far.send('SIP/2.0 401 Unauthorized\r\n\r\n')
    t.match(String((await answered)[0]), /^SIP\/2.0 401/)
    // From a page by https; the way to the switch is without TLS.
    const unencrypted = once(far, 'message')
    socket.send('REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n\r\n王')
    t.equal(
      String((await unencrypted)[0]),
      'REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\r\n王',
      'where FreeSWITCH sends its answer',
    )
    const many = 2000
    let count = 0
    far.on('message', () => count++)
    for (let index = 0; index < many; index++) socket.send('x'.repeat(1000))
    await until(() => count === many, 'a flood arrives whole')
    const ended = once(socket, 'close')
    far.close()
    await ended
    const second = open('/sip', await bearer('1001'), 'sip')
    const [far2] = (await once(switchDoor, 'connection')) as [WebSocket]
    const farEnded = once(far2, 'close')
    second.socket.terminate()
    await farEnded
    t.pass('the other way round as well')
  })

  t.test("the desktop's files", async t => {
    const page = await site.app.inject({ url: '/live/queues' })
    t.equal(page.statusCode, 200)
    t.match(page.body, '<title>Hotline</title>', 'every address of the desktop is the page')
    t.equal(page.headers['cache-control'], 'no-cache')
    const script = await site.app.inject({ url: '/assets/app-1a2b.js' })
    t.match(script.headers['cache-control'], /immutable/)
    t.equal((await site.app.inject({ url: '/assets/gone.js' })).statusCode, 404)
    t.equal((await site.app.inject({ url: '/api/gone' })).statusCode, 404)
    for (const url of ['/../../etc/passwd', '/..%2f..%2fetc%2fpasswd'])
      t.notMatch((await site.app.inject({ url })).body, /root:/, url)
  })
})
