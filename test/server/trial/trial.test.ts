import t from 'tap'
import { trialOriginate, verdictOfRefusal } from '../../../server/trial/dial-string.ts'
import { trialTrunks } from '../../../server/process/trial-switch.ts'
import { trunkSchema } from '../../../telephony/trunk/trunk.ts'
import { loudestRms } from '../../../server/trial/sound.ts'
import { dayOfTurn, isDue, nightly } from '../../../server/jobs/nightly.ts'
import { networkCountOf } from '../../../server/alarm/gauges.ts'
import { createTally } from '../../../server/alarm/tally.ts'
import type { Fact } from '../../../server/ledger/fact.ts'
import { play, reason } from '../../fixtures/facts.ts'
import { silentLog } from '../../fixtures/log.ts'

const trunk = {
  id: 'ims-1',
  address: { host: '10.0.0.1', port: 5060, transport: 'udp' },
  isShorthand: false,
  way: { number: '+8610086', shown: '12393', variables: [['sip_cid_type', 'none']] as const },
}
const ask = { legId: 'trial-1', trunk, answerS: 20 }

t.test(
  'a trial call goes over the gateway of its trunk, or to the address of the shorthand',
  async t => {
    t.equal(
      trialOriginate(ask),
      'originate {origination_uuid=trial-1,originate_timeout=20,ignore_early_media=true,origination_caller_id_number=12393,sip_cid_type=none}sofia/gateway/ims-1/+8610086 &park()',
    )
    const shorthand = {
      ...trunk,
      isShorthand: true,
      address: { ...trunk.address, transport: 'tcp' },
    }
    t.match(
      trialOriginate({ ...ask, trunk: shorthand }),
      'sofia/external/+8610086@10.0.0.1:5060;transport=tcp &park()',
    )
    const six = { ...trunk, isShorthand: true, address: { ...trunk.address, host: '::1' } }
    t.match(trialOriginate({ ...ask, trunk: six }), '@[::1]:5060 ')
  },
)

t.test('nothing but plain values reaches the switch', async t => {
  for (const wrong of [{ number: '10086}user/1001' }, { shown: "1'2" }, { number: '' }]) {
    const way = { ...trunk.way, ...wrong }
    t.throws(() => trialOriginate({ ...ask, trunk: { ...trunk, way } }), JSON.stringify(wrong))
  }
  t.throws(() => trialOriginate({ ...ask, legId: 'a b' }))
  t.throws(() =>
    trialOriginate({
      ...ask,
      trunk: { ...trunk, isShorthand: true, address: { ...trunk.address, host: 'a b' } },
    }),
  )
})

t.test('a trial call goes out as other calls by its trunk do', async t => {
  const ims = trunkSchema.parse({
    id: 'ims',
    name: 'IMS',
    address: { host: '10.0.0.1' },
    numberForm: 'e164',
    inbound: { areaCode: '0591' },
    presentation: { shown: { type: 'fixed', number: '059187650000' } },
  })
  const off = trunkSchema.parse({ ...ims, id: 'off', enabled: false })
  const [only, ...rest] = trialTrunks([ims, off], '059187654321', '12393')
  t.same(rest, [], 'what is disabled is not tried')
  t.match(only?.way, { number: '+8659187654321', shown: '059187650000' })
  const command = trialOriginate({ legId: 'trial-1', trunk: only!, answerS: 20 })
  t.match(command, 'sip_invite_from_uri=<sip:+8659187650000@10.0.0.1>')
  t.match(command, 'sip_h_P-Asserted-Identity=<sip:+8659187650000@10.0.0.1>')
  t.match(command, 'sofia/gateway/ims/+8659187654321 &park()')
})

t.test('a trunk that cannot be told to a switch keeps no other from being tried', async t => {
  const odd = trunkSchema.parse({
    id: 'odd',
    name: 'Odd',
    address: { host: '10.0.0.1' },
    access: { type: 'registration', username: 'us', password: 'a password', realm: 'ims_home' },
  })
  const even = trunkSchema.parse({ id: 'even', name: 'Even', address: { host: '10.0.0.2' } })
  const [first, second] = trialTrunks([odd, even], '10086', '12393')
  t.throws(() => trialOriginate({ legId: 'trial-1', trunk: first!, answerS: 20 }))
  t.match(trialOriginate({ legId: 'trial-2', trunk: second!, answerS: 20 }), 'gateway/even/10086')
})

