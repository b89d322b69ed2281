import t from 'tap'
import { openTestSite, PASSWORD, type TestSite } from '../../fixtures/site/site.ts'
import { ERRORS } from '../../../server/errors.ts'
import type { Fact } from '../../../server/ledger/fact.ts'
import { summarise } from '../../../server/records/index.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

let site: TestSite
t.before(async () => {
  site = await openTestSite()
})
t.after(() => site.close())

interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  as?: string
  body?: unknown
  headers?: Record<string, string>
}
async function ask({ method = 'GET', url, as, body, headers = {} }: Asked) {
  const authorization =
    as === undefined ? {} : { authorization: `Bearer ${await site.tokenOf(as)}` }
  return await site.app.inject({
    method,
    url,
    headers: { ...authorization, ...headers },
    ...(body !== undefined && { payload: body as object }),
  })
}

/** One call as its facts, with a recording of 0.5 s on disk. */
async function recordCall(id: string, agent: string, at: number) {
  const facts = [
    {
      type: 'call-began',
      data: {
        direction: 'inbound',
        caller: '13912341111',
        callee: '12393',
        node: 'embedded',
        legId: id,
        sipCallId: 's',
        networkAddress: '127.0.0.1',
        video: false,
      },
    },
    { type: 'call-answered', data: {} },
    { type: 'queue-joined', data: { queue: 'consult', priority: 5, position: 1 } },
    { type: 'queue-left', data: { queue: 'consult', outcome: 'answered', waitMs: 1500 } },
    { type: 'agent-answered', data: { agent, legId: `${id}-a`, rangMs: 900 } },
    { type: 'recording-started', data: { recordingId: id, path: `recordings/${id}.wav` } },
    { type: 'talk-began', data: { agent, legId: `${id}-a` } },
    { type: 'talk-ended', data: { agent, legId: `${id}-a`, talkMs: 4000, by: 'caller' } },
    { type: 'recording-stopped', data: { recordingId: id, durationMs: 500 } },
    { type: 'call-ended', data: { result: 'answered', cause: 'normal', by: 'caller' } },
  ].map((fact, index) => ({
    ...fact,
    subject: id,
    seq: index + 1,
    at: at + index * 1000,
  })) as unknown as Fact[]
  await site.repositories.facts.record(facts, summarise)
  const path = join(site.mediaDir, `recordings/${id}.wav`)
  mkdirSync(dirname(path), { recursive: true })
  const sound = Buffer.alloc(44 + 4000 * 4)
  sound.write('RIFF', 0)
  for (let frame = 0; frame < 4000; frame++) {
    sound.writeInt16LE(frame < 2000 ? 16_384 : 0, 44 + frame * 4)
    sound.writeInt16LE(frame < 2000 ? 0 : -8192, 46 + frame * 4)
  }
  writeFileSync(path, sound)
}

