// A store that has lost something of the floor, told or untold: the floor is written anew, and the facts that are still known with it.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { LiveCall } from '../../../../server/control/state.ts'
import {
  connectRedis,
  createRedisFactStream,
  createRedisFloorStore,
  redisReady,
} from '../../../../server/store/index.ts'
import type { FloorStore } from '../../../../server/store/port.ts'
import { createControlTwin, faults, talk } from '../../../fixtures/control-twin.ts'
import { silentLog } from '../../../fixtures/log.ts'
import { startRedis } from '../../../fixtures/redis.ts'
import { until } from '../../../fixtures/until.ts'

t.setTimeout(120_000)
t.afterEach(() => {
  t.same(faults.splice(0), [], 'no fault in the loop')
})

const callIn = async (store: FloorStore, id: string): Promise<LiveCall | undefined> => {
  const text = (await store.load()).get(`call/${id}`)
  return text === undefined ? undefined : (JSON.parse(text) as LiveCall)
}

for (const unnoticed of [false, true])
  t.test(`a loss ${unnoticed ? 'nobody told of' : 'the store tells of'}`, async t => {
    const twin = await createControlTwin()
    t.teardown(() => twin.close())
    const before = { entries: await twin.store.load(), facts: twin.store.facts().length }
    const { call } = await talk(twin)
    const facts = twin.facts(call).map(({ type }) => type)
    twin.store.lose(before, unnoticed)
    if (unnoticed) t.same(twin.facts(call), [], 'gone')
    await until('the talk in the store', async () => await callIn(twin.store, call))
    t.match(await callIn(twin.store, call), { stage: { state: 'talking' } })
    t.same(
      twin.facts(call).map(({ type }) => type),
      facts,
      'with its facts, in order, each once',
    )
    const cause = unnoticed ? 'floor-differs' : 'floor-lost'
    t.match(
      twin.store.facts().filter(({ type }) => type === 'state-repaired'),
      [{ data: { cause } }],
    )
  })

t.test('a real Redis that lost more than can be sent again', async t => {
  const redis = await startRedis()
  t.teardown(() => redis.close())
  const address = { path: redis.path }
  const prefix = `${randomUUID()}:`
  const log = silentLog()
  const store = await createRedisFloorStore({ redis: address, prefix, epoch: 1, log })
  const stream = await createRedisFactStream({ redis: address, prefix, log })
  t.teardown(() => stream.close())
  const twin = await createControlTwin({ realStore: store })
  t.teardown(() => twin.close())
  const { call } = await talk(twin)
  const factsIn = async () =>
    (await stream.read(10_000, 1)).flatMap(({ fact }) =>
      fact?.subject === call ? [`${fact.seq} ${fact.type}`] : [],
    )
  await until(
    'the talk in Redis',
    async () => (await callIn(store, call))?.stage.state === 'talking',
  )
  const facts = await factsIn()

  // Longer ago than the store repeats by itself.
  await new Promise(resolve => setTimeout(resolve, 3000))
  const other = connectRedis(address)
  t.teardown(() => other.disconnect())
  await redisReady(other, 5000)
  await other.flushall()
  await twin.control.raiseAlarm('x', 'warning', 'x')
  await twin.ready('1002')
  await until('the talk in Redis again', async () => {
    try {
      return (await callIn(store, call))?.stage.state === 'talking'
    } catch {
      return false // Away for the moment it takes to find out what is lost.
    }
  })
  await until('the facts in Redis again', async () => (await factsIn()).length >= facts.length)
  t.same((await factsIn()).slice(0, facts.length), facts)
})
