// What nobody should send, and what nobody should be able to get by it.
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createCarrier } from '../fixtures/agent-phone.ts'
import { startDemo } from '../fixtures/demo.ts'
import { answerTo, dial, type DialOptions, watchStalls } from '../fixtures/rtp-caller.ts'
import { rms } from '../fixtures/sound.ts'
import { CALLER_HZ, dialToMenu, isUnbroken, reaches, timelineOf } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const carrier = await createCarrier(620)
t.teardown(() => carrier.close())
const demo = await startDemo(t, { env: { HOTLINE_TRUNK: carrier.trunk } })
await demo.openOffice()
const { sipPort } = demo
const call = async (t: Test, options: Partial<DialOptions> = {}) => {
  const caller = await dial({ sipPort, ...options })
  t.teardown(() => caller.close())
  return caller
}
const pids = () => [demo.pid(), demo.switchPid()]
const [serverPid, switchPid] = pids()
/** The line is free again and everybody lives. */
const isWell = async (t: Test) => {
  t.same(pids(), [serverPid, switchPid], 'server and switch are those that started')
  t.equal((await demo.api('/health/ready', { as: null })).status, 200)
}

await t.test('an unknown number, no common codec, a broken offer', async t => {
  t.equal(await (await call(t, { to: '99999' })).refused(), 404)
  const g729 = (port: number) =>
    `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 18\r\n`
  t.equal(await (await call(t, { sdp: g729(40_000) })).refused(), 488)
  const broken = await call(t, { sdp: 'v=0\r\nm=nothing at all\r\n' })
  const status = await broken.refused()
  t.ok(status === 400 || status === 488, `${status}`)
  await isWell(t)
})

await t.test('nobody unknown is put through to the outside', async t => {
  const outside = [
    '13800000000',
    '013800000000',
    '+8613800000000',
    '9001',
    '1001',
    '13800000000;phone-context=12393',
    '123930',
    '%31%32%33',
  ]
  for (const to of outside) {
    const caller = await call(t, { to, headers: ['Refer-To: <sip:13800000000@127.0.0.1>'] })
    const status = await caller.refused()
    t.ok(status === 404 || status === 403 || status === 400, `${to}: ${status}`)
  }
  const caller = await call(t, {
    headers: [
      `Route: <sip:${carrier.trunk};lr>`,
      'Diversion: <sip:13800000000@127.0.0.1>',
      'X-Hotline-Resume: 1',
      'variable_sip_h_X: bridge',
    ],
  })
  await caller.answered()
  const refer = await caller.ask('REFER', [`Refer-To: <sip:13800000000@${carrier.trunk}>`])
  t.ok(refer >= 400, `REFER: ${refer}`)
  t.ok((await caller.ask('INFO', ['Record: on'])) >= 200)
  await caller.press('13800000000#')
  await caller.hangUp()
  t.equal(carrier.calls.length, 0, 'the trunk never rang')
  const { items } = await demo.done('/api/calls?direction=outbound')
  t.same(items, [])
  await isWell(t)
})

await t.test('wrong passwords cost ever more time, then a ban with an end', async t => {
  const stranger = await openStranger('127.0.0.2')
  t.teardown(() => stranger.close())
  const { user } = await demo.done('/api/phone', { as: '1001' })
  const waits: number[] = []
  // Side by side: one after another they would cost forty seconds.
  const tries = await Promise.all(Array.from({ length: 10 }, async () => stranger.challenge(user)))
  const begunMs = performance.now()
  for (const one of tries) stranger.guess(one)
  for (const one of tries.slice(0, 3)) {
    const status = await stranger.answerOf(one)
    t.ok(status === 401 || status === 403, `${status}`)
    waits.push(performance.now() - begunMs)
  }
  t.ok(waits[0]! >= 200 && waits[1]! >= 450 && waits[2]! >= 900, `${waits.map(Math.round)}`)
  const ban = await until('the ban', async () => {
    const { items } = await demo.done('/api/bans')
    return items.find((one: any) => one.address === '127.0.0.2')
  })
  const leftMs = Date.parse(ban.until) - Date.now()
  t.ok(leftMs > 60_000 && leftMs < 3_600_000, `banned for ${leftMs} ms`)
  const after = stranger.options()
  await (await call(t, { to: '99999' })).refused()
  t.equal(stranger.statusOf(after), undefined, 'it hears nothing any more')
  await demo.done('/api/bans/127.0.0.2', { method: 'DELETE' })
  t.equal(await stranger.answerOf(stranger.options()), 200, 'until the ban is lifted')
  await isWell(t)
})

