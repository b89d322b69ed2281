// Trunks with SIPp playing the networks behind them: main and standby, one with registration. Each has a loopback address of its own,
// since a trunk is known by its address. Runs on a FreeSWITCH as well where HOTLINE_TEST_FREESWITCH names one.
import t from 'tap'
import { type AgentPhone, createAgentPhone } from '../fixtures/agent-phone.ts'
import { startDemo } from '../fixtures/demo.ts'
import { freePorts } from '../fixtures/ports.ts'
import { startCarrier } from '../fixtures/sipp-carrier.ts'
import { sipp } from '../fixtures/sipp.ts'
import { headerOf } from '../fixtures/sip-text.ts'
import { phoneRegistered } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

const LIMIT_MS = 580_000
t.setTimeout(LIMIT_MS)
const [mainPort, standbyPort, imsPort, timerPort] = (await freePorts(4)) as [
  number,
  number,
  number,
  number,
]
const [main, standby, ims, timer] = await Promise.all([
  startCarrier({ address: '127.0.0.2', port: mainPort }),
  startCarrier({ address: '127.0.0.3', port: standbyPort }),
  startCarrier({
    address: '127.0.0.4',
    port: imsPort,
    registrar: { user: '059112393', password: 'a b"c', realm: 'ims.example.net', expiresS: 12 },
  }),
  // We refresh: the network says so.
  startCarrier({
    address: '127.0.0.5',
    port: timerPort,
    manner: { type: 'answer', sessionExpires: '90;refresher=uac' },
  }),
])
const carriers = [main, standby, ims, timer]
t.teardown(() => Promise.all(carriers.map(carrier => carrier.close())))
const demo = await startDemo(t)
await demo.openOffice()

const setTrunk = (id: string, carrier: { address: string; port: number }, more: object = {}) =>
  demo.done(`/api/trunks/${id}`, {
    method: 'PUT',
    body: {
      id,
      name: `中继 ${id}`,
      address: { host: carrier.address, port: carrier.port },
      options: { everyS: 5, failuresToDown: 1 },
      inbound: { areaCode: '0591' },
      ...more,
    },
  })
const live = async (id: string) => (await demo.done(`/api/trunks/${id}`, { as: '2001' })).live
const becomes = (id: string, state: string, limitMs = 90_000) =>
  until(
    `${id} to be ${state}`,
    async () => {
      const now = await live(id)
      return now?.state === state ? now : undefined
    },
    limitMs,
    200,
  )
const alarmed = async (id: string): Promise<any> =>
  (await demo.done('/api/alarms')).items.find((alarm: any) => alarm.alarm === `trunk-${id}`)

const phones = new Map<string, AgentPhone>()
for (const agent of ['1001', '1002', '1003']) {
  const phone = await createAgentPhone(demo, { agent, hz: 880 })
  t.teardown(() => phone.close())
  phones.set(agent, phone)
  await phoneRegistered(demo, agent)
  await demo.done(`/api/agents/${agent}/state`, {
    as: agent,
    method: 'POST',
    body: { state: 'idle' },
  })
}
const dial = async (to: string, agent = '1001'): Promise<string> => {
  const { callId } = await demo.done('/api/calls', {
    as: agent,
    method: 'POST',
    body: { agent, to },
  })
  return callId
}
const timeline = async (call: string): Promise<any[]> => {
  const answer = await demo.api(`/api/calls/${call}/timeline`)
  return answer.status === 200 ? answer.body.items : []
}
const fact = (call: string, type: string): Promise<any> =>
  until(
    `${type} of ${call}`,
    async () => (await timeline(call)).find(item => item.type === type),
    60_000,
    150,
  )
const free = (agent: string) =>
  until(
    `${agent} to be free`,
    async () => {
      const { items } = await demo.done('/api/agents')
      const { state } = items.find((one: any) => one.id === agent)
      if (state === 'wrap-up')
        await demo.api(`/api/agents/${agent}/wrap-up`, {
          as: agent,
          method: 'POST',
          body: { action: 'complete' },
        })
      return state === 'idle'
    },
    30_000,
    150,
  )