t.test('who may call what', async t => {
  const rows: [name: string, asked: Asked, status: number, code?: string][] = [
    ['nobody sees calls', { url: '/api/calls' }, 401, 'NOT_SIGNED_IN'],
    [
      'a made-up token is nobody',
      { url: '/api/me', headers: { authorization: 'Bearer nonsense' } },
      401,
      'NOT_SIGNED_IN',
    ],
    ['an agent sees its own account', { url: '/api/me', as: '1001' }, 200],
    ['an agent does not see users', { url: '/api/users', as: '1001' }, 403, 'FORBIDDEN'],
    ['a supervisor does not see users', { url: '/api/users', as: '2001' }, 403, 'FORBIDDEN'],
    ['an administrator sees users', { url: '/api/users', as: 'admin' }, 200],
    ['an agent does not see the audit', { url: '/api/audit', as: '1001' }, 403, 'FORBIDDEN'],
    [
      'an agent does not force another',
      { method: 'POST', url: '/api/agents/1002/state', as: '1001', body: { state: 'busy' } },
      403,
      'FORBIDDEN',
    ],
    [
      'an agent does not listen to others',
      { method: 'POST', url: '/api/calls/c1/monitor', as: '1001', body: {} },
      403,
      'FORBIDDEN',
    ],
    [
      'an agent does not dial for another',
      { method: 'POST', url: '/api/calls', as: '1001', body: { agent: '1002', to: '10000' } },
      403,
      'FORBIDDEN',
    ],
    [
      'an administrator changes no call',
      { method: 'POST', url: '/api/calls/c1/hold', as: 'admin', body: {} },
      403,
      'FORBIDDEN',
    ],
    ['an administrator has no phone', { url: '/api/phone', as: 'admin' }, 404, 'UNKNOWN_AGENT'],
    ['what is not there is said in JSON', { url: '/api/nothing' }, 404, 'NOT_FOUND'],
    [
      'a wrong number of items is refused',
      { url: '/api/calls?limit=many', as: '2001' },
      400,
      'BAD_REQUEST',
    ],
    [
      'an unknown field is refused',
      { method: 'POST', url: '/api/login', body: { username: 'a', password: 'b', admin: true } },
      400,
      'BAD_REQUEST',
    ],
    [
      'a body that is no JSON is refused',
      {
        method: 'POST',
        url: '/api/login',
        body: '{',
        headers: { 'content-type': 'application/json' },
      },
      400,
      'BAD_REQUEST',
    ],
    [
      'a dial string is no number',
      { method: 'POST', url: '/api/calls', as: '1001', body: { agent: '1001', to: '1@evil' } },
      400,
      'BAD_REQUEST',
    ],
  ]
  for (const [name, asked, status, code] of rows) {
    const reply = await ask(asked)
    t.equal(reply.statusCode, status, name)
    if (code) t.equal(reply.json().code, code, `${name}: code`)
  }
})

t.test('every route says who may call it, and OpenAPI 3.1 describes it', async t => {
  const document = (await ask({ url: '/api/openapi.json' })).json()
  t.equal(document.openapi, '3.1.0')
  for (const path of [
    '/api/login',
    '/api/calls',
    '/api/calls/{id}/{verb}',
    '/api/calls/{id}/recording',
    '/api/queues',
    '/api/agents',
    '/api/lines',
    '/health/ready',
  ]) {
    t.ok(document.paths[path], path)
  }
  t.match(document.paths['/api/login'].post.requestBody, { content: { 'application/json': {} } })
  t.equal((await ask({ url: '/api/docs/' })).statusCode, 200)
})

t.test(
  'wrong passwords lock an account for a growing time, and tell nothing about names',
  async t => {
    const login = (username: string, password: string) =>
      ask({ method: 'POST', url: '/api/login', body: { username, password } })
    for (const username of ['1020', 'nobody-has-this-name']) {
      for (let attempt = 0; attempt < 5; attempt++) {
        const refused = await login(username, 'wrong')
        t.match(refused.json(), { code: 'BAD_CREDENTIALS' }, `${username} ${attempt}`)
        t.equal(refused.statusCode, 401)
      }
      const locked = await login(username, PASSWORD)
      t.equal(locked.statusCode, 429, `${username} is locked`)
      t.match(locked.json(), { code: 'ACCOUNT_LOCKED', details: { retryAfterS: Number } })
    }
    site.clockMs += 31_000
    t.equal((await login('1020', 'wrong')).statusCode, 401, 'one more attempt after the lock')
    t.equal((await login('1020', PASSWORD)).statusCode, 429, 'which locks at once')
    site.clockMs += 61_000
    t.match((await login('1020', PASSWORD)).json(), {
      token: String,
      user: { id: 'user-1020', roles: ['agent'], agentId: '1020' },
    })
  },
)

