// The edge in front of a real drachtio-server, by hand: `HOTLINE_TEST_DRACHTIO=/path/to/drachtio npm run test:edge`. Switches and
// networks are user agents of the test's own; scenarios with a real FreeSWITCH take the same variable.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createEdgeDesk } from '../../server/process/edge-desk.ts'
import { createLog } from '../../server/log.ts'
import { connectRedis } from '../../server/store/index.ts'
import type { BlockedCall } from '../../telephony/edge/keys.ts'
import { startDrachtio } from '../fixtures/drachtio.ts'
import { edgeSettings } from '../fixtures/edge.ts'
import { startRedis } from '../fixtures/redis.ts'
import { dial, type DialOptions } from '../fixtures/rtp-caller.ts'
import { createAnswerer } from '../fixtures/sip-answerer.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(240_000)
const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'hotline-edge-'))
const redis = await startRedis()
const drachtio = await startDrachtio()
const [a, b] = [await createAnswerer({ hz: 400 }), await createAnswerer({ hz: 500 })]
let output = ''

const startEdge = () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'telephony/edge/main.ts'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      DRACHTIO_URL: drachtio.url,
      REDIS_URL: redis.path,
      HOTLINE_DATA_DIR: folder,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (output += piece))
  return child
}
const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
const connection = connectRedis({ path: redis.path })
connection.on('error', () => undefined)
await connection.connect()
const facts: BlockedCall[] = []
const desk = createEdgeDesk({
  redis: connection,
  prefix: 'hotline:',
  server: 'test',
  lines: () => new Map(),
  isSteering: () => true,
  now: Date.now,
  log: createLog('silent'),
})
desk.onBlocked(call => void facts.push(call))

const node = (name: string, port: number, draining = false) => ({
  name,
  host: '127.0.0.1',
  port,
  weight: 1,
  draining,
})
const settings = (change: object = {}) =>
  edgeSettings({
    publishedAt: Date.now(),
    nodes: [node('a', a.port), node('b', b.port)],
    trunks: [],
    ...change,
  })
const state = () => desk.states()[0]
/** Returns when the edge goes by them. */
const publish = async (change: object = {}) => {
  const before = state()?.settingsOf ?? 0
  await desk.publish(settings(change))
  await until('settings in force', () => (state()?.settingsOf ?? 0) > before)
}
let edge = startEdge()
t.teardown(async () => {
  if (!t.passing()) process.stderr.write(output)
  await end(edge, 'SIGKILL')
  desk.close()
  connection.disconnect()
  await Promise.all([a.close(), b.close(), drachtio.close()])
  await redis.close()
  rmSync(folder, { recursive: true, force: true })
})
await desk.publish(settings())
await until('the edge', () => state()?.isConnected && state()?.nodes.length === 2)

const ring = async (change: Partial<DialOptions> = {}) => {
  const caller = await dial({ sipPort: drachtio.sipPort, ...change })
  t.teardown(() => caller.close())
  return caller
}
const refusal = async (change: Partial<DialOptions>) => (await ring(change)).refused()

t.test('who may ring in', async t => {
  t.equal(await refusal({ to: '0085290000000' }), 404, 'a number outside')
  t.equal(await refusal({ from: '666' }), 603, 'the blacklist')
  t.equal(await refusal({ headers: ['X-Hotline-Trunk: main'] }), 403, 'a forged header')
  t.equal(await refusal({ headers: ['Replaces: 1@a;to-tag=1;from-tag=2'] }), 403, 'a take-over')
  t.equal(a.calls.length + b.calls.length, 0, 'no switch has heard of them')
  await until('facts', () => facts.length === 2)
  t.same(
    facts.map(({ reason, counted }) => [reason, counted]),
    [
      ['unknown-number', true],
      ['blacklist', true],
    ],
  )
})

t.test('calls go to both switches, with their address, and end on both sides', async t => {
  const callers = [await ring({ from: '13800000001' }), await ring({ from: '13800000002' })]
  await Promise.all(callers.map(caller => caller.answered()))
  t.same([a.calls.length, b.calls.length], [1, 1])
  t.match(a.calls[0]?.invite, /^X-Hotline-Source: 127\.0\.0\.1/m)
  await until('two lines', () => state()?.lines === 2)
  await Promise.all(callers.map(caller => caller.hangUp()))
  await Promise.all([...a.calls, ...b.calls].map(call => call.ended()))
  await until('no line', () => state()?.lines === 0)
})

