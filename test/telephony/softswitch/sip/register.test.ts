import t from 'tap'
import { headerLine, headerLines } from '../../../../telephony/softswitch/sip/message/message.ts'
import {
  authorize,
  createBench,
  request,
  SDP,
  tcpPeer,
  udpPeer,
  until,
  wsPeer,
  type Peer,
  type RequestShape,
} from './peer.ts'

const URI = 'sip:hotline.test'

function shapeOf(user: string): RequestShape {
  return {
    method: 'REGISTER',
    uri: URI,
    from: `<sip:${user}@hotline.test>;tag=r`,
    to: `<sip:${user}@hotline.test>`,
  }
}

async function challenged(peer: Peer, shape: RequestShape = shapeOf('1001')): Promise<string> {
  peer.send(request(peer, shape))
  return headerLine(await peer.answer(401), 'WWW-Authenticate') ?? ''
}

/** A REGISTER with right credentials; the answer to it. */
async function register(peer: Peer, shape: RequestShape = {}, user = '1001') {
  const challenge = await challenged(peer, { ...shapeOf(user), callId: `ask-${Math.random()}` })
  const authorization = authorize(challenge, 'REGISTER', URI, user, `secret-${user}`)
  const extra = [authorization, ...(shape.extra ?? [])]
  peer.send(request(peer, { ...shapeOf(user), ...shape, extra }))
  return peer.next(m => m.type === 'response', 'an answer')
}

t.test('a phone registers with digest, refreshes, asks and leaves', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  for (const open of [udpPeer, tcpPeer, wsPeer]) {
    const peer = await open(bench.stack)
    const contact = '<sip:1001@h3k.invalid;ob>'
    const extra = ['User-Agent: Test phone', 'Expires: 600']
    const ok = await register(peer, { contact, extra })
    t.match(ok, { status: 200 })
    t.match(headerLine(ok, 'Contact'), /^<sip:1001@h3k\.invalid;ob>;expires=(600|599)$/)
    const [binding] = bench.stack.bindings('1001')
    t.match(binding, { user: '1001', contact: 'sip:1001@h3k.invalid;ob', userAgent: 'Test phone' })
    t.equal(binding?.source.transport, peer.transport.toLowerCase())
    t.ok((binding?.expiresAt ?? 0) > Date.now() + 590_000)

    const asked = await register(peer, { contact: undefined })
    t.equal(headerLines(asked, 'Contact').length, 1, 'without Contact it is a question')
    await register(peer, { contact, extra: ['Expires: 600'] })
    t.equal(bench.stack.bindings('1001').length, 1, 'a refresh is no second contact')
    const left = await register(peer, { contact: `${contact};expires=0` })
    t.same(headerLines(left, 'Contact'), [])
    t.same(bench.stack.allBindings(), [])
    peer.close()
  }
  t.equal(bench.registered.length, 6)
  t.same(
    bench.unregistered.map(([, reason]) => reason),
    ['asked', 'asked', 'asked'],
  )
})

t.test('a wrong password is told to the gate, then refused', async t => {
  let open = () => undefined as void
  const told: string[] = []
  const bench = await createBench({
    gate: {
      onRequest: () => 'pass',
      onBadCredentials: (source, user) => {
        told.push(`${source.address} ${user}`)
        return new Promise(resolve => (open = resolve))
      },
      onGoodCredentials: (_, user) => void told.push(`good ${user}`),
    },
  })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  for (const user of ['1001', 'nobody']) {
    const challenge = await challenged(peer, shapeOf(user))
    const authorization = authorize(challenge, 'REGISTER', URI, user, 'guess')
    peer.send(request(peer, { ...shapeOf(user), extra: [authorization] }))
    await until(() => told.includes(`127.0.0.1 ${user}`), 'the gate')
    t.equal(peer.heard.length, 0, 'no answer before the delay is over')
    open()
    await peer.answer(403)
  }
  await register(peer)
  t.equal(told.at(-1), 'good 1001')
  t.equal(bench.registered.length, 1)
  peer.close()
})