const hangUp = async (call: string, agent = '1001') => {
  await demo.api(`/api/calls/${call}/hangup`, { as: agent, method: 'POST', body: {} })
  await free(agent)
}
const recordOf = (call: string): Promise<any> =>
  until(
    `the record of ${call}`,
    async () => {
      const record = await demo.done(`/api/calls/${call}`)
      return record.endedAt === null ? undefined : record
    },
    30_000,
    150,
  )
const recordFrom = (caller: string): Promise<any> =>
  until(
    `the record of ${caller}`,
    async () => {
      const { items } = await demo.done(`/api/calls?caller=${encodeURIComponent(caller)}`)
      return items.find((item: any) => item.endedAt !== null)
    },
    40_000,
    200,
  )
/** SIPp calls from a network's address and hangs up after the answer. */
const callFrom = (
  carrier: { address: string },
  options: Partial<Parameters<typeof sipp>[0]> = {},
) =>
  sipp({
    sipPort: demo.sipPort,
    address: carrier.address,
    then: [{ act: 'pause', ms: 500 }],
    ...options,
  })

/** Begun first: the session is refreshed after 45 s, while the others are tested. */
let session = { call: '', invite: '' }
await t.test('a call by the only trunk there is', async () => {
  await setTrunk('timer', timer, { priority: 9 })
  await becomes('timer', 'up')
  const call = await dial('059100000001', '1003')
  await fact(call, 'talk-began')
  session = { call, invite: await timer.heard('INVITE') }
})

await t.test('the main trunk takes a call, and shows our number as it is set', async t => {
  await setTrunk('main', main)
  await setTrunk('standby', standby, { priority: 1 })
  t.match(await becomes('main', 'up'), { used: 0, limit: 30, state: 'up' })
  await becomes('standby', 'up')
  t.ok((await main.heard('OPTIONS')).length > 0)
  await until('a round trip', async () => (await live('main')).roundTripMs > 0)
  const call = await dial('059187654321')
  const invite = await main.heard('INVITE')
  t.match(invite, /^INVITE sip:059187654321@127\.0\.0\.2/)
  t.match(headerOf(invite, 'From'), /sip:12393@127\.0\.0\.2/)
  t.match(headerOf(invite, 'P-Asserted-Identity'), /<sip:12393@127\.0\.0\.2>/)
  t.equal(headerOf(invite, 'Privacy'), '')
  t.match(headerOf(invite, 'Session-Expires'), /^1800/)
  await fact(call, 'talk-began')
  t.equal((await live('main')).used, 1)
  await hangUp(call)
  t.match(await recordOf(call), { trunk: 'main', callee: '059187654321', result: 'answered' })
  await until('the line to be free', async () => (await live('main')).used === 0)
  t.match((await live('main')).today.out, { calls: 1, answered: 1, failed: 0 })
})

await t.test(
  'the main trunk dies: the same call takes the standby, and the next ones at once',
  async t => {
    await main.die()
    const call = await dial('059187654322')
    const failed = await fact(call, 'trunk-failed').catch(() => undefined)
    await standby.heard('INVITE', 1, 60_000)
    await fact(call, 'talk-began')
    // Unless OPTIONS were quicker to tell.
    if (failed) t.match(failed.data, { trunk: 'main', next: 'standby' })
    await hangUp(call)
    t.match(await recordOf(call), { trunk: 'standby', result: 'answered', callee: '059187654322' })
    t.match(await becomes('main', 'down'), { reason: 'no-answer' })
    t.match(await until('the alarm', () => alarmed('main')), {
      level: 'critical',
      cause: 'trunk-down',
      clearedAt: null,
    })
    const before = standby.requests('INVITE').length
    const next = await dial('059187654323')
    await standby.heard('INVITE', before + 1)
    await fact(next, 'talk-began')
    t.notOk(
      (await timeline(next)).some(item => item.type === 'trunk-failed'),
      'the dead one was not tried',
    )
    await hangUp(next)
    const inbound = await callFrom(standby, { from: '13800000003' })
    t.ok(inbound.isDone, inbound.output)
    t.match(await recordFrom('13800000003'), {
      trunk: 'standby',
      callee: '12393',
      direction: 'inbound',
    })
  },
)

