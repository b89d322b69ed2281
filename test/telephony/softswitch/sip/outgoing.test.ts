import t from 'tap'
import type {
  Dialog,
  OutgoingCall,
  OutgoingCallHandler,
  Target,
} from '../../../../telephony/softswitch/sip/stack.ts'
import { headerLine } from '../../../../telephony/softswitch/sip/message/message.ts'
import {
  answerTo,
  authorize,
  createBench,
  request,
  SDP,
  tcpPeer,
  udpPeer,
  until,
  wsPeer,
  type Bench,
  type Peer,
} from './peer.ts'

interface Outcome {
  readonly heard: string[]
  dialog?: Dialog
}

function call(bench: Bench, target: Target): Outcome & { call: OutgoingCall } {
  const outcome: Outcome = { heard: [] }
  const handler: OutgoingCallHandler = {
    onProgress: (status, sdp) => void outcome.heard.push(`${status}${sdp ? ' sdp' : ''}`),
    onAccepted(dialog, sdp) {
      outcome.dialog = dialog
      outcome.heard.push(`accepted${sdp === undefined ? '' : ' sdp'}`)
      dialog.setHandler({
        onBye: () => void outcome.heard.push('bye'),
        onReoffer: async () => ({ status: 488 }),
        onLateAnswer: () => undefined,
        onInfo: () => undefined,
        onRefer: () => 603,
        onLost: reason => void outcome.heard.push(`lost: ${reason}`),
      })
    },
    onRejected: (status, reason) => void outcome.heard.push(`${status} ${reason}`),
  }
  const options = {
    target,
    fromUser: '12393',
    fromName: '热线 "A"',
    toUser: '1001',
    sdp: SDP,
    headers: [['X-Call', '7']] as const,
  }
  return Object.assign(outcome, { call: bench.stack.invite(options, handler) })
}

function host(peer: Peer): Target {
  return {
    uri: `sip:1001@127.0.0.1:${peer.port}`,
    address: '127.0.0.1',
    port: peer.port,
    transport: 'udp',
  }
}

function contact(peer: Peer): string {
  return `<sip:1001@127.0.0.1:${peer.port}>`
}

/** Registers user 1001 and gives the binding. */
async function registered(bench: Bench, peer: Peer): Promise<Target> {
  const uri = 'sip:hotline.test'
  const shape = { method: 'REGISTER', uri, from: '<sip:1001@x>;tag=r', to: '<sip:1001@x>' }
  peer.send(request(peer, { ...shape, callId: `reg-${peer.port}` }))
  const challenge = headerLine(await peer.answer(401), 'WWW-Authenticate') ?? ''
  const authorization = authorize(challenge, 'REGISTER', uri, '1001', 'secret-1001')
  peer.send(
    request(peer, { ...shape, callId: `reg-${peer.port}`, cseq: 2, extra: [authorization] }),
  )
  await peer.answer(200)
  const [binding] = bench.stack.bindings('1001')
  if (binding === undefined) throw new Error('not registered')
  return { binding }
}

t.test('a phone that registered is called over its own flow, on each transport', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  for (const open of [udpPeer, tcpPeer, wsPeer]) {
    const peer = await open(bench.stack)
    const outcome = call(bench, await registered(bench, peer))
    const invite = await peer.request('INVITE')
    t.match(headerLine(invite, 'From'), /^"热线 \\"A\\"" <sip:12393@127\.0\.0\.1>;tag=[0-9a-f]+$/)
    t.equal(headerLine(invite, 'To'), '<sip:1001@hotline.test>')
    t.equal(headerLine(invite, 'X-Call'), '7')
    t.match(headerLine(invite, 'Via'), `SIP/2.0/${peer.transport} 127.0.0.1:`)
    t.equal(invite.body.toString(), SDP)
    peer.send(answerTo(invite, 100))
    peer.send(answerTo(invite, 180, { tag: 'phone' }))
    peer.send(answerTo(invite, 183, { tag: 'phone', body: SDP }))
    const ok = answerTo(invite, 200, {
      tag: 'phone',
      contact: `<${invite.uri}>`,
      body: SDP,
    })
    peer.send(ok)
    const ack = await peer.request('ACK')
    t.equal(headerLine(ack, 'CSeq'), headerLine(invite, 'CSeq')?.replace('INVITE', 'ACK'))
    t.not(headerLine(ack, 'Via'), headerLine(invite, 'Via'))
    peer.send(ok)
    await peer.request('ACK')
    t.same(outcome.heard, ['180', '183 sdp', 'accepted sdp'])

    outcome.dialog?.bye()
    const bye = await peer.request('BYE')
    t.match(headerLine(bye, 'To'), /;tag=phone$/)
    peer.send(answerTo(bye, 200))
    peer.close()
  }
  t.same(bench.faults, [])
})

t.test('a refusal, a challenge and silence are told as they are', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  for (const status of [302, 401, 407, 486, 603]) {
    const outcome = call(bench, host(peer))
    const invite = await peer.request('INVITE')
    peer.send(answerTo(invite, status, { tag: 'x' }))
    const ack = await peer.request('ACK')
    t.equal(headerLine(ack, 'Via'), headerLine(invite, 'Via'), 'its ACK is of the same transaction')
    t.same(outcome.heard, [`${status} Whatever`])
  }
  const silent = call(bench, host(peer))
  await until(() => silent.heard.length > 0, 'timer B')
  t.same(silent.heard, ['408 Request Timeout'])
  const invites = peer.heard.filter(m => m.type === 'request' && m.method === 'INVITE').length
  t.ok(invites >= 5, `sent again meanwhile (${invites} times)`)
  peer.close()
})