t.test('a nonce serves once a count, grows old, and belongs to this switch', async t => {
  const bench = await createBench({ tuning: { nonceLifetimeMs: 400 } })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const challenge = await challenged(peer)
  t.match(challenge, /^Digest realm="hotline\.test", nonce="[^"]+", algorithm=MD5, qop="auth"$/)
  const send = (text: string) => peer.send(request(peer, { ...shapeOf('1001'), extra: [text] }))
  const first = authorize(challenge, 'REGISTER', URI, '1001', 'secret-1001')
  send(first)
  await peer.answer(200)
  send(first)
  t.match(headerLine(await peer.answer(401), 'WWW-Authenticate'), 'stale=true', 'a replay')
  send(authorize(challenge, 'REGISTER', URI, '1001', 'secret-1001', '00000002'))
  await peer.answer(200)
  await new Promise(resolve => setTimeout(resolve, 450))
  send(authorize(challenge, 'REGISTER', URI, '1001', 'secret-1001', '00000003'))
  t.match(headerLine(await peer.answer(401), 'WWW-Authenticate'), 'stale=true', 'too old')
  const foreign = challenge.replace(/nonce="[^"]+"/, 'nonce="abc"')
  send(authorize(foreign, 'REGISTER', URI, '1001', 'secret-1001'))
  t.match(headerLine(await peer.answer(401), 'WWW-Authenticate'), 'stale=true', 'not ours')
  send(authorize(challenge.replace('hotline.test', 'else'), 'REGISTER', URI, '1001', 'x'))
  t.notMatch(headerLine(await peer.answer(401), 'WWW-Authenticate'), 'stale', 'another realm')
  t.same(bench.badCredentials, [])
  peer.close()
})

t.test('the rules of the registrar', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const two = '<sip:a@127.0.0.1:5555>;expires=600, <sip:b@127.0.0.1:5556>;q=0.5'
  const both = await register(peer, { contact: two, extra: ['Expires: 120'] })
  t.same(
    headerLines(both, 'Contact').map(value => value.replace('599', '600').replace('119', '120')),
    ['<sip:b@127.0.0.1:5556>;expires=120', '<sip:a@127.0.0.1:5555>;expires=600'],
    'newest first',
  )
  t.match(await register(peer, { contact: '<sip:c@127.0.0.1>;expires=30' }), { status: 423 })
  t.match(await register(peer, { contact: '*' }), { status: 400 }, 'a star needs Expires: 0')
  t.match(await register(peer, { contact: '*, <sip:c@x>', extra: ['Expires: 0'] }), { status: 400 })
  t.match(await register(peer, { contact: '<tel:+86123>' }), { status: 400 })
  const long = await register(peer, { contact: '<sip:a@127.0.0.1:5555>;expires=999999' })
  t.match(headerLines(long, 'Contact')[0], /expires=(3600|3599)$/)
  const odd = await register(peer, { contact: '<sip:a@127.0.0.1:5555>;expires=soon' })
  t.match(headerLines(odd, 'Contact')[0], /expires=(3600|3599)$/)

  await register(peer, { contact: '<sip:d@x>', callId: 'order', cseq: 9 })
  t.match(await register(peer, { contact: '<sip:d@x>;expires=0', callId: 'order', cseq: 8 }), {
    status: 500,
  })
  t.equal(bench.stack.bindings('1001').length, 3)

  const challenge = await challenged(peer)
  const other = authorize(challenge, 'REGISTER', URI, '1001', 'secret-1001')
  peer.send(request(peer, { ...shapeOf('1002'), extra: [other] }))
  await peer.answer(403)

  const none = await register(peer, { contact: '*', extra: ['Expires: 0'] })
  t.match(none, { status: 200 })
  t.same(bench.stack.allBindings(), [])
  for (let n = 0; n < 20; n++) await register(peer, { contact: `<sip:n${n}@127.0.0.1>` })
  t.match(await register(peer, { contact: '<sip:more@127.0.0.1>' }), { status: 403 })
  peer.close()
})