await t.test('the main trunk comes back, and is used again', async t => {
  await main.start()
  await becomes('main', 'up')
  await until('the alarm to be over', async () => (await alarmed('main'))?.clearedAt ?? undefined)
  const call = await dial('059187654324')
  await main.heard('INVITE')
  await fact(call, 'talk-began')
  await hangUp(call)
  t.equal((await recordOf(call)).trunk, 'main')
})

await t.test('a network that refuses is suspected, and the call goes on by the next', async t => {
  await main.die()
  await main.start({ type: 'refuse', status: 503 })
  await becomes('main', 'up')
  const call = await dial('059187654325')
  t.match((await fact(call, 'trunk-failed')).data, {
    trunk: 'main',
    next: 'standby',
    sipStatus: 503,
  })
  await fact(call, 'talk-began')
  t.match(await live('main'), { state: 'suspect', status: 503 })
  await hangUp(call)
  const invites = main.requests('INVITE').length
  const next = await dial('059187654326')
  await fact(next, 'talk-began')
  t.equal(main.requests('INVITE').length, invites, 'others go first while it is suspect')
  await hangUp(next)
  await main.die()
  await main.start({ type: 'refuse', status: 486 })
  // Set anew: nothing is held against it.
  await setTrunk('main', main, { enabled: false })
  await setTrunk('main', main)
  await until('main to be usable', async () => (await live('main')).state !== 'down')
})

await t.test('callers are read as the network writes them', async t => {
  const cases: [
    name: string,
    call: Parameters<typeof callFrom>[1],
    caller: string,
    record: object,
  ][] = [
    [
      'a tel: URI',
      { uri: 'tel:+8659112393', from: '+8613800000011' },
      '13800000011',
      { callee: '12393', divertedFrom: null },
    ],
    [
      'an area code before the short code',
      { to: '059112393', from: '8613800000012' },
      '13800000012',
      { callee: '12393' },
    ],
    [
      'P-Asserted-Identity over From',
      {
        to: '+8659112393',
        fromHeader: '"Anonymous" <sip:anonymous@anonymous.invalid>',
        headers: ['P-Asserted-Identity: <tel:+8659187650013>'],
      },
      '059187650013',
      { callee: '12393' },
    ],
    [
      'diverted',
      {
        from: '13800000014',
        headers: [
          'Diversion: <sip:+8659188880002@ims>;reason=no-answer;counter=1,<sip:+8659188880001@ims>;reason=unconditional',
        ],
      },
      '13800000014',
      { divertedFrom: '059188880001' },
    ],
    [
      'History-Info',
      {
        from: '13800000015',
        headers: [
          'History-Info: <sip:+8659188880003@ims>;index=1,<sip:+8659112393@ims;cause=302>;index=1.1',
        ],
      },
      '13800000015',
      { divertedFrom: '059188880003' },
    ],
  ]
  for (const [name, call, caller, record] of cases) {
    const { isDone, output } = await callFrom(standby, call)
    t.ok(isDone, `${name}: ${output}`)
    t.match(await recordFrom(caller), { trunk: 'standby', caller, ...record }, name)
  }
  const hidden = await callFrom(standby, {
    fromHeader: '"Anonymous" <sip:anonymous@anonymous.invalid>',
    headers: ['P-Asserted-Identity: <sip:+8613800000016@ims>', 'Privacy: id'],
  })
  t.ok(hidden.isDone, hidden.output)
  const { items } = await demo.done('/api/calls?limit=1')
  t.match(items, [{ caller: '', trunk: 'standby' }], 'who asks for privacy has it')
})

