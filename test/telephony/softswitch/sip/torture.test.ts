import { randomBytes } from 'node:crypto'
import t from 'tap'
import { headerLine } from '../../../../telephony/softswitch/sip/message/message.ts'
import { invalid } from '../../../fixtures/rfc4475/invalid.ts'
import { semantic } from '../../../fixtures/rfc4475/semantic.ts'
import { valid } from '../../../fixtures/rfc4475/valid.ts'
import { createBench, request, SDP, tcpPeer, udpPeer, until, wsPeer, type Peer } from './peer.ts'

/** A final status, or silence. 404 is our test's own word for a call that reached it. */
const OUTCOME: Readonly<Record<string, number | 'silence'>> = {
  // Well-formed, but its To has the tag of a dialog nobody has.
  wsinv: 481,
  intmeth: 501,
  esc01: 404,
  escnull: 401,
  esc02: 501,
  lwsdisp: 200,
  longreq: 404,
  dblreq: 401,
  semiuri: 200,
  transports: 200,
  mpart01: 405,
  unreason: 'silence',
  noreason: 'silence',
  badinv01: 400,
  clerr: 400,
  ncl: 400,
  scalar02: 400,
  scalarlg: 'silence',
  quotbal: 400,
  ltgtruri: 400,
  lwsruri: 400,
  lwsstart: 400,
  // Allowed by the RFC: trailing blanks are passed over.
  trws: 200,
  escruri: 400,
  // Date means nothing here, so its fault is passed over, as the RFC allows.
  baddate: 404,
  regbadct: 400,
  badaspec: 400,
  baddn: 400,
  badvers: 505,
  mismatch01: 400,
  mismatch02: 400,
  bigcode: 'silence',
  badbranch: 200,
  insuf: 400,
  unkscm: 416,
  novelsc: 416,
  unksm2: 400,
  bext01: 420,
  invut: 415,
  regaut01: 401,
  multi01: 400,
  mcl01: 400,
  bcast: 'silence',
  // We are where it goes to, so nothing has to be forwarded.
  zeromf: 200,
  cparam01: 401,
  cparam02: 401,
  regescrt: 401,
  sdp01: 406,
  inv2543: 404,
}

const MESSAGES = { ...valid, ...invalid, ...semantic }

/** The stack answers a plain OPTIONS: it lives. All that was caused before is answered before. */
async function alive(peer: Peer): Promise<void> {
  peer.send(request(peer, { method: 'OPTIONS', callId: `alive-${randomBytes(4).toString('hex')}` }))
  const fits = (id: string) => id.startsWith('alive-')
  await peer.next(m => fits(headerLine(m, 'Call-ID') ?? ''), 'sign of life')
}

t.test('each torture message of RFC 4475 ends as it should', async t => {
  t.equal(Object.keys(MESSAGES).length, 49)
  t.same(Object.keys(MESSAGES).sort(), Object.keys(OUTCOME).sort())
  const bench = await createBench({ take: call => call.reject(404) })
  t.teardown(bench.close)
  for (const [name, data] of Object.entries(MESSAGES)) {
    const peer = await udpPeer(bench.stack)
    peer.send(data)
    const expected = OUTCOME[name]
    if (expected === 'silence') {
      await alive(peer)
      t.equal(peer.heard.length, 0, `${name} is passed over`)
    } else {
      const answer = await peer.next(m => m.type === 'response' && m.status !== 100, `${name}`)
      t.equal(answer.type === 'response' ? answer.status : answer.method, expected, name)
      await alive(peer)
    }
    peer.close()
  }
  t.same(bench.faults, [])
  t.same(
    bench.calls.map(call => call.toUser),
    ['sips:user@example.com', 'user', 'user', 'UserB'],
  )
})

t.test('an answer gives back Via, From, To, Call-ID and CSeq to the byte', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  peer.send(MESSAGES.intmeth as Buffer)
  const answer = await peer.answer(501)
  const got = (name: string) => headerLine(answer, name) ?? ''
  t.match(got('From'), "fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.")
  t.match(got('To'), '"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f" <sip:1_unusual.URI')
  t.equal(got('Call-ID'), 'intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{')
  t.match(got('Via'), "SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~;received=127.0.0.1")
  t.match(got('Allow'), 'INVITE')
  peer.close()
})

t.test('the names of callers are read in UTF-8 and in GBK', async t => {
  const bench = await createBench({ take: call => call.reject(404) })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const text = request(peer, { from: '"NAME" <sip:1380@x>;tag=1' })
  peer.send(text.replace('NAME', '张三'))
  await peer.answer(404)
  const gbk = Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]).toString('latin1')
  peer.send(Buffer.from(request(peer, { from: `"${gbk}" <sip:1380@x>;tag=1`, cseq: 2 }), 'latin1'))
  const answer = await peer.answer(404, 2)
  t.same(
    bench.calls.map(call => call.fromName),
    ['张三', '张三'],
  )
  t.match(headerLine(answer, 'From'), `"${gbk}"`, 'and go back as they came')
  peer.close()
})

