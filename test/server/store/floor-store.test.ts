import t from 'tap'
import { randomUUID } from 'node:crypto'
import {
  connectRedis,
  createMemoryFloorStore,
  createRedisFactStream,
  createRedisFloorStore,
  redisReady,
  StoreAway,
  takeLease,
  type FactStream,
  type FloorStore,
} from '../../../server/store/index.ts'
import type { Fact } from '../../../server/ledger/fact.ts'
import { silentLog } from '../../fixtures/log.ts'
import { startRedis } from '../../fixtures/redis.ts'

// Databases start slowly on a busy machine.
t.setTimeout(240_000)

const redis = await startRedis()
t.teardown(() => redis.close())
const log = silentLog()

const answered = (subject: string, seq: number, at = 1000 + seq): Fact => ({
  subject,
  seq,
  at,
  type: 'call-answered',
  data: {},
})
const ended = (subject: string, seq: number, at: number): Fact => ({
  subject,
  seq,
  at,
  type: 'call-ended',
  data: { result: 'answered', cause: 'NORMAL_CLEARING', by: 'caller' },
})
const nothing = { facts: [], set: {}, remove: [] }
const facts = async (stream: FactStream) =>
  (await stream.read(100_000, 1)).map(({ fact }) => `${fact?.subject}/${fact?.seq}`)