await t.test('headers of a trunk open nothing: published numbers only, no call out', async t => {
  const before = carriers.map(carrier => carrier.requests('INVITE').length)
  // The FreeSWITCH of deploy/ refuses strangers by their address; the embedded switch lets them reach published numbers.
  const stranger = await callFrom(
    { address: '127.0.0.9' },
    {
      from: '13800000021',
      headers: [
        'P-Asserted-Identity: <sip:110@ims>',
        'X-Hotline-Trunk: main',
        'Diversion: <sip:+8659188880009@ims>',
      ],
      expect: demo.freeSwitch ? 403 : 200,
    },
  )
  t.ok(stranger.isDone, stranger.output)
  if (!demo.freeSwitch)
    t.match(await recordFrom('13800000021'), {
      trunk: null,
      divertedFrom: null,
      caller: '13800000021',
    })
  for (const [to, headers] of [
    ['059187654321', []],
    [
      '059187654321',
      [
        'X-Hotline-Trunk: main',
        'P-Asserted-Identity: <sip:1001@hotline>',
        'Refer-To: <sip:059187654321@127.0.0.3>',
      ],
    ],
    [
      '+8613900000000',
      [
        'Diversion: <sip:12393@ims>',
        'History-Info: <sip:12393@ims>;index=1,<sip:13900000000@ims>;index=1.1',
      ],
    ],
    ['main/13900000000', ['Route: <sip:127.0.0.3:5060;lr>']],
  ] as const) {
    const refused = await callFrom(standby, { to, headers, expect: 404 })
    t.ok(refused.isDone, `${to}: ${refused.output}`)
  }
  t.same(
    carriers.map(carrier => carrier.requests('INVITE').length),
    before,
    'nobody was rung',
  )
})

await t.test(
  'the number shown: another form, a fixed one, hidden from the one who is called',
  async t => {
    await setTrunk('standby', standby, {
      numberForm: 'e164',
      presentation: { shown: { type: 'fixed', number: '059187650000' }, privacy: 'id' },
    })
    await becomes('standby', 'up')
    await setTrunk('main', main, { enabled: false })
    const count = standby.requests('INVITE').length
    const call = await dial('059187654327')
    const invite = await standby.heard('INVITE', count + 1)
    t.match(invite, /^INVITE sip:\+8659187654327@127\.0\.0\.3/)
    t.match(headerOf(invite, 'From'), /<sip:anonymous@anonymous\.invalid>/)
    t.match(headerOf(invite, 'P-Asserted-Identity'), /<sip:\+8659187650000@127\.0\.0\.3>/)
    t.equal(headerOf(invite, 'Privacy'), 'id')
    await hangUp(call)
    t.match(await recordOf(call), {
      caller: '059187650000',
      callee: '059187654327',
      trunk: 'standby',
    })
  },
)

await t.test(
  'the lines of a trunk: one call more goes elsewhere, one caller more is told',
  async t => {
    await main.die()
    await main.start()
    await setTrunk('main', main, { lineLimit: 1 })
    await setTrunk('standby', standby, { priority: 1 })
    await becomes('main', 'up')
    await becomes('standby', 'up')
    const first = await dial('059187654328')
    await fact(first, 'talk-began')
    const second = await dial('059187654329', '1002')
    await fact(second, 'talk-began')
    const blocked = await callFrom(main, { from: '13800000031', expect: 486 })
    t.ok(blocked.isDone, blocked.output)
    t.match(
      await until('the blocked call to be counted', async () => {
        const now = await live('main')
        return Object.keys(now.today.blocked).length > 0 ? now : undefined
      }),
      { today: { blocked: { 'trunk-busy': 1 } }, used: 1, limit: 1 },
    )
    t.match(await recordFrom('13800000031'), { result: 'blocked', trunk: 'main' })
    await Promise.all([hangUp(first), hangUp(second, '1002')])
    t.match([(await recordOf(first)).trunk, (await recordOf(second)).trunk], ['main', 'standby'])
  },
)

await t.test('a network that wants its 183 acknowledged', async t => {
  await main.die()
  await main.start({ type: 'reliable' })
  await becomes('main', 'up')
  const call = await dial('059187654330')
  const prack = await main.heard('PRACK')
  const invite = main.requests('INVITE')[0] ?? ''
  t.match(headerOf(invite, 'Supported'), /100rel/)
  t.equal(headerOf(prack, 'RAck'), `4711 ${headerOf(invite, 'CSeq')}`)
  await fact(call, 'talk-began')
  await hangUp(call)
  t.match(await recordOf(call), { trunk: 'main', result: 'answered' })
})