t.test('a cookie signs in, and other sites cannot use it', async t => {
  const reply = await ask({
    method: 'POST',
    url: '/api/login',
    body: { username: '1001', password: PASSWORD },
  })
  const cookie = String(reply.headers['set-cookie'])
  t.match(cookie, /^hotline=/)
  t.match(cookie, /HttpOnly/)
  t.match(cookie, /SameSite=Strict/)
  const headers = { cookie: cookie.split(';')[0] ?? '', host: 'hotline.test' }
  t.equal((await ask({ url: '/api/me', headers })).statusCode, 200)
  const busy = {
    method: 'POST',
    url: '/api/agents/1001/state',
    body: { state: 'busy', reason: 'rest' },
  } as const
  t.equal(
    (await ask({ ...busy, headers: { ...headers, origin: 'http://hotline.test' } })).statusCode,
    200,
    'our own page',
  )
  t.equal(
    (await ask({ ...busy, headers: { ...headers, origin: 'http://evil.test' } })).statusCode,
    403,
    'another page',
  )
  t.equal(
    (await ask({ ...busy, headers: { ...headers, 'sec-fetch-site': 'cross-site' } })).statusCode,
    403,
    'a page without origin',
  )
  t.equal((await ask({ method: 'POST', url: '/api/logout', headers })).statusCode, 200)
  t.equal((await ask({ url: '/api/me', headers })).statusCode, 401, 'signed out')
})

t.test('a new password ends all other sessions', async t => {
  const login = async (password: string) =>
    (await ask({ method: 'POST', url: '/api/login', body: { username: '1019', password } })).json()
      .token as string
  const [first, second] = [await login(PASSWORD), await login(PASSWORD)]
  const change = (token: string, old: string) =>
    ask({
      method: 'POST',
      url: '/api/me/password',
      headers: { authorization: `Bearer ${token}` },
      body: { old, new: 'another long one' },
    })
  t.equal((await change(first, 'wrong')).statusCode, 401)
  const changed = await change(first, PASSWORD)
  t.equal(changed.statusCode, 200)
  for (const token of [first, second]) {
    t.equal(
      (await ask({ url: '/api/me', headers: { authorization: `Bearer ${token}` } })).statusCode,
      401,
    )
  }
  t.equal(
    (await ask({ url: '/api/me', headers: { authorization: `Bearer ${changed.json().token}` } }))
      .statusCode,
    200,
  )
})

t.test('a session ends after a shift without use', async t => {
  const reply = await ask({
    method: 'POST',
    url: '/api/login',
    body: { username: '1018', password: PASSWORD },
  })
  const headers = { authorization: `Bearer ${reply.json().token}` }
  site.clockMs += 6 * 3_600_000
  t.equal((await ask({ url: '/api/me', headers })).statusCode, 200, 'used within it')
  site.clockMs += 11 * 3_600_000
  t.equal((await ask({ url: '/api/me', headers })).statusCode, 200, 'goes on')
  site.clockMs += 13 * 3_600_000
  t.equal((await ask({ url: '/api/me', headers })).statusCode, 401)
})

