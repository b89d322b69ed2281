// The clock of server and switch — Redis has a machine of its own — is set forward and back by an hour while people talk, wait and wrap up.
import t from 'tap'
import { startDemo } from '../fixtures/demo.ts'
import { createFakeTime } from '../fixtures/faketime.ts'
import { hears, openHall, talk } from '../fixtures/hall.ts'
import { freePorts } from '../fixtures/ports.ts'
import { startRedis } from '../fixtures/redis.ts'
import { stepsOf } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(300_000)
const step = stepsOf(t)
const time = createFakeTime(t)
const [port = 0] = await freePorts(1)
const redis = await startRedis({ port })
t.teardown(() => redis.close())
const demo = await startDemo(t, { env: { ...time.env, REDIS_URL: redis.url }, embedded: true })
await demo.openOffice()
const hall = await openHall(t, demo)
const HOUR_S = 3600

/** Until the server has noticed: its own time is the new one. */
const noticed = (id: string) => hall.fact(id, 'clock-jumped')
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

for (const [name, offsetS] of [
  ['forward', HOUR_S],
  ['back', 0],
] as const)
  await step(`an hour ${name}: the talk goes on, the one who waits keeps the place`, async t => {
    const agent = name === 'forward' ? '1001' : '1002'
    const phone = await hall.phone(agent, 880)
    const { id, caller } = await talk(hall, phone, { hz: 440, from: '13900000001' })
    const other = await hall.dial({ hz: 500, from: '13900000002' })
    const otherId = await hall.idOf(other)
    await hall.fact(otherId, 'queue-joined')
    time.set(offsetS)
    await noticed(id)
    await hears(t, 'the caller', caller, { of: [880], not: [440] })
    t.match(await hall.agent(agent), { state: 'talking', phone: 'registered' })
    t.match(await hall.queue('consult'), { waiting: 1 })
    await pause(5000)
    t.match(await hall.agent(agent), { state: 'talking' }, 'still')
    t.equal(other.times.endedAt, 0, 'who waits still waits')

    await caller.hangUp()
    const record = await hall.ended(id)
    t.match(record, { result: 'answered' })
    t.ok(record.durationMs < 120_000, `${record.durationMs} ms long`)
    t.ok(record.talkMs < 120_000, `${record.talkMs} ms talked`)
    // Wrap-up over, the one who waited is next.
    await hall.setState(agent, 'idle')
    await hall.fact(otherId, 'talk-began')
    const left = await hall.fact(otherId, 'queue-left')
    t.ok(
      left.data['waitMs'] > 0 && left.data['waitMs'] < 120_000,
      `${left.data['waitMs']} ms waited`,
    )
    await other.hangUp()
    await hall.ended(otherId)
    await hall.setState(agent, 'signed-out')
  })

await step('nothing had to be repaired, and everybody may still come in', async t => {
  const { counts } = await demo.done('/api/repairs')
  t.same(counts, {})
  const { status } = await demo.api('/health/ready', { as: null })
  t.equal(status, 200)
  await until('the floor', async () => (await demo.done('/api/lines')).used === 0)
})