t.test('a call given up before any answer is cancelled after the first one', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const outcome = call(bench, host(peer))
  outcome.call.cancel()
  const invite = await peer.request('INVITE')
  t.notOk(peer.heard.some(m => m.type === 'request' && m.method === 'CANCEL'))
  peer.send(answerTo(invite, 180, { tag: 'x' }))
  const cancel = await peer.request('CANCEL')
  t.equal(headerLine(cancel, 'Via'), headerLine(invite, 'Via'))
  t.equal(headerLine(cancel, 'CSeq'), headerLine(invite, 'CSeq')?.replace('INVITE', 'CANCEL'))
  peer.send(answerTo(cancel, 200))
  peer.send(answerTo(invite, 487, { tag: 'x' }))
  await peer.request('ACK')
  t.same(outcome.heard, ['487 Whatever'])
  peer.close()
})

t.test('a 200 that crosses our CANCEL is acknowledged and ended', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const outcome = call(bench, host(peer))
  const invite = await peer.request('INVITE')
  peer.send(answerTo(invite, 180, { tag: 'x' }))
  await until(() => outcome.heard.length > 0, 'ringing')
  outcome.call.cancel()
  const cancel = await peer.request('CANCEL')
  peer.send(answerTo(invite, 200, { tag: 'x', contact: contact(peer), body: SDP }))
  peer.send(answerTo(cancel, 481))
  await peer.request('ACK')
  peer.send(answerTo(await peer.request('BYE'), 200))
  t.same(outcome.heard, ['180', '487 Request Terminated'])
  peer.close()
})

t.test('a far end that answers our CANCEL with nothing is given up', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const outcome = call(bench, host(peer))
  peer.send(answerTo(await peer.request('INVITE'), 180, { tag: 'x' }))
  await until(() => outcome.heard.length > 0, 'ringing')
  outcome.call.cancel()
  await until(() => outcome.heard.length > 1, 'the end')
  t.same(outcome.heard, ['180', '487 Request Terminated'])
  peer.close()
})

t.test('of two phones that answer one fork, the second gets ACK and BYE', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const outcome = call(bench, host(peer))
  const invite = await peer.request('INVITE')
  peer.send(answerTo(invite, 200, { tag: 'one', contact: contact(peer), body: SDP }))
  await peer.request('ACK')
  peer.send(answerTo(invite, 200, { tag: 'two', contact: contact(peer), body: SDP }))
  t.match(headerLine(await peer.request('ACK'), 'To'), 'tag=two')
  const bye = await peer.request('BYE')
  t.match(headerLine(bye, 'To'), 'tag=two')
  peer.send(answerTo(bye, 200))
  t.same(outcome.heard, ['accepted sdp'])
  t.equal(outcome.dialog?.remoteTag, 'one')

  const from = headerLine(invite, 'To') ?? ''
  const line = { callId: headerLine(invite, 'Call-ID') ?? '', from: `${from};tag=one` }
  peer.send(request(peer, { ...line, method: 'BYE', to: headerLine(invite, 'From') ?? '' }))
  await peer.answer(200)
  t.same(outcome.heard, ['accepted sdp', 'bye'])
  peer.close()
})

t.test('routes are kept in reverse, and a strict router is served', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const here = `sip:p@127.0.0.1:${peer.port}`
  for (const [routes, uri, route] of [
    [`<sip:far@192.0.2.1;lr>, <${here};lr>`, 'sip:phone@192.0.2.9', `<${here};lr>`],
    [`<sip:far@192.0.2.1>, <${here}>`, here, '<sip:far@192.0.2.1>'],
  ] as const) {
    const outcome = call(bench, host(peer))
    const invite = await peer.request('INVITE')
    peer.send(
      answerTo(invite, 200, {
        tag: 'x',
        contact: '<sip:phone@192.0.2.9>',
        body: SDP,
        extra: [`Record-Route: ${routes}`],
      }),
    )
    await peer.request('ACK')
    outcome.dialog?.bye()
    const bye = await peer.request('BYE')
    t.equal(bye.uri, uri)
    t.equal(headerLine(bye, 'Route'), route)
    peer.send(answerTo(bye, 200))
  }
  peer.close()
})

t.test('who cannot be reached is refused at once', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await wsPeer(bench.stack)
  const target = await registered(bench, peer)
  peer.close()
  await peer.closed
  await until(() => bench.unregistered.length > 0, 'the binding to end')
  const gone = call(bench, target)
  await until(() => gone.heard.length > 0, 'an end')
  t.same(gone.heard, ['480 Temporarily Unavailable'])
  const nobody = call(bench, {
    uri: 'sip:x@127.0.0.1:1',
    address: '127.0.0.1',
    port: 1,
    transport: 'tcp',
  } as Target)
  await until(() => nobody.heard.length > 0, 'an end')
  t.same(nobody.heard, ['503 Service Unavailable'])
})

t.test('a browser that goes while it rings is refused for it', async t => {
  const bench = await createBench()
  t.teardown(bench.close)
  const peer = await wsPeer(bench.stack)
  const outcome = call(bench, await registered(bench, peer))
  peer.send(answerTo(await peer.request('INVITE'), 180, { tag: 'x' }))
  await until(() => outcome.heard.length > 0, 'ringing')
  peer.close()
  await until(() => outcome.heard.length > 1, 'an end')
  t.same(outcome.heard, ['180', '503 Service Unavailable'])
})
