// Trial calls (拨测) by a trunk that leads back to this site, as a carrier does that is asked for our own number: tried and heard, and no
// figure moves; a forger of our number is a caller like any other. Runs on a FreeSWITCH as well where HOTLINE_TEST_FREESWITCH names one.
import t from 'tap'
import { startDemo } from '../fixtures/demo.ts'
import { ask } from '../fixtures/http.ts'
import { freePorts } from '../fixtures/ports.ts'
import { startCarrier } from '../fixtures/sipp-carrier.ts'
import { sipp } from '../fixtures/sipp.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(240_000)
t.test('trial calls that come back', { timeout: 230_000 }, async t => {
  const [port] = (await freePorts(1)) as [number]
  const other = await startCarrier({ address: '127.0.0.2', port })
  t.teardown(() => other.close())
  const demo = await startDemo(t)
  await demo.openOffice()
  const setTrunk = (id: string, host: string, sipPort: number) =>
    demo.done(`/api/trunks/${id}`, {
      method: 'PUT',
      body: { id, name: id, address: { host, port: sipPort }, options: { everyS: 0 } },
    })
  await setTrunk('loop', '127.0.0.1', demo.sipPort)
  await setTrunk('other', '127.0.0.2', port)
  const live = async (id: string) => (await demo.done(`/api/trunks/${id}`)).live
  await until('the trunks', async () => (await live('loop')) && (await live('other')))
  const today = async () => {
    const { bytes } = await ask(`${demo.url}/metrics`)
    const lines = bytes.toString().split('\n')
    const sum = (name: string) =>
      lines
        .filter(line => line.startsWith(`${name}{`))
        .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
    return {
      began: sum('hotline_calls_began_total'),
      ended: sum('hotline_calls_ended_total'),
      into: [(await live('loop')).today.in.calls, (await live('other')).today.in.calls],
    }
  }
  const tryIt = (trunk: string) =>
    demo.done('/api/trial-calls', { as: '2001', method: 'POST', body: { trunk } })
  const recorded = async (direction: string): Promise<any[]> =>
    (await demo.done(`/api/calls?direction=${direction}`)).items

  await t.test('our own flow answers and is heard; nothing is counted', async t => {
    const call = await tryIt('loop')
    t.match(call, { trunk: 'loop', number: '12393', outcome: 'passed', detail: null })
    t.ok(call.heardRms > 300, `heard ${call.heardRms}`)
    const [trial] = await until('its record', async () => {
      const items = await recorded('internal')
      return items[0]?.endedAt ? items : undefined
    })
    t.match(trial, { direction: 'internal', trunk: 'loop', callee: '12393' })
    t.same(await recorded('inbound'), [])
    t.same(await today(), { began: 0, ended: 0, into: [0, 0] })
    t.same((await demo.done('/api/missed-calls')).items, [])
  })

  await t.test('a trial call that went elsewhere leaves no way in for a forger', async t => {
    t.match(await tryIt('other'), { outcome: /silent|passed/ })
    const invite = await other.heard('INVITE')
    t.match(invite, /^INVITE sip:12393@127\.0\.0\.2/)
    t.match(invite, /P-Asserted-Identity: <sip:12393@127\.0\.0\.2>/i)
    const forged = { from: '12393', then: [{ act: 'pause', ms: 500 }] } as const
    for (const address of ['127.0.0.2', '127.0.0.1'])
      t.ok((await sipp({ sipPort: demo.sipPort, address, ...forged })).isDone)
    await until('both to be recorded', async () => {
      const items = await recorded('inbound')
      return items.length === 2 && items.every(item => item.endedAt !== null)
    })
    t.match(await today(), { began: 2, ended: 2, into: [1, 1] })
    t.equal((await recorded('internal')).length, 1, 'none of them is a trial call')
  })
})
