// Events that never arrive, between a real switch and the server: each is missed, found, named and made good within seconds, while
// the people on the phone notice nothing.
import t from 'tap'
import { startDemo } from '../fixtures/demo.ts'
import { ask } from '../fixtures/http.ts'
import { hears, openHall } from '../fixtures/hall.ts'
import { putProxyBetween } from '../fixtures/proxied.ts'
import { stepsOf } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(300_000)
const step = stepsOf(t)
const demo = await startDemo(t)
await demo.openOffice()
const hall = await openHall(t, demo)
const { proxy } = await putProxyBetween(t, demo)

const repairsOf = async (cause: string): Promise<number> => {
  const { bytes } = await ask(`${demo.url}/metrics`)
  const line = new RegExp(`^hotline_repairs_total\\{cause="${cause}"\\} (\\d+)$`, 'm').exec(
    String(bytes),
  )
  return Number(line?.[1] ?? 0)
}
/** Runs, and waits until the repair is counted. */
const repaired = async (cause: string, act: () => Promise<unknown>): Promise<number> => {
  const before = await repairsOf(cause)
  await act()
  const startedMs = performance.now()
  await until(`a repair named ${cause}`, async () => (await repairsOf(cause)) > before, 30_000, 100)
  return performance.now() - startedMs
}

await step('a phone signs off and nobody hears of it', async t => {
  const phone = await hall.phone('1003', 700)
  proxy.swallow('sofia::unregister', 1)
  const tookMs = await repaired('phone-gone-missed', () => phone.register(0))
  t.match(await hall.agent('1003'), { phone: 'unregistered' })
  t.comment(`repaired after ${Math.round(tookMs)} ms`)
})

await step('caller and agent are joined and nobody hears of it', async t => {
  await hall.phone('1001', 880)
  await hall.setState('1001', 'idle')
  const off = proxy.swallow('CHANNEL_BRIDGE')
  const before = await repairsOf('bridge-missed')
  const caller = await hall.dial({ hz: 440, from: '13900000001' })
  const id = await hall.idOf(caller)
  await until('the repair', async () => (await repairsOf('bridge-missed')) > before)
  off()
  t.match(await hall.agent('1001'), { state: 'talking' })
  await hall.fact(id, 'talk-began')
  await hall.fact(id, 'state-repaired', { cause: 'bridge-missed' })
  await hears(t, 'the caller', caller, { of: [880], not: [440] })

  const swallow = proxy.swallow('CHANNEL_HANGUP_COMPLETE')
  const parked = proxy.swallow('CHANNEL_UNBRIDGE')
  await repaired('end-missed', () => caller.hangUp())
  await hall.fact(id, 'leg-ended', { role: 'agent' })
  swallow()
  parked()
  await hall.reachesState('1001', 'wrap-up')
  t.match(await hall.ended(id), { result: 'answered' })
  t.match(
    (await hall.facts(id)).filter(({ type }) => type === 'call-ended').length,
    1,
    'it ended once',
  )
})

await step('what is repaired is shown to those who lead', async t => {
  const { last, counts } = await demo.done('/api/repairs', { as: '2001' })
  t.ok(counts['end-missed'] >= 1)
  t.match(last[0], { cause: String, at: Number })
  t.equal((await demo.api('/api/repairs', { as: '1001' })).status, 403)
})

await step('the connection is half open: noticed, made anew, and the talk goes on', async t => {
  await hall.setState('1001', 'idle')
  const caller = await hall.dial({ hz: 440, from: '13900000003' })
  const id = await hall.idOf(caller)
  await hall.fact(id, 'talk-began')
  const before = proxy.accepted()
  const startedMs = performance.now()
  proxy.vanish()
  await until('a new connection', () => proxy.accepted() > before, 20_000)
  t.comment(`connected anew after ${Math.round(performance.now() - startedMs)} ms`)
  await until('the server to be ready', async () => {
    const { status } = await ask(`${demo.url}/health/ready`)
    return status === 200
  })
  t.match(await hall.agent('1001'), { state: 'talking', callId: id })
  await hears(t, 'the caller', caller, { of: [880], not: [440] })
  await hall.verb(id, 'hold', {}, '1001')
  await hall.fact(id, 'call-held')
  await hall.verb(id, 'retrieve', {}, '1001')
  await hall.fact(id, 'call-retrieved')

  // The caller leaves while nobody listens.
  await proxy.refuse()
  await caller.hangUp()
  await repaired('change-while-away', () => proxy.accept())
  await hall.reachesState('1001', 'wrap-up')
  t.match(await hall.ended(id), { result: 'answered' })
  // The switch told of its end while nobody listened; its length is then ours.
  t.ok((await hall.fact(id, 'recording-stopped')).data['durationMs'] > 0)
})

await step('nothing is repaired while nothing is lost', async t => {
  const sumOf = async () => {
    const { counts } = await demo.done('/api/repairs')
    return Object.values<number>(counts).reduce((sum, count) => sum + count, 0)
  }
  await hall.setState('1001', 'idle')
  const before = await sumOf()
  const caller = await hall.dial({ from: '13900000002' })
  const id = await hall.idOf(caller)
  await hall.fact(id, 'talk-began')
  await hall.verb(id, 'hold', {}, '1001')
  await hall.fact(id, 'call-held')
  await until('some looks', () => proxy.seen.length > 0 && pause(4000))
  await hall.verb(id, 'retrieve', {}, '1001')
  await hall.fact(id, 'call-retrieved')
  await until('some looks', () => pause(3000))
  await caller.hangUp()
  await hall.ended(id)
  await until('some looks', () => pause(3000))
  t.equal(await sumOf(), before)
})

function pause(ms: number): Promise<true> {
  return new Promise(resolve => setTimeout(() => resolve(true), ms))
}