t.test('what a refusal means', async t => {
  for (const [reply, verdict] of [
    ['-ERR NO_ANSWER\n', 'no-answer'],
    ['-ERR RECOVERY_ON_TIMER_EXPIRE', 'no-answer'],
    ['-ERR USER_BUSY', 'refused'],
    ['the switch refused originate: NORMAL_TEMPORARY_FAILURE', 'refused'],
    ['-ERR NORMAL_TEMPORARY_FAILURE', 'refused'],
    ['the switch is unreachable: ECONNREFUSED', 'failed'],
  ] as const)
    t.equal(verdictOfRefusal(reply), verdict, reply)
})

t.test('speech is loud, a line without it is not', async t => {
  const wav = (sample: (index: number) => number) => {
    const bytes = Buffer.alloc(44 + 16_000 * 2)
    for (let index = 0; index < 16_000; index++)
      bytes.writeInt16LE(Math.round(sample(index)), 44 + index * 2)
    return bytes
  }
  t.equal(loudestRms(wav(() => 0)), 0)
  t.equal(loudestRms(Buffer.alloc(44)), 0)
  t.equal(loudestRms(Buffer.alloc(0)), 0)
  const spoken = loudestRms(wav(index => (index > 12_000 ? 4000 * Math.sin(index / 3) : 0)))
  t.ok(spoken > 2500 && spoken < 3000, `half a second of sound at the end counts (${spoken})`)
})

t.test('nightly work is done once a day by one server, up to an hour late', async t => {
  t.equal(isDue('02:29', '02:30'), false)
  t.equal(isDue('02:30', '02:30'), true)
  t.equal(isDue('03:29', '02:30'), true)
  t.equal(isDue('03:30', '02:30'), false)
  t.equal(isDue('00:10', '23:50'), true, 'past midnight')
  t.not(dayOfTurn('2026-11-22 23:55:00', '23:50'), dayOfTurn('2026-11-22 00:10:00', '23:50'))
  const claimed = new Set<string>()
  let now = '2026-11-22 02:29:00'
  let count = 0
  const server = () =>
    nightly({
      name: 'work',
      at: '02:30',
      localNow: () => now,
      claim: async key => !claimed.has(key) && Boolean(claimed.add(key)),
      work: async () => count++,
      log: silentLog(),
    })
  const [one, other] = [server(), server()]
  t.teardown(() => [one, other].forEach(each => each.close()))
  const look = async () => (await one.look(), await other.look())
  await look()
  t.equal(count, 0)
  now = '2026-11-22 02:31:00'
  await look()
  await look()
  t.equal(count, 1)
  now = '2026-11-23 02:31:00'
  await look()
  t.equal(count, 2)
})

t.test('the network is counted without the loopback', async t => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9999999     100    0    0    0     0          0         0 9999999     100    0    0    0     0       0          0
  eth0:    1000      10    0    0    0     0          0         0     500       5    0    0    0     0       0          0
  eth1:       1      10    0    0    0     0          0         0       2       5    0    0    0     0       0          0
`
  t.same(networkCountOf(text), { inBytes: 1001, outBytes: 502 })
})

t.test('figures are of the last minutes, and shares need enough calls', async t => {
  let now = 1_000_000_000
  const tally = createTally(() => now)
  const left = (outcome: 'answered' | 'abandoned' | 'overflowed'): Fact[] =>
    play('c', now, [0, 'queue-left', { queue: 'q', outcome, waitMs: 1 }])
  for (let index = 0; index < 9; index++) left('answered').forEach(tally.onFact)
  left('overflowed').forEach(tally.onFact)
  t.equal(tally.figures().answerRate, undefined, 'nine say nothing')
  left('abandoned').forEach(tally.onFact)
  t.equal(tally.figures().answerRate, 0.9)
  const offered = play('c', now, [
    0,
    'agent-offered',
    { queue: 'q', agent: '1', legId: 'l', waitedMs: 9000, reason: { ...reason, idleMs: 40 } },
  ])
  offered.forEach(tally.onFact)
  t.equal(tally.figures().dispatchP95Ms, 40, 'an agent who was there for 40 ms waited for us 40 ms')
  tally.onFailedLogin()
  tally.onRequest(12)
  t.match(tally.figures(), { failedLogins: 1, requestP95Ms: 12 })
  now += 301_000
  t.match(tally.figures(), { failedLogins: 0, answerRate: 0.9 })
  t.equal(tally.figures().dispatchP95Ms, undefined)
  now += 900_000
  t.equal(tally.figures().answerRate, undefined)
})