await t.test('with all lines busy a caller is told so, and counted once', async t => {
  const settings = await demo.done('/api/settings')
  await demo.done('/api/settings', { method: 'PUT', body: { ...settings, lineLimit: 1 } })
  const first = await call(t, { from: '13911110001' })
  await first.answered()
  const blockedBefore = (await demo.done('/api/today')).blocked
  const from = '13911110002'
  const second = await call(t, { from })
  t.equal(await second.refused(30_000), 486)
  t.ok(
    second.statuses.some(({ status }) => status === 183),
    'after an announcement',
  )
  t.notOk(
    second.statuses.some(({ status }) => status === 200),
    'without an answer',
  )
  t.ok(rms(second.end.sound()) > 200, 'that can be heard')
  const lengthMs = second.times.endedAt - second.times.invitedAt
  // The same caller dials again within five seconds of the first try, and a little later once more.
  if (lengthMs < 4000) t.equal(await (await call(t, { from })).refused(30_000), 486)
  await until('the blocked call', async () => {
    const { items } = await demo.done('/api/calls?result=blocked')
    return items.find((one: any) => one.caller === from)
  })
  t.equal((await demo.done('/api/today')).blocked, blockedBefore + 1)
  const { items } = await demo.done('/api/missed-calls?kind=blocked')
  t.equal(items.filter((one: any) => one.number === from).length, 1)
  await first.hangUp()
  await demo.done('/api/settings', { method: 'PUT', body: settings })
  await until('the line to be free', async () => (await demo.done('/api/lines')).used === 0)
  const third = await call(t, { from })
  await third.answered()
  await isWell(t)
})

await t.test('random bytes on every port disturb nobody', async t => {
  const watched = watchStalls()
  t.teardown(() => watched.close())
  const caller = await call(t, { from: '13911110003' })
  await caller.answered()
  caller.speak(CALLER_HZ)
  const from = caller.end.packets.length
  const { sip } = JSON.parse(readFileSync(join(demo.dataDir, 'switch/switch.json'), 'utf8'))
  const udp = createSocket('udp4')
  t.teardown(() => udp.close())
  const farPort = caller.farPort()
  for (const port of [sipPort, farPort, farPort + 1])
    for (let i = 0; i < 100; i++)
      udp.send(randomBytes(1 + Math.floor(Math.random() * 1200)), port, '127.0.0.1')
  for (const port of [demo.ports.http, sipPort, demo.ports.esl, sip.webSocketPort])
    for (const length of [1, 20, 5000, 200_000]) await throwAt(port, randomBytes(length))
  await throwAt(demo.ports.esl, Buffer.from('auth wrong\n\nauth wrong\n\napi status\n\n'))
  await throwAt(sip.webSocketPort, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
  await caller.end.hear(1000)
  isUnbroken(t, caller, watched.stalls, from)
  await isWell(t)
  await caller.hangUp()
})

await t.test('a broken flow is refused with its place, and the old one stays', async t => {
  const { flow, version } = await demo.done('/api/flows/12393')
  const broken = structuredClone(flow)
  broken.nodes['main-menu'].choices['1'] = 'nowhere'
  const put = (body: unknown) => demo.api('/api/flows/12393?publish=true', { method: 'PUT', body })
  const answer = await put(broken)
  t.equal(answer.status, 422)
  t.match(answer.body, { code: 'BROKEN_FLOW' })
  t.match(JSON.stringify(answer.body), /main-menu/)
  t.match(JSON.stringify(answer.body), /nowhere/)
  t.match(await put({ id: '12393' }), { status: 422 })
  t.match(await put('nonsense'), { status: 422 })
  t.equal((await demo.done('/api/flows/12393')).version, version)
  const caller = await dialToMenu(t, demo, { from: '13911110004' })
  t.match(
    (await timelineOf(demo, caller)).find(({ type }) => type === 'flow-entered'),
    { data: { version } },
  )
  await caller.hangUp()
})

await t.test('keys that mean nothing and no keys at all lead to an agent or a message', async t => {
  const caller = await dialToMenu(t, demo, { from: '13911110005' })
  await caller.press('7')
  await reaches(demo, caller, 'wrong-input', { digit: '7' })
  // Nobody is signed in: the group cannot take the call, and the caller may leave a message.
  await reaches(demo, caller, 'node-entered', { node: 'queue-full' })
  await caller.press('1')
  await reaches(demo, caller, 'node-entered', { node: 'message' })
  await caller.hangUp()
  await isWell(t)
})

/** Writes and hangs up when the far side does, or after a moment. */
async function throwAt(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined) // Being cut off is right.
  socket.on('data', () => undefined)
  socket.end(bytes)
  const timer = setTimeout(() => socket.destroy(), 300)
  await new Promise<void>(resolve => socket.on('close', () => resolve()))
  clearTimeout(timer)
}

