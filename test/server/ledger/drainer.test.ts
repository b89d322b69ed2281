import t from 'tap'
import { randomUUID } from 'node:crypto'
import { createDrainer } from '../../../server/ledger/index.ts'
import { summarise } from '../../../server/records/index.ts'
import {
  connectRedis,
  createMemoryFloorStore,
  createRedisFactStream,
  createRedisFloorStore,
  createRepositories,
  type Database,
  type FactStream,
  openDatabase,
  redisReady,
} from '../../../server/store/index.ts'
import type { Fact } from '../../../server/ledger/fact.ts'
import { abandonedCall, began, play, wholeCall } from '../../fixtures/facts.ts'
import { silentLog } from '../../fixtures/log.ts'
import { startPostgres } from '../../fixtures/postgres.ts'
import { startRedis } from '../../fixtures/redis.ts'

// Databases start slowly on a busy machine.
t.setTimeout(240_000)

const LIMIT_MS = 30_000
const log = silentLog()
const [redis, postgres] = await Promise.all([startRedis(), startPostgres()])
t.teardown(() => redis.close())
t.teardown(() => postgres.close())
const pglite = await openDatabase({ folder: null, log })
t.teardown(() => pglite.close())
const day = Date.parse('2025-06-01T00:00:00Z')

const floorWith = async () => {
  const prefix = `${randomUUID()}:`
  const store = await createRedisFloorStore({ redis: { path: redis.path }, prefix, epoch: 1, log })
  const stream = await createRedisFactStream({ redis: { path: redis.path }, prefix, log })
  return {
    prefix,
    store,
    stream,
    write: (facts: readonly Fact[]) => store.commit({ facts, set: {}, remove: [] }),
  }
}
const drainerOn = (database: Database, stream: FactStream) => {
  const kept = createRepositories(database)
  return { kept, drainer: createDrainer({ stream, facts: kept.facts, log }) }
}

t.test('facts reach the database, records are told, Redis is emptied', async t => {
  const { store, stream, write } = await floorWith()
  const { kept, drainer } = drainerOn(pglite, stream)
  t.teardown(async () => {
    await drainer.close()
    await store.close()
    await stream.close()
  })
  const recorded: string[] = []
  drainer.onRecorded(subjects => recorded.push(...subjects))
  for (const fact of wholeCall('a1', day)) await write([fact])
  await write([
    {
      subject: 'agent:1001',
      seq: 0,
      at: day,
      type: 'agent-state',
      data: { agent: '1001', state: 'idle', by: '1001' },
    },
  ])
  await drainer.flush(LIMIT_MS)
  t.same(await kept.calls.byId('a1'), summarise(wholeCall('a1', day)).record)
  t.equal((await kept.facts.of('agent:1001')).length, 1)
  t.equal(await drainer.lag(), 0)
  t.ok(recorded.includes('a1'))
  t.equal(drainer.isUp(), true)
  await drainer.flush(1)
  await write(abandonedCall('a2', day + 60_000))
  const since: string[] = []
  for await (const fact of drainer.factsSince(day + 60_000))
    if (fact.subject === 'a2') since.push(fact.type)
  t.same(
    since,
    abandonedCall('a2', day).map(({ type }) => type),
    'what is on its way is read as well',
  )
})

t.test('facts lost, repeated and out of order on their way do no harm', async t => {
  const memory = createMemoryFloorStore()
  const whole = wholeCall('b1', day)
  const shuffled = [...whole, ...whole]
    .map((fact, n) => ({ fact, key: (n * 7919) % 31 }))
    .sort((a, b) => a.key - b.key)
    .map(({ fact }) => fact)
  let left = shuffled.map((fact, n) => ({ id: `${n + 1}-0`, fact, text: '' }))
  const stream: FactStream = {
    ...memory.stream,
    read: (limit, waitMs) =>
      left.length > 0 ? Promise.resolve(left.slice(0, 3)) : memory.stream.read(limit, waitMs),
    trim: async id => {
      left = left.filter(entry => Number.parseInt(entry.id) > Number.parseInt(id))
    },
    length: async () => left.length,
    lastId: async () => `${shuffled.length}-0`,
  }
  const { kept, drainer } = drainerOn(pglite, stream)
  t.teardown(() => drainer.close())
  await drainer.flush(LIMIT_MS)
  t.same(await kept.facts.of('b1'), whole)
  t.same(await kept.calls.byId('b1'), summarise(whole).record)
  await kept.facts.record(
    wholeCall('b2', day).filter(({ type }) => type !== 'talk-ended' && type !== 'queue-joined'),
    summarise,
  )
  t.match(
    await kept.calls.byId('b2'),
    { result: 'answered', durationMs: 60_000, queue: null, talkMs: 47_000 },
    'what is lost is missing, nothing else',
  )
})