t.test('calls', async t => {
  const at = Date.parse('2026-11-20T09:00:00+08:00')
  await recordCall('call-one', '1001', at)
  await recordCall('call-two', '1003', at + 60_000)

  t.test('a supervisor sees all, an agent its own, whatever it asks for', async t => {
    t.equal((await ask({ url: '/api/calls', as: '2001' })).json().total, 2)
    const own = (await ask({ url: '/api/calls?agent=1003', as: '1001' })).json()
    t.match(own, {
      total: 1,
      items: [
        {
          id: 'call-one',
          agent: '1001',
          caller: '13912341111',
          result: 'answered',
          waitMs: 1500,
          talkMs: 4000,
        },
      ],
    })
    t.equal((await ask({ url: '/api/calls/call-two', as: '1001' })).statusCode, 404)
    t.match((await ask({ url: '/api/calls/call-two', as: '1003' })).json(), {
      startedAt: '2026-11-20T09:01:00.000+08:00',
      recordingId: 'call-two',
    })
    const filtered = `/api/calls?from=${encodeURIComponent('2026-11-20T09:00:30+08:00')}&limit=1`
    t.match((await ask({ url: filtered, as: '2001' })).json(), {
      total: 1,
      items: [{ id: 'call-two' }],
    })
  })

  t.test('pages follow one another', async t => {
    const first = (await ask({ url: '/api/calls?limit=1', as: '2001' })).json()
    t.match(first, { items: [{ id: 'call-two' }], nextCursor: String })
    const second = (
      await ask({
        url: `/api/calls?limit=1&cursor=${encodeURIComponent(first.nextCursor)}`,
        as: '2001',
      })
    ).json()
    t.match(second, { items: [{ id: 'call-one' }], nextCursor: null })
  })

  t.test('as files for spreadsheets, by suffix and by Accept', async t => {
    const csv = await ask({ url: '/api/calls.csv', as: '2001' })
    t.match(csv.headers['content-type'], 'text/csv')
    t.match(csv.body, /^\uFEFF通话编号,方向,主叫号码/)
    t.match(csv.body, /call-one,呼入,13912341111,12393/)
    const accepted = await ask({ url: '/api/calls', as: '1001', headers: { accept: 'text/csv' } })
    t.match(accepted.body, /call-one/)
    t.notMatch(accepted.body, /call-two/)
    const sheet = await ask({ url: '/api/calls.xlsx', as: '2001' })
    t.equal(sheet.rawPayload.subarray(0, 2).toString(), 'PK')
    const audit = (await ask({ url: '/api/audit?action=calls-exported', as: 'admin' })).json()
    t.equal(audit.items.length, 3, 'exports are in the audit')
  })

  t.test('the timeline has every fact in order', async t => {
    const { items } = (await ask({ url: '/api/calls/call-one/timeline', as: '1001' })).json()
    t.equal(items.length, 10)
    t.match(items[0], { seq: 1, type: 'call-began', at: '2026-11-20T09:00:00.000+08:00' })
    t.match(items[9], { seq: 10, type: 'call-ended', data: { result: 'answered' } })
  })

  t.test('a recording is played in ranges, and every play is noted', async t => {
    const size = 44 + 16_000
    const whole = await ask({ url: '/api/calls/call-one/recording', as: '1001' })
    t.equal(whole.statusCode, 200)
    t.equal(whole.headers['content-type'], 'audio/wav')
    t.equal(whole.rawPayload.length, size)
    const rows: [range: string, status: number, contentRange: string, length: number][] = [
      ['bytes=0-99', 206, `bytes 0-99/${size}`, 100],
      ['bytes=100-', 206, `bytes 100-${size - 1}/${size}`, size - 100],
      ['bytes=-50', 206, `bytes ${size - 50}-${size - 1}/${size}`, 50],
      [`bytes=${size}-`, 416, `bytes */${size}`, 0],
    ]
    for (const [range, status, contentRange, length] of rows) {
      const reply = await ask({
        url: '/api/calls/call-one/recording',
        as: '1001',
        headers: { range },
      })
      t.equal(reply.statusCode, status, range)
      t.equal(reply.headers['content-range'], contentRange, range)
      t.equal(reply.rawPayload.length, length, range)
    }
    const audit = (await ask({ url: '/api/audit?action=recording-played', as: 'admin' })).json()
    t.match(audit.items, [
      { actor: 'user-1001', target: 'call-one' },
      { actor: 'user-1001', target: 'call-one' },
    ])
    t.equal(
      (await ask({ url: '/api/calls/call-one/recording', as: '1003' })).statusCode,
      404,
      'not for others',
    )
  })

  t.test('while it grows its header tells the truth', async t => {
    await recordCall('call-live', '1001', at + 120_000)
    const started = {
      subject: 'call-live',
      seq: 11,
      at: at + 200_000,
      type: 'recording-started',
      data: { recordingId: 'live', path: 'recordings/call-live.wav' },
    }
    await site.repositories.facts.record([started as Fact], summarise)
    const reply = await ask({ url: '/api/calls/call-live/recording?recording=live', as: '2001' })
    t.equal(reply.rawPayload.readUInt32LE(40), 16_000, 'bytes of sound')
    t.equal(reply.rawPayload.length, 44 + 16_000)
  })

  t.test('the waveform keeps caller and agent apart', async t => {
    const { durationMs, caller, agent } = (
      await ask({ url: '/api/calls/call-one/waveform', as: '1001' })
    ).json()
    t.equal(durationMs, 500)
    t.equal(caller[0], 0.5)
    t.equal(agent[0], 0)
    t.equal(caller.at(-1), 0)
    t.equal(agent.at(-1), -0.25)
  })

  t.test('a path that leads out of the media folder is no recording', async t => {
    const started = {
      subject: 'call-one',
      seq: 12,
      at: at + 200_000,
      type: 'recording-started',
      data: { recordingId: 'evil', path: '../../../etc/passwd' },
    }
    await site.repositories.facts.record([started as Fact], summarise)
    t.match(
      (await ask({ url: '/api/calls/call-one/recording?recording=evil', as: '2001' })).json(),
      { code: 'NO_RECORDING' },
    )
  })
})

