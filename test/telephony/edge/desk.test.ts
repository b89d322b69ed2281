// The edge and the servers meet in Redis; each goes on when it, or the other, is away.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connectRedis } from '../../../server/store/index.ts'
import { createEdgeDesk, type EdgeDesk } from '../../../server/process/edge-desk.ts'
import { createDesk, type Desk } from '../../../telephony/edge/desk.ts'
import type { BlockedCall, EdgeState } from '../../../telephony/edge/keys.ts'
import type { Load } from '../../../telephony/edge/lines.ts'
import type { EdgeSettings } from '../../../telephony/edge/settings.ts'
import type { Blocked } from '../../../telephony/edge/verdict.ts'
import { createLog } from '../../../server/log.ts'
import { edgeSettings } from '../../fixtures/edge.ts'
import { startRedis } from '../../fixtures/redis.ts'
import { until } from '../../fixtures/until.ts'

const PREFIX = 'desk-test:'
const log = createLog('silent')

const blocked = (caller: string): Blocked => ({
  caller,
  number: '12393',
  reason: 'flood',
  counted: true,
  address: '203.0.113.9',
  sipCallId: `${caller}@203.0.113.9`,
  at: 5,
})

async function site(t: Test) {
  const redis = await startRedis()
  t.teardown(redis.close)
  const folder = mkdtempSync(join(tmpdir(), 'hotline-edge-desk-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))

  const openDesk = (name = 'edge-1', place = folder) => {
    const heard: { settings: EdgeSettings[]; load: Load; forgiven: string[] } = {
      settings: [],
      load: new Map(),
      forgiven: [],
    }
    const state = (): EdgeState => ({
      name,
      at: Date.now(),
      isConnected: true,
      settingsOf: desk.settings().publishedAt,
      lines: 3,
      announcing: 0,
      hasAnnouncer: false,
      nodes: [],
      trunks: [],
      bans: [],
    })
    const desk: Desk = createDesk({
      redis: redis.path,
      prefix: PREFIX,
      name,
      drachtio: '127.0.0.1:9022',
      folder: place,
      onSettings: settings => void heard.settings.push(settings),
      onLoad: load => void (heard.load = load),
      onUnban: address => void heard.forgiven.push(address),
      state,
      log,
    })
    return { desk, heard }
  }
  const openServer = async (server: string, isSteering = true) => {
    const connection = connectRedis({ path: redis.path })
    connection.on('error', () => undefined)
    await connection.connect()
    const facts: BlockedCall[] = []
    const desk: EdgeDesk = createEdgeDesk({
      redis: connection,
      prefix: PREFIX,
      server,
      lines: () => new Map([['a', 7]]),
      isSteering: () => isSteering,
      now: Date.now,
      log,
    })
    desk.onBlocked(call => void facts.push(call))
    const close = () => {
      desk.close()
      connection.disconnect()
    }
    t.teardown(close)
    return { desk, facts, close }
  }
  return { redis, folder, openDesk, openServer }
}

t.test('what is set is in force without a restart, and known when nobody is there', async t => {
  const { redis, openDesk, openServer } = await site(t)
  const server = await openServer('server-1')
  const { desk, heard } = openDesk()
  t.teardown(desk.close)
  t.same(desk.settings().publishedNumbers, [], 'nobody rings in before anything was told')
  await server.desk.publish(edgeSettings({ publishedAt: 10 }))
  await until('settings', () => desk.settings().publishedAt === 10)
  await server.desk.publish(edgeSettings({ publishedAt: 9, publishedNumbers: ['96111'] }))
  await until('newer settings', () => desk.settings().publishedAt === 11)
  t.same(
    heard.settings.map(one => one.publishedNumbers),
    [['12393'], ['96111']],
    'what is set last counts, whatever the clock of its server says',
  )
  await until('the load of a switch', () => heard.load.get('a')?.lines === 7)
  await until('the state of the edge', () => server.desk.states()[0]?.settingsOf === 11)
  await server.desk.unban('203.0.113.9')
  await until('a word of forgiveness', () => heard.forgiven[0] === '203.0.113.9')

  await desk.close()
  await redis.kill()
  const { desk: alone } = openDesk()
  t.teardown(alone.close)
  t.same(alone.settings().publishedNumbers, ['96111'], 'from its own disk, without Redis')
  t.equal(alone.holding(), 'unknown')
})

t.test('blocked calls become facts, each once', async t => {
  const { redis, openDesk, openServer } = await site(t)
  const { desk } = openDesk()
  t.teardown(desk.close)
  await until('redis', () => desk.holding() === 'ours')
  desk.onBlocked(blocked('1'))
  const follower = await openServer('server-1', false)
  await until('the follower to look', () => follower.desk.states().length > 0)
  t.same(follower.facts, [], 'who follows takes none')
  const server = await openServer('server-2')
  await until('the first one', () => server.facts.length === 1)

  await redis.kill()
  for (const caller of ['2', '3']) desk.onBlocked(blocked(caller))
  await redis.start()
  await until('those that waited for Redis', () => server.facts.length >= 3)
  t.same(
    server.facts.map(({ caller }) => caller),
    ['1', '2', '3'],
  )
  const ids = new Set(server.facts.map(({ id }) => id))
  t.equal(ids.size, 3, 'each has an id of its own, by which a fact is written once')
})

t.test('one drachtio is served by one edge', async t => {
  const { folder, openDesk } = await site(t)
  const first = openDesk('edge-1').desk
  await until('the first one', () => first.holding() === 'ours')
  const second = openDesk('edge-2', join(folder, 'second')).desk
  t.teardown(second.close)
  await until('the second one', () => second.holding() === 'others')
  await first.close()
  const again = openDesk('edge-1').desk
  await until('the first one, started again', () => again.holding() === 'ours')
  await again.close()
  t.equal(second.holding(), 'others', 'a restart gives nothing away')
  await until('the second one takes over', () => second.holding() === 'ours')
})