t.test('what cannot be stored is set aside and holds up nothing', async t => {
  const { prefix, store, stream, write } = await floorWith()
  const client = connectRedis({ path: redis.path })
  await redisReady(client, 5000)
  await client.xadd(`${prefix}facts`, '*', 'fact', '{"broken')
  await write([
    { subject: 'c1', seq: 0, at: 1e30, type: 'call-answered', data: {} },
    ...play('c2', day, [0, 'call-began', began]),
  ])
  const { kept, drainer } = drainerOn(pglite, stream)
  t.teardown(async () => {
    await drainer.close()
    await store.close()
    await stream.close()
    client.disconnect()
  })
  await drainer.flush(LIMIT_MS)
  t.equal((await kept.calls.byId('c2'))?.caller, began.caller)
  t.equal(await client.xlen(`${prefix}facts-aside`), 2)
})

t.test(
  'PostgreSQL killed amid calls: facts wait in Redis, and arrive once when it is back',
  async t => {
    const { store, stream, write } = await floorWith()
    const database = await openDatabase({
      url: await postgres.createDatabase('killed'),
      folder: null,
      log,
    })
    const { kept, drainer } = drainerOn(database, stream)
    t.teardown(async () => {
      await drainer.close()
      await store.close()
      await stream.close()
      await database.close()
    })
    const calls = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => wholeCall(`d${from + n}`, day + (from + n) * 1000))
    for (const call of calls(0, 50)) await write(call)
    await postgres.kill()
    for (const call of calls(50, 50)) await write(call)
    t.equal(await database.isUp(), false)
    await t.rejects(drainer.flush(300), { message: /not drained within 300 ms/ })
    t.ok((await drainer.lag()) >= 50 * 16, 'they wait')
    t.equal(drainer.isUp(), false)
    await postgres.start()
    await drainer.flush(LIMIT_MS)
    t.equal(drainer.isUp(), true)
    t.equal(await drainer.lag(), 0)
    t.equal((await kept.calls.query({}, { limit: 1 })).total, 100)
    for (const n of [0, 49, 50, 99])
      t.same(await kept.facts.of(`d${n}`), wholeCall(`d${n}`, day + n * 1000))
    t.equal(await database.isUp(), true)
  },
)

t.test('Redis killed and back: the drainer goes on where it was', async t => {
  const { store, stream, write } = await floorWith()
  const { kept, drainer } = drainerOn(pglite, stream)
  t.teardown(async () => {
    await drainer.close()
    await store.close()
    await stream.close()
  })
  await write(wholeCall('e1', day))
  const up = new Promise<void>(resolve => store.onStatus(status => status === 'up' && resolve()))
  await redis.kill()
  await write(wholeCall('e2', day)).catch(() => undefined)
  await redis.start()
  await up
  await write(wholeCall('e3', day))
  await drainer.flush(LIMIT_MS)
  for (const id of ['e1', 'e2', 'e3'])
    t.same(await kept.calls.byId(id), summarise(wholeCall(id, day)).record)
})

t.test('two drainers on one stream write each call once and whole', async t => {
  const { store, stream, prefix, write } = await floorWith()
  const second = await createRedisFactStream({ redis: { path: redis.path }, prefix, log })
  const database = await openDatabase({
    url: await postgres.createDatabase('two'),
    folder: null,
    log,
  })
  const one = drainerOn(database, stream)
  const two = drainerOn(database, second)
  t.teardown(async () => {
    await one.drainer.close()
    await two.drainer.close()
    await store.close()
    await stream.close()
    await second.close()
    await database.close()
  })
  const calls = Array.from({ length: 60 }, (_, n) => wholeCall(`f${n}`, day))
  await Promise.all(
    calls.map(async call => {
      for (const fact of call) await write([fact])
    }),
  )
  await Promise.all([one.drainer.flush(LIMIT_MS), two.drainer.flush(LIMIT_MS)])
  for (const [n, call] of calls.entries())
    t.same(await one.kept.calls.byId(`f${n}`), summarise(call).record)
})
