// What a FreeSWITCH is told when it asks for phones, trunks and banned addresses.
import fastify from 'fastify'
import t, { type Test } from 'tap'
import { answerFailures } from '../../../server/api/failure.ts'
import { bannedDocument, phoneDocument, trunksDocument } from '../../../server/web/directory-xml.ts'
import { switchDirectory, type SwitchDirectory } from '../../../server/web/switch-directory.ts'
import { trunkSchema } from '../../../telephony/trunk/trunk.ts'
import { silentLog } from '../../fixtures/log.ts'

const SECRET = 'a secret & "more"'
const PHONE = { user: '1001', realm: 'hotline', ha1: 'a'.repeat(32) }
const TRUNK = trunkSchema.parse({
  id: 'carrier',
  name: '电信',
  address: { host: '198.51.100.1' },
  access: { type: 'registration', username: 'us', password: 'p&"<$${esl_password}' },
})

async function open(t: Test, changes: Partial<SwitchDirectory> = {}) {
  const app = fastify()
  const log = silentLog()
  answerFailures(app, log, () => undefined)
  const directory: SwitchDirectory = {
    realm: 'hotline',
    secrets: ['other', SECRET],
    isSwitch: async address => address === '127.0.0.1',
    phone: async user => (user === '1001' ? PHONE : undefined),
    trunks: async () => [{ trunk: TRUNK, networks: ['198.51.100.1/32', '203.0.113.0/24'] }],
    banned: async () => ['192.0.2.66', '2001:db8::66'],
    ...changes,
  }
  await app.register(switchDirectory, { directory, log })
  t.teardown(() => app.close())
  const ask = (
    fields: Record<string, string>,
    { secret = SECRET, from = '127.0.0.1' }: { secret?: string | null; from?: string } = {},
  ) =>
    app.inject({
      method: 'POST',
      url: '/switch/freeswitch',
      remoteAddress: from,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(secret !== null && {
          authorization: `Basic ${Buffer.from(`freeswitch:${secret}`).toString('base64')}`,
        }),
      },
      payload: new URLSearchParams({
        section: 'directory',
        tag_name: 'domain',
        ...fields,
      }).toString(),
    })
  return { ask, app }
}

/** As mod_sofia asks at a REGISTER, and the user/ endpoint when it rings. */
const aPhone = (user: string) => ({
  key_name: 'name',
  key_value: 'hotline',
  action: 'sip_auth',
  user,
  domain: 'hotline',
})

t.test('a phone: its digest, where it may sign in from, and how it is rung', async t => {
  const { ask } = await open(t)
  const answer = await ask(aPhone('1001'))
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], /^text\/xml/)
  t.equal(answer.headers['cache-control'], 'no-store')
  for (const part of [
    '<section name="directory">',
    '<domain name="hotline">',
    '<user id="1001" cacheable="true">',
    `<param name="a1-hash" value="${'a'.repeat(32)}"/>`,
    '<param name="auth-acl" value="phones"/>',
    'value="${sofia_contact(agent/${dialed_user}@${dialed_domain})}"',
  ])
    t.ok(answer.body.includes(part), part)
})

t.test('a phone that nobody has is not found, whatever is asked besides', async t => {
  const { ask } = await open(t)
  for (const fields of [
    aPhone('9999'),
    aPhone(''),
    { ...aPhone('1001'), key_value: 'elsewhere', domain: 'elsewhere' },
    { section: 'configuration', key_value: 'sofia.conf' },
    { section: 'dialplan' },
    {},
  ]) {
    const answer = await ask(fields)
    t.equal(answer.statusCode, 200)
    t.match(answer.body, '<result status="not found"/>')
  }
})

t.test(
  'trunks are gateways and networks, with what would break a document written out',
  async t => {
    const { ask } = await open(t)
    const { body } = await ask({ key_value: 'trunks', purpose: 'gateways' })
    t.match(body, '<domain name="trunks">')
    t.match(body, 'id="carrier" cacheable="true" cidr="198.51.100.1/32,203.0.113.0/24"')
    t.match(body, '<gateway name="carrier">')
    t.match(body, 'value="p&amp;&quot;&lt;&#36;&#36;{esl_password}"')
    t.notMatch(body, '$${esl_password}', 'FreeSWITCH must not put its own secret in place')
  },
)

t.test('banned addresses are networks of one', async t => {
  const { ask } = await open(t)
  const { body } = await ask({ key_value: 'banned', purpose: 'network-list' })
  t.match(body, 'cidr="192.0.2.66/32"')
  t.match(body, 'cidr="2001:db8::66/128"')
})

t.test('only a switch of ours with the secret is answered', async t => {
  const { ask } = await open(t)
  t.equal((await ask(aPhone('1001'), { secret: 'other' })).statusCode, 200, 'any of the secrets')
  for (const secret of ['wrong', '', null]) {
    const answer = await ask(aPhone('1001'), { secret })
    t.equal(answer.statusCode, 401)
    t.match(answer.headers['www-authenticate'], /^Basic /)
    t.notMatch(answer.body, 'a1-hash')
  }
  const stranger = await ask(aPhone('1001'), { from: '192.0.2.1' })
  t.equal(stranger.statusCode, 403)
  t.notMatch(stranger.body, 'a1-hash')
})

t.test('a body that is no form, or too long, is refused', async t => {
  const { app, ask } = await open(t)
  const json = await app.inject({ method: 'POST', url: '/switch/freeswitch', payload: { a: 1 } })
  t.ok([401, 415].includes(json.statusCode), String(json.statusCode))
  const long = await ask({ ...aPhone('1001'), sip_user_agent: 'x'.repeat(100_000) })
  t.equal(long.statusCode, 413)
})

t.test('a store that is away is told as such: the switch then asks the next server', async t => {
  const { ask } = await open(t, {
    phone: async () => {
      throw new Error('connection lost')
    },
  })
  t.equal((await ask(aPhone('1001'))).statusCode, 500)
})

t.test('characters that XML does not know are left out', async t => {
  const document = phoneDocument({ ...PHONE, user: 'a\u0000<b>\u0007"\n' })
  t.match(document, 'id="a&lt;b&gt;&quot; "')
  t.match(trunksDocument([]), '<domain name="trunks">')
  t.match(bannedDocument([]), '<domain name="banned">')
})