t.test('a switch that fails passes the call on, one that answers does not', async t => {
  await Promise.all([a.clear(), b.clear()])
  a.manner = 503
  const caller = await ring({ from: '13800000003' })
  await caller.answered()
  t.equal(b.calls.at(-1)?.from.includes('13800000003'), true)
  await caller.hangUp()
  a.manner = 486
  const before = b.calls.length
  t.equal(await refusal({ from: '13800000004' }), 486)
  t.equal(b.calls.length, before, 'who is busy is not rung elsewhere')
  a.manner = 'answer'
})

t.test('a caller who gives up, on the way to the second switch', async t => {
  a.manner = 503
  b.manner = 'ring'
  const caller = await ring({ from: '13800000005' })
  const call = await until('the second switch', () =>
    b.calls.find(({ from }) => from.includes('13800000005')),
  )
  await until('a provisional answer', () => caller.status() >= 100)
  // The proxy cancels what has answered; the ringing far side has said so by now.
  await pause(200)
  caller.cancel()
  t.equal(await caller.refused(), 487)
  await until('CANCEL at the switch', () => call.isCancelled() || b.manner !== 'ring')
  a.manner = 'answer'
  b.manner = 'answer'
})

t.test('draining', async t => {
  await publish({ nodes: [node('a', a.port, true), node('b', b.port)] })
  const before = a.calls.length
  for (const from of ['13800000006', '13800000007']) {
    const caller = await ring({ from })
    await caller.answered()
    await caller.hangUp()
  }
  t.equal(a.calls.length, before)
  await publish()
})

t.test('all lines are busy, with nobody to play the announcement', async t => {
  await publish({ lines: { limit: 1, reserve: 5 } })
  const caller = await ring({ from: '13800000008' })
  await caller.answered()
  t.equal(await refusal({ from: '13800000009' }), 486)
  t.equal(await refusal({ from: '13800000009' }), 486)
  await caller.hangUp()
  await until('facts', () => facts.filter(fact => fact.caller === '13800000009').length === 2)
  t.same(
    facts.filter(fact => fact.caller === '13800000009').map(fact => fact.counted),
    [true, false],
  )
  await publish()
})

t.test('edge and drachtio die during calls: no call does', async t => {
  const caller = await ring({ from: '13800000010' })
  await caller.answered()
  await end(edge, 'SIGKILL')
  await caller.hangUp()
  t.pass('a BYE with no edge')
  t.equal(await refusal({ from: '13800000011' }), 503, 'new ones are told at once')
  const restartedAt = Date.now()
  edge = startEdge()
  await until('the edge', () => state()?.isConnected && (state()?.at ?? 0) > restartedAt)

  const other = await ring({ from: '13800000012' })
  await other.answered()
  await drachtio.kill9()
  await drachtio.start()
  await other.hangUp()
  t.pass('a BYE by a drachtio that never saw the call')
  await until('the edge to be back', () => /drachtio connected/.test(output.slice(-2000)))
  const last = await until('a call', async () => {
    const caller = await ring({ from: '13800000013' })
    await until('an answer', () => caller.status() >= 200)
    return caller.status() === 200 ? caller : undefined
  })
  await last.hangUp()
})

t.test('who guesses passwords is shut out, until forgiven', async t => {
  const register = async (number: number) => {
    const response = await a.ask(drachtio.sipPort, [
      `REGISTER sip:127.0.0.1:${drachtio.sipPort} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${a.port};branch=z9hG4bKban${number};rport`,
      'Max-Forwards: 70',
      `From: <sip:1001@127.0.0.1>;tag=${number}`,
      'To: <sip:1001@127.0.0.1>',
      `Call-ID: ban-${number}@test`,
      `CSeq: 1 REGISTER`,
      `Contact: <sip:1001@127.0.0.1:${a.port}>`,
    ])
    return /^SIP\/2\.0 (\d+)/.exec(response)?.[1]
  }
  for (let number = 0; number < 10; number++) t.equal(await register(number), '403')
  t.equal(await register(10), '503')
  await until('the ban', () => state()?.bans[0]?.source === '127.0.0.1')
  await desk.unban('127.0.0.1')
  await until('no ban', () => state()?.bans.length === 0)
})

t.test('what was set is known with Redis and every server gone', async t => {
  await publish({ publishedNumbers: ['96111'] })
  await redis.kill()
  await end(edge, 'SIGKILL')
  edge = startEdge()
  const from = output.length
  await until('drachtio', () => output.slice(from).includes('drachtio connected'))
  const caller = await ring({ to: '96111', from: '13800000014' })
  await caller.answered()
  await caller.hangUp()
  t.ok(readFileSync(join(folder, 'edge/settings.json'), 'utf8').includes('96111'))
})