await t.test(
  'registration with digest, its refresh, and a call to the registered contact',
  async t => {
    const access = {
      type: 'registration',
      username: '059112393',
      password: 'a b"c',
      realm: 'ims.example.net',
      expiresS: 600,
    }
    await setTrunk('ims', ims, { priority: 5, access })
    t.match(await becomes('ims', 'up'), { registration: 'registered' })
    const [first, second] = ims.requests('REGISTER')
    t.equal(headerOf(first ?? '', 'Authorization'), '')
    t.match(
      headerOf(second ?? '', 'Authorization'),
      /username="059112393".*realm="ims\.example\.net"/,
    )
    t.equal(headerOf(second ?? '', 'Call-ID'), headerOf(first ?? '', 'Call-ID'))
    await ims.heard('REGISTER', 3, 60_000)
    const contact = /<([^>]+)>/.exec(headerOf(second ?? '', 'Contact'))?.[1] ?? ''
    t.match(contact, /^sip:gw\+ims@/)
    const inbound = await callFrom(ims, { uri: contact, to: '+8659112393', from: '13800000041' })
    t.ok(inbound.isDone, inbound.output)
    t.match(await recordFrom('13800000041'), { trunk: 'ims', callee: '12393' })
    await ims.die()
    await ims.start()
    await setTrunk('ims', ims, { priority: 5, access: { ...access, password: 'wrong' } })
    t.match(await becomes('ims', 'down'), { state: 'down' })
    t.notMatch(demo.logs(), 'a b"c', 'no password in the logs')
    await demo.done('/api/trunks/ims', { method: 'DELETE' })
    t.equal((await demo.api('/api/trunks/ims')).body.code, 'UNKNOWN_TRUNK')
  },
)

await t.test('a session that is refreshed by us at half its time', async t => {
  t.match(session.invite, /^Supported:.*timer/im)
  const refresh = await until(
    'the refresh',
    () => {
      const again = timer
        .requests('INVITE')
        .filter(one => headerOf(one, 'CSeq') !== headerOf(session.invite, 'CSeq'))
      return timer.requests('UPDATE')[0] ?? again[0]
    },
    90_000,
    200,
  )
  // FreeSWITCH asks for its own time anew.
  t.match(headerOf(refresh, 'Session-Expires'), /^\d+;refresher=uac/)
  t.match(await demo.done('/api/agents'), { items: [{}] })
  t.match((await live('timer')).used, 1, 'the talk goes on')
  await hangUp(session.call, '1003')
  t.match(await recordOf(session.call), { trunk: 'timer', result: 'answered' })
})

await t.test('a call that no trunk can take is refused with its reason', async t => {
  await demo.done('/api/trunks/timer', { method: 'DELETE' })
  await Promise.all([main.die(), standby.die()])
  await Promise.all([becomes('main', 'down'), becomes('standby', 'down')])
  const answer = await demo.api('/api/calls', {
    as: '1001',
    method: 'POST',
    body: { agent: '1001', to: '059187654399' },
  })
  t.match({ status: answer.status, code: answer.body.code }, { status: 503, code: 'TRUNKS_DOWN' })
  for (const id of ['main', 'standby']) await demo.done(`/api/trunks/${id}`, { method: 'DELETE' })
  const none = await demo.api('/api/calls', {
    as: '1001',
    method: 'POST',
    body: { agent: '1001', to: '059187654399' },
  })
  t.equal(none.body.code, 'NO_TRUNK')
  t.equal(
    await until('the alarms to be over', async () => {
      const { items } = await demo.done('/api/alarms?open=true')
      return items.every(
        (alarm: any) => !alarm.alarm.startsWith('trunk-') || alarm.clearedAt !== null,
      )
    }),
    true,
  )
})