t.test('a request sent twice with one key happens once', async t => {
  const dial = (key: string, to = '13900000000') =>
    ask({
      method: 'POST',
      url: '/api/calls',
      as: '1001',
      body: { agent: '1001', to },
      headers: { 'idempotency-key': key },
    })
  const before = site.control.asked.length
  const [first, second] = await Promise.all([dial('k1'), dial('k1')])
  t.equal(first?.statusCode, 200)
  t.same(second?.json(), first?.json(), 'the same answer')
  t.equal(site.control.asked.length, before + 1, 'asked once')
  t.equal((await dial('k1', '13900000001')).statusCode, 400, 'one key, two requests')
  t.equal((await dial('k2')).statusCode, 200, 'another key')
  const gone = () =>
    ask({
      method: 'POST',
      url: '/api/calls/gone/hangup',
      as: '1001',
      headers: { 'idempotency-key': 'k3' },
    })
  t.match((await gone()).json(), { code: 'CALL_ENDED' })
  t.match((await gone()).json(), { code: 'CALL_ENDED' }, 'a refusal may be tried again')
})

t.test('call verbs reach the floor with who asks', async t => {
  const reply = await ask({
    method: 'POST',
    url: '/api/calls/c9/transfer',
    as: '1001',
    body: { to: { queue: 'business' } },
  })
  t.equal(reply.statusCode, 200)
  t.match(site.control.asked.at(-1), {
    what: 'transfer',
    with: ['c9', { to: { queue: 'business' } }, { userId: 'user-1001', agentId: '1001' }],
  })
  t.equal(
    (await ask({ method: 'POST', url: '/api/calls/c9/explode', as: '1001', body: {} })).statusCode,
    400,
  )
  t.equal(
    (await ask({ method: 'POST', url: '/api/calls/c9/whisper', as: '2001', body: {} })).statusCode,
    200,
  )
  t.match((await ask({ url: '/api/audit?action=call-whisper', as: 'admin' })).json().items, [
    { target: 'c9', actor: 'user-2001' },
  ])
})

t.test('the live floor shows whole numbers to supervisors only', async t => {
  t.match((await ask({ url: '/api/lines', as: '2001' })).json().lines, [{ number: '13912341111' }])
  t.match((await ask({ url: '/api/lines', as: '1001' })).json().lines, [{ number: '139****1111' }])
  t.match((await ask({ url: '/api/queues', as: '1001' })).json().items[0].waiters, [
    { number: '139****2222' },
  ])
  const seen = (await ask({ url: '/api/agents', as: '1001' }))
    .json()
    .items.find((one: { id: string }) => one.id === '1002')
  t.equal(seen.withNumber, '139****1111')
  t.equal(
    (
      await ask({
        method: 'POST',
        url: '/api/agents/1002/state',
        as: '1002',
        body: { state: 'idle' },
      })
    ).statusCode,
    409,
  )
  t.match(
    (
      await ask({
        method: 'POST',
        url: '/api/agents/1004/state',
        as: '2001',
        body: { state: 'busy', reason: 'training' },
      })
    ).json(),
    { id: '1004', state: 'busy' },
  )
  t.match((await ask({ url: '/api/audit?action=agent-state-forced', as: 'admin' })).json().items, [
    { target: '1004' },
  ])
})