interface Guess {
  readonly callId: string
  readonly user: string
  readonly challenge: string
}

/** Somebody at another address, who registers and asks. */
async function openStranger(address: string) {
  const socket = createSocket('udp4')
  socket.bind(0, address)
  await once(socket, 'listening')
  const { port } = socket.address()
  const responses = new Map<string, string>()
  socket.on('message', data => {
    const message = data.toString()
    const [, key] = /^CSeq:\s*(\d+)/im.exec(message) ?? []
    const [, callId] = /^Call-ID:\s*(\S+)/im.exec(message) ?? []
    responses.set(`${callId} ${key}`, message)
  })
  const uri = `sip:127.0.0.1:${sipPort}`
  const send = (method: string, callId: string, seq: number, user: string, more: string[] = []) =>
    socket.send(
      [
        `${method} ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${randomBytes(8).toString('hex')};rport`,
        'Max-Forwards: 70',
        `From: <sip:${user}@127.0.0.1>;tag=1`,
        `To: <sip:${user}@127.0.0.1>`,
        `Call-ID: ${callId}`,
        `CSeq: ${seq} ${method}`,
        `Contact: <sip:${user}@${address}:${port}>`,
        ...more,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
      sipPort,
      '127.0.0.1',
    )
  const newCallId = () => randomBytes(8).toString('hex')
  const statusOf = ({ callId }: { callId: string }, seq = 2) => {
    const message = responses.get(`${callId} ${seq}`)
    return message === undefined ? undefined : Number(message.slice(8, 11))
  }
  return {
    async challenge(user: string): Promise<Guess> {
      const callId = newCallId()
      send('REGISTER', callId, 1, user)
      const answer = await until('a challenge', () => responses.get(`${callId} 1`), 10_000, 5)
      return { callId, user, challenge: /^WWW-Authenticate:.*$/im.exec(answer)?.[0] ?? '' }
    },
    guess({ callId, user, challenge }: Guess) {
      const account = { user, password: 'guess' }
      send('REGISTER', callId, 2, user, [answerTo(challenge, account, uri, 401, 'REGISTER')])
    },
    options(): { callId: string } {
      const callId = newCallId()
      send('OPTIONS', callId, 2, 'stranger')
      return { callId }
    },
    statusOf,
    answerOf: (one: { callId: string }) => until('an answer', () => statusOf(one), 15_000, 5),
    close: () => socket.close(),
  }
}
