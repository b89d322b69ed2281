import t from 'tap'
import { chooseTrunk, type TrunkLoad } from '../../../telephony/trunk/choose.ts'
import { gatewayParams, toGatewayXml } from '../../../telephony/trunk/gateway-xml.ts'
import {
  isTrunkFault,
  reduceHealth,
  type Health,
  type HealthEvent,
} from '../../../telephony/trunk/health.ts'
import { contains, originOf } from '../../../telephony/trunk/origin.ts'
import { countPing, FIRST_PING } from '../../../telephony/trunk/ping.ts'
import { present } from '../../../telephony/trunk/present.ts'
import { shownTrunkSchema, trunkSchema } from '../../../telephony/trunk/trunk.ts'
import { trunkOf } from '../../fixtures/control-twin.ts'

t.test('addresses and networks', async t => {
  const cases: [network: string, address: string, inside: boolean][] = [
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.0/24', '10.1.2.255', true],
    ['10.1.2.0/23', '10.1.3.1', true],
    ['10.1.2.0/24', '10.1.3.0', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['2001:db8::/32', '2001:db8:1::5', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
    ['::/0', '10.0.0.1', false],
    ['sbc.example.net', 'sbc.example.net', true],
    ['10.1.2.300', '10.1.2.3', false],
    ['10.1.2.0/99', '10.1.2.0', true],
  ]
  for (const [network, address, inside] of cases)
    t.equal(contains(network, address), inside, `${address} in ${network}`)
})

t.test('by which trunk a call came', async t => {
  const main = trunkOf('main', {
    address: { host: '10.0.0.1' },
    access: { type: 'ip-trust', addresses: ['10.0.1.0/24'] },
  })
  const ims = trunkOf('ims', {
    address: { host: '10.0.2.1' },
    access: { type: 'registration', username: 'u', password: 'p' },
  })
  const named = trunkOf('named', {
    address: { host: 'sbc.example.net' },
    access: { type: 'registration', username: 'u', password: 'p' },
  })
  const off = trunkOf('off', { enabled: false, address: { host: '10.0.9.9' } })
  const trunks = [main, ims, named, off]
  const cases: [
    name: string,
    origin: Parameters<typeof originOf>[1],
    edges: string[],
    id: string | undefined,
  ][] = [
    ['its host', { address: '10.0.0.1' }, [], 'main'],
    ['its networks', { address: '10.0.1.77' }, [], 'main'],
    ['a stranger', { address: '192.0.2.1' }, [], undefined],
    ['a trunk that is switched off', { address: '10.0.9.9' }, [], undefined],
    ['the host of a registration', { address: '10.0.2.1' }, [], 'ims'],
    ['a registered gateway from its host', { address: '10.0.2.1', gateway: 'ims' }, [], 'ims'],
    ['a guessed gateway', { address: '192.0.2.1', gateway: 'ims' }, [], undefined],
    ['a gateway whose host is a name', { address: '198.51.100.9', gateway: 'named' }, [], 'named'],
    ['the edge says it', { address: '10.9.9.9', said: 'ims' }, ['10.9.9.9'], 'ims'],
    ['the edge says nothing we know', { address: '10.9.9.9', said: 'x' }, ['10.9.9.9'], undefined],
    ['a stranger says it', { address: '192.0.2.1', said: 'main' }, ['10.9.9.9'], undefined],
    ['another trunk says it', { address: '10.0.2.1', said: 'main' }, ['10.9.9.9'], 'ims'],
  ]
  for (const [name, origin, edges, id] of cases)
    t.equal(originOf(trunks, origin, edges)?.id, id, name)
})

const told = (
  at: number,
  ping: 'up' | 'down',
  registration: 'none' | 'registered' | 'trying' | 'failed' = 'none',
  status?: number,
): HealthEvent => ({
  type: 'gateway-told',
  at,
  ping,
  registration,
  ...(status === undefined ? {} : { status }),
})
const play = (...events: HealthEvent[]): Health =>
  events.reduce<Health>(reduceHealth, { state: 'unknown', since: 0 })

t.test('is a trunk to be used', async t => {
  const failed = (at: number, status = 503): HealthEvent => ({ type: 'call-failed', at, status })
  const cases: [name: string, health: Health, expected: object][] = [
    ['nothing told', play(), { state: 'unknown' }],
    ['answers', play(told(1, 'up')), { state: 'up', since: 1 }],
    ['goes on answering', play(told(1, 'up'), told(9, 'up')), { state: 'up', since: 1 }],
    [
      'no answer',
      play(told(1, 'up'), told(5, 'down', 'none', 408)),
      { state: 'down', since: 5, reason: 'no-answer' },
    ],
    ['still none', play(told(5, 'down'), told(9, 'down')), { state: 'down', since: 5 }],
    ['back', play(told(5, 'down'), told(9, 'up')), { state: 'up', since: 9 }],
    [
      'registers for the first time',
      play(told(1, 'down', 'trying')),
      { state: 'down', reason: 'not-registered' },
    ],
    [
      'registered',
      play(told(1, 'down', 'trying'), told(2, 'up', 'registered')),
      { state: 'up', since: 2 },
    ],
    [
      'refreshes',
      play(told(2, 'up', 'registered'), told(3, 'up', 'trying')),
      { state: 'up', since: 2 },
    ],
    ['wrong password', play(told(2, 'down', 'failed', 403)), { state: 'down', reason: 'refused' }],
    [
      'registrar silent',
      play(told(2, 'down', 'failed', 408)),
      { state: 'down', reason: 'not-registered' },
    ],
    [
      'a call failed',
      play(told(1, 'up'), failed(10)),
      { state: 'suspect', since: 10, until: 30_010, times: 1, status: 503 },
    ],
    [
      'OPTIONS do not clear it',
      play(told(1, 'up'), failed(10), told(20_000, 'up')),
      { state: 'suspect' },
    ],
    ['time does', play(told(1, 'up'), failed(10), told(30_010, 'up')), { state: 'up' }],
    [
      'a call that is taken does',
      play(told(1, 'up'), failed(10), { type: 'call-taken', at: 11 }),
      { state: 'up', since: 11 },
    ],
    [
      'twice is longer',
      play(told(1, 'up'), failed(10), failed(20)),
      { state: 'suspect', since: 10, until: 60_020, times: 2 },
    ],
    [
      'ever longer, with an end',
      play(...Array.from({ length: 12 }, () => failed(0))),
      { until: 480_000 },
    ],
    ['down outweighs', play(told(5, 'down'), failed(6)), { state: 'down' }],
    [
      'the switch is gone',
      play(told(1, 'up'), { type: 'switch-lost', at: 7 }),
      { state: 'unknown', since: 7 },
    ],
  ]
  for (const [name, health, expected] of cases) t.match(health, expected, name)
  const up = play(told(1, 'up'))
  t.equal(reduceHealth(up, told(2, 'up')), up, 'no news is the same object')
})

t.test('whose fault a failed call is', async t => {
  for (const [cause, status, fault] of [
    ['no-response', 408, true],
    ['unavailable', 503, true],
    ['unavailable', 500, true],
    ['orphaned', 504, true],
    ['trunk-down', undefined, true],
    ['unavailable', undefined, true],
    ['busy', 486, false],
    ['no-answer', 480, false],
    ['unknown-number', 404, false],
    ['rejected', 603, false],
    ['no-answer', undefined, false],
    ['normal', undefined, false],
  ] as const)
    t.equal(isTrunkFault(cause, status), fault, `${cause} ${status}`)
})

t.test('OPTIONS are counted as mod_sofia counts them', async t => {
  const after = (failuresToDown: number, ...statuses: number[]) =>
    statuses.reduce((count, status) => countPing(count, { status, failuresToDown }), FIRST_PING)
      .status
  t.equal(after(3, 408), 'down', 'never heard of')
  t.equal(after(3, 200, 200, 200, 408, 408), 'up')
  t.equal(after(3, 200, 200, 200, 408, 408, 408), 'down')
  t.equal(after(3, 200, 200, 200, 408, 408, 408, 200), 'up', 'one answer is enough')
  t.equal(after(1, 200, 503), 'down')
  t.equal(after(1, 404), 'up', 'whoever refuses lives')
  t.equal(after(1, 500), 'up')
})

t.test('which trunk takes a call', async t => {
  const load = (
    id: string,
    priority: number,
    state: TrunkLoad['state'],
    used = 0,
    more = {},
  ): TrunkLoad => ({
    trunk: trunkOf(id, { priority, lineLimit: 2, ...more }),
    state,
    used,
  })
  const cases: [name: string, loads: TrunkLoad[], tried: string[], chosen: string][] = [
    ['none', [], [], 'no-trunk'],
    ['only one that is off', [load('a', 0, 'up', 0, { enabled: false })], [], 'no-trunk'],
    ['main first', [load('standby', 1, 'up'), load('main', 0, 'up')], [], 'main'],
    ['main down', [load('main', 0, 'down'), load('standby', 1, 'up')], [], 'standby'],
    ['main suspect', [load('main', 0, 'suspect'), load('standby', 1, 'up')], [], 'standby'],
    ['all suspect', [load('main', 0, 'suspect'), load('standby', 1, 'suspect')], [], 'main'],
    ['not told yet', [load('main', 0, 'unknown'), load('standby', 1, 'up')], [], 'main'],
    ['main full', [load('main', 0, 'up', 2), load('standby', 1, 'up')], [], 'standby'],
    ['all full', [load('main', 0, 'up', 2), load('standby', 1, 'up', 2)], [], 'lines-busy'],
    ['all down', [load('main', 0, 'down'), load('standby', 1, 'down')], [], 'trunks-down'],
    ['main tried', [load('main', 0, 'suspect'), load('standby', 1, 'up')], ['main'], 'standby'],
    ['all tried', [load('main', 0, 'suspect')], ['main'], 'trunks-down'],
    ['equals share', [load('a', 0, 'up', 1), load('b', 0, 'up', 0)], [], 'b'],
    [
      'full suspect, room elsewhere down',
      [load('a', 0, 'suspect', 2), load('b', 1, 'down')],
      [],
      'lines-busy',
    ],
  ]
  for (const [name, loads, tried, chosen] of cases) {
    const choice = chooseTrunk(loads, tried)
    t.equal(choice.type === 'chosen' ? choice.trunk.id : choice.reason, chosen, name)
  }
})

t.test('how we show ourselves outside', async t => {
  const plain = present(trunkOf('main', { address: { host: '10.0.0.1' } }), '059187654321', '12393')
  t.same(plain, {
    dialled: '059187654321',
    shown: '12393',
    fromUri: 'sip:12393@10.0.0.1',
    assertedUri: 'sip:12393@10.0.0.1',
    hidden: false,
  })
  const ims = trunkOf('ims', {
    access: { type: 'registration', username: 'u', password: 'p', realm: 'ims.example.net' },
    numberForm: 'e164',
    presentation: { shown: { type: 'fixed', number: '059187650000' }, privacy: 'id' },
  })
  t.same(present(ims, '13812345678', '12393'), {
    dialled: '+8613812345678',
    shown: '059187650000',
    fromUri: 'sip:anonymous@anonymous.invalid',
    fromName: 'Anonymous',
    assertedUri: 'sip:+8659187650000@ims.example.net',
    hidden: true,
  })
  const pool = trunkOf('pool', {
    presentation: { shown: { type: 'pool', numbers: ['01', '02', '03'] }, asserted: false },
  })
  const shown = Array.from(
    { length: 60 },
    (_, i) => present(pool, `1380000${1000 + i}`, '12393').shown,
  )
  t.same([...new Set(shown)].sort(), ['01', '02', '03'], 'each is used')
  t.same(
    shown,
    Array.from({ length: 60 }, (_, i) => present(pool, `1380000${1000 + i}`, '12393').shown),
  )
  t.equal(present(pool, '1', '12393').assertedUri, undefined)
})

t.test('a gateway for FreeSWITCH, whatever the values hold', async t => {
  const trunk = trunkOf('ims', {
    address: { host: 'sbc.example.net', port: 5070, transport: 'tcp' },
    access: {
      type: 'registration',
      username: '+8659112393',
      password: `p"<&>'$${'{x}'}`,
      realm: 'ims.example.net',
      expiresS: 600,
    },
    options: { everyS: 20, failuresToDown: 3 },
  })
  const params = Object.fromEntries(gatewayParams(trunk))
  t.match(params, {
    proxy: 'sbc.example.net:5070',
    realm: 'ims.example.net',
    register: 'true',
    'expire-seconds': '600',
    'register-transport': 'tcp',
    ping: '20',
    'ping-max': '3',
    'ping-min': '1',
  })
  const xml = toGatewayXml(trunk)
  t.match(xml, 'value="p&quot;&lt;&amp;&gt;\'&#36;')
  t.notMatch(xml, '${x}')
  t.equal(toGatewayXml({ ...trunk, enabled: false }), '')
  const plain = Object.fromEntries(
    gatewayParams(trunkOf('a', { options: { everyS: 0 }, address: { host: '2001:db8::1' } })),
  )
  t.match(plain, { register: 'false', proxy: '[2001:db8::1]:5060' })
  t.notOk('ping' in plain)
})

t.test('what a trunk may be', async t => {
  const least = trunkSchema.parse({ id: 'a', name: 'b', address: { host: '10.0.0.1' } })
  t.match(least, {
    enabled: true,
    access: { type: 'ip-trust', addresses: [] },
    lineLimit: 30,
    prack: 'supported',
    presentation: { shown: { type: 'site' } },
  })
  for (const change of [
    { id: 'Main' },
    { id: 'a/b' },
    { name: '' },
    { address: { host: 'a"b' } },
    { address: { host: 'a', port: 0 } },
    { access: { type: 'registration', username: 'a<b', password: 'x' } },
    { access: { type: 'registration', username: 'a', password: 'x\r\ny' } },
    { access: { type: 'registration', username: 'a', password: '' } },
    { lineLimit: 0 },
    { options: { everyS: 4 } },
    { sessionTimer: { expiresS: 60 } },
    { presentation: { shown: { type: 'fixed', number: '1;2' } } },
    { extra: 1 },
  ])
    t.notOk(trunkSchema.safeParse({ ...least, ...change }).success, JSON.stringify(change))
  t.notOk(
    shownTrunkSchema.safeParse({
      ...least,
      access: { type: 'registration', username: 'a', password: 'b', expiresS: 60 },
    }).success,
    'a password is never shown',
  )
})
