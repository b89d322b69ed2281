// What an agent and a supervisor can do with a call, proven by what everybody hears. Telephones are plain SIP ones.
import t, { type Test } from 'tap'
import { createCarrier } from '../fixtures/agent-phone.ts'
import { startDemo } from '../fixtures/demo.ts'
import { hears, hearsMusic, openHall, talk, type Talk } from '../fixtures/hall.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const CALLER = 440
const FIRST = 880
const SECOND = 1240
const OUTSIDE = 620
const BOSS = 1720

const carrier = await createCarrier(OUTSIDE)
t.teardown(() => carrier.close())
const demo = await startDemo(t, { env: { HOTLINE_TRUNK: carrier.trunk } })
const hall = await openHall(t, demo)
const first = await hall.phone('1001', FIRST)
const second = await hall.phone('1011', SECOND)
const boss = await hall.phone('2001', BOSS)

/** Each case leaves everybody signed in and busy, and no call behind. */
const caseOf = (name: string, run: (t: Test) => Promise<void>) =>
  t.test(name, { timeout: 60_000 }, async t => {
    await run(t)
    for (const phone of [first, second, boss])
      await Promise.all(phone.calls.map(call => call.hangUp()))
    await Promise.all(carrier.calls.map(call => call.hangUp()))
    await until('all calls to be over', async () => (await demo.done('/api/lines')).used === 0)
    for (const { agent } of [first, second]) await hall.setState(agent, 'busy')
    for (const { agent } of [first, second]) await hall.reachesState(agent, 'busy')
  })
const do_ = (talk: Talk, verb: string, body: object = {}, as = '1001') =>
  hall.verb(talk.id, verb, body, as)

await caseOf('a held caller hears music and the agent nothing, until retrieved', async t => {
  const now = await talk(hall, first)
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await do_(now, 'hold')
  await hall.reachesState('1001', 'on-hold')
  await hearsMusic(t, 'the caller', now.caller, [FIRST])
  await do_(now, 'hold')
  await do_(now, 'retrieve')
  await hall.reachesState('1001', 'talking')
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST] })
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await now.caller.hangUp()
  await now.agentLeg.ended()
  const record = await hall.ended(now.id)
  t.match(record, { result: 'answered', endedBy: 'caller', agent: '1001' })
  t.ok(record.holdMs > 500)
})