t.test('a broken flow is refused with its problems, and the old one stays', async t => {
  const { flow } = (await ask({ url: '/api/flows/12393', as: 'admin' })).json()
  const broken = {
    ...flow,
    nodes: { ...flow.nodes, greeting: { ...flow.nodes.greeting, next: 'nowhere' } },
  }
  const refused = await ask({ method: 'PUT', url: '/api/flows/12393', as: 'admin', body: broken })
  t.equal(refused.statusCode, 422)
  t.match(refused.json(), {
    code: 'BROKEN_FLOW',
    details: { problems: [{ node: 'greeting', code: 'NEXT_UNKNOWN' }] },
  })
  const stranger = {
    ...flow,
    nodes: { ...flow.nodes, agent: { ...flow.nodes.agent, queue: 'unheard-of' } },
  }
  t.match(
    (await ask({ method: 'PUT', url: '/api/flows/12393', as: 'admin', body: stranger })).json(),
    { details: { problems: [{ node: 'agent', code: 'QUEUE_UNKNOWN' }] } },
  )
  t.equal((await ask({ url: '/api/flows/12393', as: 'admin' })).json().version, 1)

  const renamed = { ...flow, name: '12393 新流程' }
  t.match(
    (await ask({ method: 'PUT', url: '/api/flows/12393', as: 'admin', body: renamed })).json(),
    { version: 2, name: '12393 新流程' },
  )
  t.equal(site.control.settings?.flows[0]?.version, 2, 'it runs')
  t.match(
    (await ask({ method: 'POST', url: '/api/flows/12393/versions/1/publish', as: 'admin' })).json(),
    { version: 3, name: flow.name },
  )
  t.equal((await ask({ url: '/api/flows/12393/versions', as: 'admin' })).json().items.length, 3)
})

t.test('what is set reaches the floor, and nothing goes that is still used', async t => {
  const put = (url: string, body: unknown) => ask({ method: 'PUT', url, as: 'admin', body })
  const remove = (url: string) => ask({ method: 'DELETE', url, as: 'admin' })

  t.equal((await put('/api/config/queues/night', { id: 'night', name: '夜间组' })).statusCode, 200)
  t.ok(site.control.settings?.queues.some(queue => queue.id === 'night' && queue.ringMs === 20_000))
  t.equal((await put('/api/config/queues/night', { id: 'night', name: '' })).statusCode, 400)
  t.equal(
    (await put('/api/config/queues/night', { id: 'night', name: 'x', overflowTo: 'nowhere' }))
      .statusCode,
    404,
  )
  t.match((await remove('/api/config/queues/consult')).json(), { code: 'IN_USE' })
  t.equal((await remove('/api/config/queues/night')).statusCode, 200)

  t.equal(
    (
      await put('/api/config/agents/1021', {
        id: '1021',
        name: '示例座席21',
        queues: { consult: 3 },
      })
    ).statusCode,
    200,
  )
  t.match(
    (
      await put('/api/config/agents/1022', { id: '1022', name: 'x', queues: { nowhere: 1 } })
    ).json(),
    { code: 'UNKNOWN_QUEUE' },
  )
  t.match((await remove('/api/config/agents/1001')).json(), { code: 'IN_USE' })
  t.equal((await remove('/api/config/agents/1021')).statusCode, 200)
  t.notMatch((await ask({ url: '/api/config/agents', as: '2001' })).body, /phoneSecret/)

  t.match(
    (await put('/api/numbers/12345', { number: '12345', flow: 'nothing', name: 'x' })).json(),
    { code: 'UNKNOWN_FLOW' },
  )
  t.equal(
    (await put('/api/numbers/12345', { number: '12345', flow: '12393', name: '市民热线' }))
      .statusCode,
    200,
  )
  t.match((await remove('/api/calendars/standard')).json(), { code: 'IN_USE' })
  t.match((await remove('/api/contact-reasons/treatment')).json(), { code: 'IN_USE' })
  t.ok((await ask({ url: '/api/contact-reasons', as: '1001' })).json().items.length > 25)

  t.equal(
    (
      await put('/api/settings', {
        lineLimit: 60,
        reserveLines: 5,
        flowLimit: 40,
        recordingLimit: 40,
        recorderFull: 'refuse',
      })
    ).statusCode,
    200,
  )
  t.match(site.control.settings, {
    lines: { limit: 60, flowLimit: 40, recordingLimit: 40 },
    recorderFull: 'refuse',
  })
})