t.test('nothing that comes over UDP makes the stack fall over', async t => {
  const bench = await createBench({ take: call => call.reject(404) })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  for (let round = 0; round < 200; round++) {
    peer.send(randomBytes(1 + ((round * 37) % 1400)))
    // Datagrams that come too fast are lost, and with them the proof.
    if (round % 20 === 0) await alive(peer)
  }
  for (const data of Object.values(MESSAGES)) {
    for (let part = 1; part < 12; part++) {
      const cut = Math.floor((data.length * part) / 12)
      peer.send(data.subarray(0, cut))
      const spoilt = Buffer.from(data)
      spoilt[cut] = randomBytes(1)[0] ?? 0
      peer.send(spoilt)
    }
    await alive(peer)
  }
  const whole = request(peer, { method: 'OPTIONS' })
  for (const text of [
    whole.replace('Max-Forwards', `X-Long: ${'x'.repeat(60_000)}\r\nMax-Forwards`),
    whole.replace('Max-Forwards', `${'X: y\r\n'.repeat(5000)}Max-Forwards`),
    whole.replace('Via:', `Via: ${'SIP/2.0/UDP a,'.repeat(2000)}`),
    `OPTIONS sip:x SIP/2.0\r\nVia: ${';'.repeat(30_000)}`,
    `OPTIONS sip:x SIP/2.0\r\nTo: ${'"\\'.repeat(15_000)}`,
    `OPTIONS ${'sip:'.repeat(10_000)} SIP/2.0\r\n\r\n`,
    `OPTIONS sip:x${' '.repeat(40_000)}SIP/2.0x\r\n\r\n`,
    `Via: SIP/2.0/UDP ${'a'.repeat(30_000)}\r\n\r\n`,
    '\r\n\r\n',
    '\0\0\0\0',
  ]) {
    peer.send(text)
    await alive(peer)
  }
  t.same(bench.faults, [])
  peer.close()
})

t.test('a stream that is nonsense ends, the others go on', async t => {
  const bench = await createBench({
    tuning: { t1Ms: 25, streamLimits: { headBytes: 8192, bodyBytes: 8192 } },
  })
  t.teardown(bench.close)
  const good = await tcpPeer(bench.stack)
  for (const [what, data] of [
    ['no SIP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['endless head', `OPTIONS sip:x SIP/2.0\r\nX: ${'x'.repeat(20_000)}`],
    ['random bytes', Buffer.concat([randomBytes(300), Buffer.from('\r\n\r\n')])],
  ] as const) {
    const bad = await tcpPeer(bench.stack)
    bad.send(data)
    await bad.closed
    t.pass(`${what} closes the connection`)
    await alive(good)
  }
  const body = request(good, { method: 'OPTIONS' })
  for (const [length, status] of [
    ['100000', 413],
    ['-1', 400],
    ['12x', 400],
  ] as const) {
    const bad = await tcpPeer(bench.stack)
    bad.send(body.replace('Content-Length: 0', `Content-Length: ${length}`))
    await bad.answer(status)
    await bad.closed
    t.pass(`Content-Length ${length} is answered ${status} and the connection closed`)
  }
  await alive(good)
  good.close()
  t.same(bench.faults, [])
})

t.test('messages are found in a stream however it is cut, and keep-alives answered', async t => {
  const bench = await createBench({ take: call => call.reject(404) })
  t.teardown(bench.close)
  const peer = await tcpPeer(bench.stack)
  const texts = [1, 2, 3].map(n => request(peer, { callId: `cut-${n}`, body: SDP }))
  const bytes = Buffer.from(texts.join(''))
  for (let at = 0; at < bytes.length; at += 7) {
    peer.send(bytes.subarray(at, at + 7))
    if (at % 70 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  for (const n of [1, 2, 3]) {
    t.equal(headerLine(await peer.answer(404), 'Call-ID'), `cut-${n}`)
  }
  const raw: string[] = []
  peer.onRaw = data => void raw.push(data.toString())
  peer.send('\r\n\r\n')
  await until(() => raw.includes('\r\n'), 'one line end for two')
  peer.close()
})

t.test(
  'a WebSocket without the subprotocol sip is refused, nonsense in one is passed over',
  async t => {
    const bench = await createBench()
    t.teardown(bench.close)
    const { WebSocket } = await import('ws')
    const url = `ws://127.0.0.1:${bench.stack.webSocketPort}`
    const refused = new WebSocket(url)
    await t.rejects(new Promise((_, reject) => refused.once('error', reject)), { message: /400/ })
    const peer = await wsPeer(bench.stack)
    for (let round = 0; round < 50; round++) peer.send(randomBytes(1 + round * 20))
    for (const data of Object.values(MESSAGES)) peer.send(data)
    await alive(peer)
    const raw: string[] = []
    peer.onRaw = data => void raw.push(data.toString())
    peer.send('\r\n\r\n')
    await until(() => raw.includes('\r\n'), 'a pong')
    peer.close()
    await peer.closed
    t.same(bench.faults, [])
  },
)