const statusBecomes = (store: FloorStore, wanted: string) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the store did not become ${wanted} in 15 s`)),
      15_000,
    )
    store.onStatus(status => {
      if (status !== wanted) return
      clearTimeout(timer)
      resolve()
    })
  })

/** Redis and memory behind the same door, each with a way to go away, come back and lose the lease. */
const kinds = {
  redis: async () => {
    const prefix = `${randomUUID()}:`
    const store = await createRedisFloorStore({
      redis: { path: redis.path },
      prefix,
      epoch: 1,
      log,
    })
    const stream = await createRedisFactStream({ redis: { path: redis.path }, prefix, log })
    return {
      store,
      stream,
      away: async () => {
        const down = statusBecomes(store, 'down')
        await redis.kill()
        await down
      },
      back: async () => {
        const up = statusBecomes(store, 'up')
        await redis.start()
        await up
      },
      lose: async () => {
        const other = connectRedis({ path: redis.path })
        await redisReady(other, 5000)
        for (const _ of [1, 2]) await takeLease({ redis: other, prefix }, 'switch', 'other', 10_000)
        const { epoch } = (
          (await takeLease({ redis: other, prefix }, 'switch', 'other', 10_000)) as {
            lease: { epoch: number }
          }
        ).lease
        t.ok(epoch > 1)
        other.disconnect()
      },
    }
  },
  memory: async () => {
    const store = createMemoryFloorStore()
    return {
      store,
      stream: store.stream,
      away: async () => store.setStatus('down'),
      back: async () => store.setStatus('up'),
      lose: async () => store.loseLease(),
    }
  },
}

for (const [kind, open] of Object.entries(kinds)) {
  t.test(`the floor in ${kind}`, async t => {
    const opened = async (t: { teardown(end: () => Promise<void>): void }) => {
      const place = await open()
      t.teardown(async () => {
        await place.store.close()
        await place.stream.close()
      })
      return place
    }

    t.test(
      'a change is there as a whole, and the floor is what the last change made it',
      async t => {
        const { store, stream } = await opened(t)
        t.same([...(await store.load())], [])
        await store.commit({
          facts: [answered('c1', 0), answered('c1', 1)],
          set: { 'call/c1': '{"state":"waiting"}', 'agent/1001': 'idle' },
          remove: [],
        })
        await store.commit({
          facts: [],
          set: { 'agent/1001': 'talking' },
          remove: ['call/c1', 'call/unknown'],
        })
        t.same([...(await store.load())], [['agent/1001', 'talking']])
        t.same(await facts(stream), ['c1/0', 'c1/1'])
        t.equal(await stream.length(), 2)
      },
    )

    t.test('commits made side by side keep their order', async t => {
      const { store, stream } = await opened(t)
      const changes = Array.from({ length: 500 }, (_, seq) => ({
        facts: [answered('c1', seq)],
        set: { 'meta/last': String(seq) },
        remove: [],
      }))
      await Promise.all(changes.map(change => store.commit(change)))
      t.equal((await store.load()).get('meta/last'), '499')
      t.same(
        await facts(stream),
        changes.map((_, seq) => `c1/${seq}`),
      )
    })

    t.test(
      'a fact already written is not written twice, and its floor change is made all the same',
      async t => {
        const { store, stream } = await opened(t)
        await store.commit({ ...nothing, facts: [answered('c1', 4), answered('c2', 0)] })
        await store.commit({
          facts: [answered('c1', 3), answered('c1', 4), answered('c1', 5)],
          set: { 'call/c1': 'x' },
          remove: [],
        })
        t.same(await facts(stream), ['c1/4', 'c2/0', 'c1/5'])
        t.equal((await store.load()).get('call/c1'), 'x')
      },
    )

    t.test('a fact of wrap-up after the end of the call is written once', async t => {
      const { store, stream } = await opened(t)
      await store.commit({ ...nothing, facts: [ended('c1', 9, 5000)] })
      await store.commit({ ...nothing, facts: [ended('c1', 9, 5000), answered('c1', 10)] })
      t.same(await facts(stream), ['c1/9', 'c1/10'])
    })

    t.test('text of any kind comes back as it was', async t => {
      const { store, stream } = await opened(t)
      const value = '座席 "1001"\n\\ 😀 \u0000 }'
      await store.commit({
        facts: [
          {
            ...answered('c1', 0),
            type: 'call-described',
            data: { by: '1001', notes: value },
          } as Fact,
        ],
        set: { 'agent/1001': value },
        remove: [],
      })
      t.equal((await store.load()).get('agent/1001'), value)
      t.same((await stream.read(1, 1))[0]?.fact?.data, { by: '1001', notes: value })
    })

    t.test('what is trimmed is gone, what came after stays', async t => {
      const { store, stream } = await opened(t)
      await store.commit({ ...nothing, facts: [0, 1, 2].map(seq => answered('c1', seq)) })
      const [, second] = await stream.read(2, 1)
      await stream.trim(second!.id)
      t.same(await facts(stream), ['c1/2'])
      const newest = await stream.lastId()
      await stream.trim(newest)
      t.equal(await stream.length(), 0)
      t.equal(await stream.lastId(), newest, 'the newest id is known after trimming')
    })

    t.test('a reader waits for the first fact', async t => {
      const { store, stream } = await opened(t)
      const reading = stream.read(10, 10_000)
      await store.commit({ ...nothing, facts: [answered('c1', 0)] })
      t.equal((await reading).length, 1)
    })

    t.test(
      'while the store is away commits are refused but kept, and written in order when it is back',
      async t => {
        const { store, stream, away, back } = await opened(t)
        await store.commit({ facts: [answered('c1', 0)], set: { 'call/c1': '0' }, remove: [] })
        await away()
        const refused = [1, 2, 3].map(seq =>
          store.commit({
            facts: [answered('c1', seq)],
            set: { 'call/c1': String(seq) },
            remove: [],
          }),
        )
        for (const one of refused) {
          const reason = await one.catch((err: unknown) => err)
          t.ok(reason instanceof StoreAway && reason.kept && reason.code === 'STORE_AWAY')
        }
        await t.rejects(store.load(), { code: 'STORE_AWAY' })
        await back()
        await store.commit({ ...nothing, facts: [answered('c1', 4)] })
        t.same(
          await facts(stream),
          [0, 1, 2, 3, 4].map(seq => `c1/${seq}`),
        )
        t.equal((await store.load()).get('call/c1'), '3')
      },
    )

    t.test('when another server has the lease nothing more is written', async t => {
      const { store, stream, lose } = await opened(t)
      await store.commit({ ...nothing, facts: [answered('c1', 0)] })
      await lose()
      await t.rejects(
        store.commit({ facts: [answered('c1', 1)], set: { 'call/c1': 'x' }, remove: [] }),
      )
      await t.rejects(store.commit(nothing), { code: 'LEASE_LOST' })
      await t.rejects(store.load(), { code: 'LEASE_LOST' })
      t.same(await facts(stream), ['c1/0'])
    })

    t.test('a closed store takes nothing', async t => {
      const { store } = await opened(t)
      await store.close()
      await t.rejects(store.commit(nothing), { code: 'STORE_AWAY' })
    })
  })
}

t.test('kill -9 of Redis amid a stream of commits loses none and doubles none', async t => {
  const prefix = `${randomUUID()}:`
  const store = await createRedisFloorStore({ redis: { path: redis.path }, prefix, epoch: 7, log })
  const stream = await createRedisFactStream({ redis: { path: redis.path }, prefix, log })
  t.teardown(async () => {
    await store.close()
    await stream.close()
  })
  let kept = 0
  const commit = (seq: number) =>
    store
      .commit({ facts: [answered('c1', seq)], set: { 'meta/last': String(seq) }, remove: [] })
      .catch((err: unknown) => {
        if (!(err instanceof StoreAway) || !err.kept) throw err
        kept += 1
      })
  const before = Array.from({ length: 2000 }, (_, seq) => commit(seq))
  const down = statusBecomes(store, 'down')
  await before[200]
  await redis.kill()
  await down
  const during = Array.from({ length: 100 }, (_, seq) => commit(2000 + seq))
  const up = statusBecomes(store, 'up')
  await redis.start()
  await up
  await Promise.all([...before, ...during, commit(2100)])
  t.ok(kept >= 100, 'some were refused and kept')
  t.same(
    await facts(stream),
    Array.from({ length: 2101 }, (_, seq) => `c1/${seq}`),
  )
  t.equal((await store.load()).get('meta/last'), '2100')
  t.equal(store.pendingCount(), 0)
})

t.test('what a Redis that lost its newest second has forgotten is sent again', async t => {
  const prefix = `${randomUUID()}:`
  const store = await createRedisFloorStore({ redis: { path: redis.path }, prefix, epoch: 3, log })
  const stream = await createRedisFactStream({ redis: { path: redis.path }, prefix, log })
  t.teardown(async () => {
    await store.close()
    await stream.close()
  })
  for (const seq of [0, 1, 2])
    await store.commit({
      facts: [answered('c1', seq)],
      set: { 'meta/last': String(seq) },
      remove: [],
    })
  const other = connectRedis({ path: redis.path })
  t.teardown(() => other.disconnect())
  await redisReady(other, 5000)
  await other.del(`${prefix}lease/switch`, `${prefix}floor`, `${prefix}facts`, `${prefix}seq`)
  const up = statusBecomes(store, 'up')
  const change = { facts: [answered('c1', 3)], set: { 'agent/1': 'x' }, remove: [] }
  await t.rejects(store.commit(change), { code: 'STORE_AWAY', kept: true })
  await up
  await store.commit({ facts: [answered('c1', 4)], set: {}, remove: [] })
  t.same(
    await facts(stream),
    [0, 1, 2, 3, 4].map(seq => `c1/${seq}`),
  )
  t.same([...(await store.load())].sort(), [
    ['agent/1', 'x'],
    ['meta/last', '2'],
  ])
})

t.test('a Redis that stands still is away until it moves again', async t => {
  const prefix = `${randomUUID()}:`
  const store = await createRedisFloorStore({ redis: { path: redis.path }, prefix, epoch: 1, log })
  t.teardown(() => store.close())
  const down = statusBecomes(store, 'down')
  redis.freeze()
  t.teardown(() => redis.thaw())
  const waiting = store.commit({ ...nothing, set: { 'meta/a': '1' } })
  await t.rejects(waiting, { code: 'STORE_AWAY', kept: true })
  await down
  t.equal(store.status(), 'down')
  const up = statusBecomes(store, 'up')
  redis.thaw()
  await up
  t.equal((await store.load()).get('meta/a'), '1')
})

t.test('the lease', async t => {
  const prefix = `${randomUUID()}:`
  const client = connectRedis({ path: redis.path })
  t.teardown(() => client.disconnect())
  await redisReady(client, 5000)
  const take = (owner: string, ttlMs = 60_000) =>
    takeLease({ redis: client, prefix }, 'fs1', owner, ttlMs)
  const first = await take('a')
  t.match(first, { state: 'taken', lease: { owner: 'a', node: 'fs1' } })
  t.match(await take('b'), { state: 'held', owner: 'a' }, 'nobody takes it while it is held')
  const again = await take('a')
  if (first.state !== 'taken' || again.state !== 'taken') return t.fail('not taken')
  t.ok(again.lease.epoch > first.lease.epoch, 'the same server after a restart gets a new epoch')
  t.equal(await first.lease.renew(), false, 'its own past can no longer renew')
  t.equal(await again.lease.renew(), true)
  await again.lease.release()
  const next = await take('b', 1)
  if (next.state !== 'taken') return t.fail('a released lease is not free at once')
  t.ok(next.lease.epoch > again.lease.epoch, 'a released lease is free at once')
  await redisReady(client, 5000)
  const until = Date.now() + 5000
  let last = await take('c')
  while (last.state === 'held' && Date.now() < until) last = await take('c')
  if (last.state !== 'taken') return t.fail('one that ran out is not free')
  t.ok(last.lease.epoch > next.lease.epoch, 'one that ran out is free')
  await t.rejects(createRedisFloorStore({ redis: client, prefix, node: 'fs1', epoch: 2, log }))
})

t.test('one sentence when there is no Redis', async t => {
  await t.rejects(
    createRedisFloorStore({
      redis: { path: '/nonexistent/r.sock' },
      prefix: 'x',
      epoch: 1,
      log,
      readyTimeoutMs: 50,
    }),
    { message: /^Redis did not answer within 50 ms$/ },
  )
})