t.test('users come, change and go; one administrator stays', async t => {
  const made = await ask({
    method: 'POST',
    url: '/api/users',
    as: 'admin',
    body: { username: 'trainer', name: '培训', roles: ['supervisor'] },
  })
  const { id, password } = made.json()
  t.match(password, /^.{14}$/, 'a password is generated')
  const token = (
    await ask({ method: 'POST', url: '/api/login', body: { username: 'trainer', password } })
  ).json().token
  t.equal(
    (await ask({ method: 'PATCH', url: `/api/users/${id}`, as: 'admin', body: { disabled: true } }))
      .statusCode,
    200,
  )
  t.equal(
    (await ask({ url: '/api/me', headers: { authorization: `Bearer ${token}` } })).statusCode,
    401,
    'and is out at once',
  )
  t.match(
    (
      await ask({
        method: 'POST',
        url: '/api/users',
        as: 'admin',
        body: { username: 'trainer', name: 'x', roles: ['agent'] },
      })
    ).json(),
    { code: 'IN_USE' },
  )
  t.equal((await ask({ method: 'DELETE', url: `/api/users/${id}`, as: 'admin' })).statusCode, 200)
  t.match(
    (
      await ask({
        method: 'PATCH',
        url: '/api/users/admin',
        as: 'admin',
        body: { roles: ['agent'] },
      })
    ).json(),
    { code: 'IN_USE' },
  )
  t.match((await ask({ method: 'DELETE', url: '/api/users/admin', as: 'admin' })).json(), {
    code: 'IN_USE',
  })
})

t.test('missed calls are worked off', async t => {
  const fact = (seq: number, type: string, data: object) =>
    ({
      subject: 'call-lost',
      seq,
      at: Date.parse('2026-11-20T10:00:00+08:00') + seq,
      type,
      data,
    }) as unknown as Fact
  await site.repositories.facts.record(
    [
      fact(1, 'call-began', {
        direction: 'inbound',
        caller: '13912345555',
        callee: '12393',
        node: 'n',
        legId: 'l',
        sipCallId: 's',
        networkAddress: '',
        video: false,
      }),
      fact(2, 'queue-joined', { queue: 'consult', priority: 5, position: 1 }),
      fact(3, 'queue-left', { queue: 'consult', outcome: 'abandoned', waitMs: 9000 }),
      fact(4, 'call-ended', { result: 'abandoned-queue', cause: 'normal', by: 'caller' }),
    ],
    summarise,
  )
  const { items } = (await ask({ url: '/api/missed-calls?state=open', as: '1001' })).json()
  t.match(items, [{ kind: 'abandoned', number: '13912345555', waitMs: 9000 }])
  const reply = await ask({
    method: 'POST',
    url: `/api/missed-calls/${items[0].id}/done`,
    as: '1001',
    body: { note: '已回电' },
  })
  t.match(reply.json(), { state: 'done', doneBy: '1001', note: '已回电' })
  t.equal((await ask({ url: '/api/missed-calls?state=open', as: '1001' })).json().total, 0)
  t.equal(
    (await ask({ method: 'POST', url: `/api/missed-calls/${items[0].id}/reopen`, as: '1001' }))
      .statusCode,
    403,
  )
})

t.test('numbers are blocked with a reason, and let in again', async t => {
  const put = (number: string, body: object, as = '2001') =>
    ask({ method: 'PUT', url: `/api/blacklist/${number}`, as, body })
  t.equal((await put('13900009999', { reason: '骚扰' }, '1001')).statusCode, 403)
  t.equal((await put('13900009999', {})).statusCode, 400, 'never without a reason')
  t.equal((await put('13900009999', { reason: '骚扰' })).statusCode, 200)
  t.equal((await put('13900009999', { reason: '恶意骚扰' })).statusCode, 200)
  t.match((await ask({ url: '/api/blacklist', as: 'admin' })).json().items, [
    { number: '13900009999', reason: '恶意骚扰', by: 'user-2001' },
  ])
  t.equal((await ask({ url: '/api/blacklist', as: 'admin' })).json().items.length, 1)
  const remove = () => ask({ method: 'DELETE', url: '/api/blacklist/13900009999', as: '2001' })
  t.equal((await remove()).statusCode, 200)
  t.equal((await remove()).statusCode, 404)
})