t.test('a contact ends with its time', async t => {
  const { createBindingStore } =
    await import('../../../../telephony/softswitch/sip/registrar/bindings.ts')
  const ended: string[] = []
  const store = createBindingStore(50, {
    onRegistered: () => undefined,
    onUnregistered: (binding, reason) => void ended.push(`${binding.contact} ${reason}`),
  })
  const source = { transport: 'udp', address: '127.0.0.1', port: 1 } as const
  const base = { user: 'u', source, userAgent: '' }
  store.put({
    binding: { ...base, contact: 'sip:a@x', expiresAt: Date.now() + 20 },
    callId: '1',
    cseq: 1,
  })
  store.put({
    binding: { ...base, contact: 'sip:b@x', expiresAt: Date.now() + 60_000 },
    callId: '2',
    cseq: 1,
  })
  await until(() => ended.length > 0, 'the end')
  t.same(ended, ['sip:a@x expired'])
  t.same(
    store.of('u').map(binding => binding.contact),
    ['sip:b@x'],
  )
  store.dispose()
})

t.test('a browser that reloads in time keeps its place, one that stays away loses it', async t => {
  const bench = await createBench({ tuning: { t1Ms: 25, connectionGraceMs: 300 } })
  t.teardown(bench.close)
  const instance = ';+sip.instance="<urn:uuid:7b6e6a5c>";reg-id=1'
  const before = await wsPeer(bench.stack)
  await register(before, { contact: `<sip:old@abc.invalid;transport=ws>${instance}` })
  before.close()
  const after = await wsPeer(bench.stack)
  await register(after, { contact: `<sip:new@def.invalid;transport=ws>${instance}` })
  await new Promise(resolve => setTimeout(resolve, 450))
  t.same(
    bench.stack.bindings('1001').map(b => b.contact),
    ['sip:new@def.invalid;transport=ws'],
  )
  t.same(bench.unregistered, [])
  after.close()
  await until(() => bench.unregistered.length === 1, 'the loss')
  t.match(bench.unregistered[0], [{ user: '1001' }, 'connection-lost'])
})

t.test('an INVITE from a user needs the password, from others none', async t => {
  const bench = await createBench({ take: call => call.reject(404) })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const uri = 'sip:12393@127.0.0.1'
  const agent = { from: '<sip:1001@hotline.test>;tag=a', body: SDP }
  peer.send(request(peer, agent))
  const challenge = headerLine(await peer.answer(401), 'WWW-Authenticate') ?? ''
  t.equal(bench.calls.length, 0)
  const good = authorize(challenge, 'INVITE', uri, '1001', 'secret-1001')
  peer.send(request(peer, { ...agent, cseq: 2, extra: [good] }))
  await peer.answer(404)
  t.equal(bench.calls[0]?.authenticatedUser, '1001')

  const ask = async (cseq: number) => {
    peer.send(request(peer, { ...agent, cseq }))
    return headerLine(await peer.answer(401, cseq), 'WWW-Authenticate') ?? ''
  }
  const wrong = authorize(await ask(21), 'INVITE', uri, '1001', 'guess')
  peer.send(request(peer, { ...agent, extra: [wrong] }))
  await peer.answer(403)
  t.same(bench.badCredentials, ['1001'])
  const posing = authorize(await ask(22), 'INVITE', uri, '1002', 'secret-1002')
  peer.send(request(peer, { ...agent, cseq: 4, extra: [posing] }))
  await peer.answer(403, 4)

  const stranger = { from: '<sip:13800138000@x>;tag=s', body: SDP }
  peer.send(request(peer, { ...stranger, cseq: 5 }))
  await peer.answer(404, 5)
  t.equal(bench.calls[1]?.authenticatedUser, undefined)
  const proxied = authorize(await ask(23), 'INVITE', uri, '1002', 'secret-1002')
  peer.send(request(peer, { ...stranger, cseq: 6, extra: [proxied.replace('Auth', 'Proxy-Auth')] }))
  await peer.answer(404, 6)
  t.equal(bench.calls[2]?.authenticatedUser, '1002')
  peer.send(
    request(peer, { ...stranger, cseq: 7, extra: [proxied.replace(/response="./, 'response="x')] }),
  )
  await peer.answer(403, 7)
  t.equal(bench.calls.length, 3)
  peer.close()
})
