import t from 'tap'
import { openTestSite, type TestSite } from '../../fixtures/site/site.ts'

// Passwords are hashed with care, and a busy machine takes its time.
t.setTimeout(120_000)
let site: TestSite
t.before(async () => {
  site = await openTestSite()
})
t.after(() => site.close())

async function ask(
  url: string,
  as: string,
  method: 'GET' | 'PUT' | 'DELETE' = 'GET',
  body?: object,
) {
  return await site.app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${await site.tokenOf(as)}` },
    ...(body && { payload: body }),
  })
}
const ims = {
  id: 'ims',
  name: 'IMS 主用',
  address: { host: 'sbc.ims.example.net' },
  access: { type: 'registration', username: '+8659112393', password: 'Geheim 1' },
}

t.test('a trunk is set, shown without its password, kept when the form leaves it out', async t => {
  const made = await ask('/api/trunks/ims', 'admin', 'PUT', ims)
  t.equal(made.statusCode, 200, made.body)
  t.notMatch(made.body, 'Geheim')
  t.match(made.json().trunk, {
    id: 'ims',
    enabled: true,
    priority: 0,
    address: { port: 5060, transport: 'udp' },
    access: { username: '+8659112393', hasPassword: true, expiresS: 3600 },
    options: { everyS: 15, failuresToDown: 2 },
  })
  t.match(site.control.settings?.trunks, [{ id: 'ims', access: { password: 'Geheim 1' } }])
  const { password: _, ...access } = ims.access
  const changed = await ask('/api/trunks/ims', 'admin', 'PUT', { ...ims, access, lineLimit: 60 })
  t.equal(changed.statusCode, 200, changed.body)
  t.match(site.control.settings?.trunks, [{ lineLimit: 60, access: { password: 'Geheim 1' } }])
  const listed = await ask('/api/trunks', '2001')
  t.equal(listed.statusCode, 200)
  t.notMatch(listed.body, 'Geheim')
  t.match(listed.json().items, [{ trunk: { id: 'ims', lineLimit: 60 }, live: null }])
  t.match((await ask('/api/trunks/ims', '2001')).json(), { trunk: { id: 'ims' } })
  const audited = (await ask('/api/audit?action=trunk-saved', 'admin')).body
  t.match(audited, 'ims')
  t.notMatch(audited, 'Geheim')
})

t.test('what is wrong is said, field by field', async t => {
  const cases: [name: string, id: string, change: object, field: string][] = [
    ['another id', 'ims', { id: 'other' }, '/id'],
    ['no host', 'ims', { address: { host: 'a b' } }, '/address/host'],
    ['a port that is none', 'ims', { address: { host: 'h', port: 99_999 } }, '/address/port'],
    [
      'TLS on the embedded switch',
      'ims',
      { address: { host: 'h', transport: 'tls' } },
      '/address/transport',
    ],
    [
      'no password for another user',
      'ims',
      { access: { type: 'registration', username: 'x' } },
      '/access/password',
    ],
    ['OPTIONS too often', 'ims', { options: { everyS: 1 } }, '/options/everyS'],
    [
      'a session timer that RFC 4028 forbids',
      'ims',
      { sessionTimer: { expiresS: 30 } },
      '/sessionTimer/expiresS',
    ],
    ['an area code that is none', 'ims', { inbound: { areaCode: '591' } }, '/inbound/areaCode'],
    [
      'an empty pool',
      'ims',
      { presentation: { shown: { type: 'pool', numbers: [] } } },
      '/presentation/shown/numbers',
    ],
    [
      'a line break in a name for headers',
      'ims',
      { access: { type: 'registration', username: 'a\r\nb', password: 'x' } },
      '/access/username',
    ],
    ['what nobody knows', 'ims', { colour: 'red' }, 'colour'],
  ]
  for (const [name, id, change, field] of cases) {
    const answer = await ask(`/api/trunks/${id}`, 'admin', 'PUT', { ...ims, ...change })
    t.equal(answer.statusCode, 400, `${name}: ${answer.body}`)
    t.equal(answer.json().code, 'BAD_REQUEST', name)
    t.ok(answer.body.includes(field), name)
  }
})

t.test('who may, and what is not there', async t => {
  t.equal((await ask('/api/trunks', '1001')).statusCode, 403)
  t.equal((await ask('/api/trunks/ims', '2001', 'PUT', ims)).statusCode, 403)
  t.equal((await ask('/api/trunks/ims', '2001', 'DELETE')).statusCode, 403)
  t.equal((await ask('/api/trunks/none', 'admin')).json().code, 'UNKNOWN_TRUNK')
  t.equal((await ask('/api/trunks/none', 'admin', 'DELETE')).json().code, 'UNKNOWN_TRUNK')
  t.equal((await ask('/api/trunks/ims', 'admin', 'DELETE')).statusCode, 200)
  t.same((await ask('/api/trunks', 'admin')).json().items, [])
  t.match(Object.keys((await ask('/api/openapi.json', 'admin')).json().paths), /\/api\/trunks/)
})

t.end()