t.test('elders are listed with a note, and leave the list again', async t => {
  const put = (number: string, body: object, as = '2001') =>
    ask({ method: 'PUT', url: `/api/elders/${number}`, as, body })
  t.equal((await put('13900008888', {}, '1001')).statusCode, 403)
  t.equal((await put('abc', {})).statusCode, 400)
  t.equal((await put('13900008888', {})).statusCode, 200)
  t.equal((await put('13900008888', { note: '七十八岁' })).statusCode, 200)
  t.match((await ask({ url: '/api/elders', as: 'admin' })).json().items, [
    { number: '13900008888', note: '七十八岁', by: 'user-2001' },
  ])
  const remove = () => ask({ method: 'DELETE', url: '/api/elders/13900008888', as: '2001' })
  t.equal((await remove()).statusCode, 200)
  t.equal((await remove()).statusCode, 404)
})

t.test('bans are shown and lifted', async t => {
  site.bans.set('192.0.2.9', {
    address: '192.0.2.9',
    reason: '5 wrong passwords',
    until: Date.parse('2026-11-20T10:00:00Z'),
  })
  t.match((await ask({ url: '/api/bans', as: 'admin' })).json().items, [
    { address: '192.0.2.9', until: '2026-11-20T18:00:00.000+08:00' },
  ])
  t.equal(
    (await ask({ method: 'DELETE', url: '/api/bans/192.0.2.9', as: 'admin' })).statusCode,
    200,
  )
  t.equal(
    (await ask({ method: 'DELETE', url: '/api/bans/192.0.2.9', as: 'admin' })).statusCode,
    404,
  )
})

t.test('the phone gets its own secret and the way to the switch', async t => {
  const reply = await ask({ url: '/api/phone', as: '1001', headers: { host: 'hotline.test:8080' } })
  t.match(reply.json(), {
    user: '1001',
    realm: 'hotline',
    webSocketUrl: 'ws://hotline.test:8080/sip',
    webSocketUrls: ['ws://hotline.test:8080/sip'],
    iceServers: [{ urls: 'stun:127.0.0.1:3478' }],
  })
  t.equal(reply.headers['cache-control'], 'no-store')
})

t.test('health names each dependency and metrics count', async t => {
  t.match((await ask({ url: '/health/live' })).json(), {
    pid: process.pid,
    version: '0.0.0',
    uptimeS: Number,
  })
  site.dependencies.push(
    { name: 'redis', needed: true, check: async () => undefined },
    { name: 'speech', needed: false, check: async () => 'no synthesiser' },
  )
  const ready = await ask({ url: '/health/ready' })
  t.equal(ready.statusCode, 200)
  t.match(ready.json(), {
    ready: true,
    dependencies: { redis: { state: 'up' }, speech: { state: 'down', detail: 'no synthesiser' } },
  })
  site.dependencies.push({
    name: 'embedded',
    needed: true,
    check: async () => Promise.reject(new Error('away')),
  })
  t.equal((await ask({ url: '/health/ready' })).statusCode, 503)
  const { body } = await ask({ url: '/metrics' })
  for (const line of [
    /^hotline_lines_used 1$/m,
    /^hotline_queue_waiting\{queue="consult"\} 1$/m,
    /hotline_agents\{state="talking"\} 1/,
    /hotline_failures_total\{code="BAD_CREDENTIALS"\}/,
    /hotline_nodejs_eventloop_lag/,
  ]) {
    t.match(body, line)
  }
})

t.test('every page carries its protections', async t => {
  const { headers } = await ask({ url: '/api/me' })
  t.match(headers['content-security-policy'], /default-src 'self'/)
  t.match(headers['content-security-policy'], /frame-ancestors 'none'/)
  t.match(headers['permissions-policy'], /microphone=\(self\)/)
  t.equal(headers['x-content-type-options'], 'nosniff')
})

t.test('codes that leave are on the list', async t => {
  const codes = Object.keys(ERRORS)
  for (const url of ['/api/me', '/api/nothing', '/api/calls/none']) {
    t.ok(codes.includes((await ask({ url })).json().code), url)
  }
})

t.end()
