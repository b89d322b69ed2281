import t from 'tap'
import type { Dialog, DialogHandler } from '../../../../telephony/softswitch/sip/stack.ts'
import { headerLine, headerLines } from '../../../../telephony/softswitch/sip/message/message.ts'
import {
  answerTo,
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

/** A handler that writes down what it hears. */
function listener(heard: string[], change: Partial<DialogHandler> = {}): DialogHandler {
  return {
    onBye: () => void heard.push('bye'),
    onReoffer: async sdp => {
      heard.push(`reoffer ${sdp.length}`)
      return { sdp: `${SDP}a=recvonly\r\n` }
    },
    onLateAnswer: sdp => void heard.push(`late ${sdp.length}`),
    onInfo: (type, body) => void heard.push(`info ${type} ${body}`),
    onRefer: to => {
      heard.push(`refer ${to}`)
      return 603
    },
    onLost: reason => void heard.push(`lost: ${reason}`),
    ...change,
  }
}

async function answering(
  heard: string[],
  change: Partial<DialogHandler> = {},
): Promise<Bench & { dialogs: Dialog[] }> {
  const dialogs: Dialog[] = []
  const bench = await createBench({
    take(call) {
      const dialog = call.accept(SDP)
      dialog.setHandler(listener(heard, change))
      dialogs.push(dialog)
    },
  })
  return Object.assign(bench, { dialogs })
}

interface Line {
  readonly callId: string
  readonly from: string
  readonly to: string
}

/** Calls, takes the 200 and acknowledges it. */
async function establish(peer: Peer, extra: readonly string[] = []): Promise<Line> {
  const callId = `line-${Math.random()}`
  const from = '<sip:13800138000@127.0.0.1>;tag=caller'
  peer.send(request(peer, { callId, from, body: SDP, extra }))
  const ok = await peer.answer(200)
  const line = { callId, from, to: headerLine(ok, 'To') ?? '' }
  peer.send(request(peer, { ...line, method: 'ACK' }))
  return line
}

t.test('a call is offered, rings, is answered and ends, over each transport', async t => {
  const heard: string[] = []
  const bench = await createBench({
    take(call) {
      call.progress(180)
      call.progress(183, SDP)
      call.accept(SDP, [['X-Line', '7']]).setHandler(listener(heard))
    },
  })
  t.teardown(bench.close)
  for (const open of [udpPeer, tcpPeer, wsPeer]) {
    const peer = await open(bench.stack)
    const callId = `each-${peer.transport}`
    const from = '"张三" <sip:13800138000@127.0.0.1>;tag=caller'
    const extra = ['Record-Route: <sip:127.0.0.1;lr>, <sip:proxy.invalid;lr>']
    peer.send(request(peer, { callId, from, body: SDP, extra }))
    await peer.answer(100)
    const ringing = await peer.answer(180)
    const early = await peer.answer(183)
    t.equal(early.body.toString(), SDP)
    const ok = await peer.answer(200)
    const to = headerLine(ok, 'To') ?? ''
    t.equal(headerLine(ringing, 'To'), to, 'one tag for all answers')
    t.match(to, /;tag=[0-9a-f]{16}$/)
    t.same(headerLines(ok, 'Record-Route'), [extra[0]?.slice(14)])
    t.equal(headerLine(ok, 'X-Line'), '7')
    t.equal(headerLine(ok, 'Content-Type'), 'application/sdp')
    peer.send(request(peer, { method: 'ACK', callId, from, to }))
    peer.send(
      request(peer, {
        method: 'BYE',
        callId,
        from,
        to,
        cseq: 2,
        extra: ['Reason: Q.850;cause=16'],
      }),
    )
    t.equal(headerLine(await peer.answer(200, 2), 'CSeq'), '2 BYE')
    peer.close()
  }
  t.same(heard, ['bye', 'bye', 'bye'])
  t.match(bench.calls[0], {
    fromUser: '13800138000',
    fromName: '张三',
    toUser: '12393',
    offer: SDP,
  })
  t.equal(bench.calls[0]?.authenticatedUser, undefined)
  t.same(
    bench.calls.map(call => call.source.transport),
    ['udp', 'tcp', 'ws'],
  )
  t.same(bench.faults, [])
})

t.test('the 200 is repeated until the ACK comes', async t => {
  const heard: string[] = []
  const bench = await answering(heard)
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const invite = request(peer, { callId: 'rep', from: '<sip:a@b>;tag=1', body: SDP })
  peer.send(invite)
  const ok = await peer.answer(200)
  await peer.answer(200)
  peer.send(invite)
  await peer.answer(200)
  t.equal(bench.calls.length, 1, 'a repeated INVITE is no second call')
  const to = headerLine(ok, 'To') ?? ''
  peer.send(request(peer, { method: 'ACK', callId: 'rep', from: '<sip:a@b>;tag=1', to }))
  peer.send(
    request(peer, { method: 'OPTIONS', callId: 'rep', from: '<sip:a@b>;tag=1', to, cseq: 2 }),
  )
  await peer.next(m => headerLine(m, 'CSeq') === '2 OPTIONS', 'OPTIONS in the dialog')
  peer.heard.length = 0
  // Longer than the longest interval between repetitions (T2 = 200 ms here).
  await new Promise(resolve => setTimeout(resolve, 300))
  t.equal(peer.heard.length, 0)
  t.same(heard, [])
  peer.close()
})

t.test('a caller that never acknowledges is lost, and gets a BYE', async t => {
  const heard: string[] = []
  const bench = await answering(heard)
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  peer.send(request(peer, { body: SDP }))
  const bye = await peer.request('BYE')
  t.match(bye.uri, `sip:me@127.0.0.1:${peer.port}`)
  peer.send(answerTo(bye, 200))
  t.same(heard, ['lost: ACK never came'])
  peer.close()
})

t.test('a caller who hangs up while it rings is told 487, the core once', async t => {
  const bench = await createBench({ take: call => call.progress(180) })
  t.teardown(bench.close)
  for (const open of [udpPeer, tcpPeer, wsPeer]) {
    const peer = await open(bench.stack)
    const shape = {
      callId: `cancel-${peer.transport}`,
      from: '<sip:a@b>;tag=1',
      branch: `z9hG4bKc${peer.transport}`,
    }
    peer.send(request(peer, { ...shape, body: SDP }))
    await peer.answer(180)
    peer.send(request(peer, { ...shape, method: 'CANCEL' }))
    const done = await peer.answer(200)
    t.equal(headerLine(done, 'CSeq'), '1 CANCEL')
    const ended = await peer.answer(487)
    t.equal(headerLine(ended, 'To'), headerLine(done, 'To'))
    peer.send(request(peer, { ...shape, method: 'ACK', to: headerLine(ended, 'To') ?? '' }))
    peer.send(request(peer, { ...shape, method: 'CANCEL', branch: 'z9hG4bKother' }))
    await peer.answer(481)
    peer.close()
  }
  t.equal(bench.cancelled.length, 3)
  // What the core does too late does no harm.
  const late = bench.calls[0]?.accept(SDP)
  t.same(await late?.reinvite(SDP), { status: 481 })
  bench.calls[0]?.reject(486)
})

t.test('a BYE before the answer ends the call as well', async t => {
  const bench = await createBench({ take: call => call.progress(180) })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const shape = { callId: 'early', from: '<sip:a@b>;tag=1' }
  peer.send(request(peer, { ...shape, body: SDP }))
  const to = headerLine(await peer.answer(180), 'To') ?? ''
  peer.send(request(peer, { ...shape, to, method: 'UPDATE', cseq: 2, body: SDP }))
  t.match(headerLine(await peer.answer(500, 2), 'Retry-After'), /^\d+$/)
  peer.send(request(peer, { ...shape, to, method: 'BYE', cseq: 3 }))
  await peer.answer(200, 3)
  await peer.answer(487, 1)
  t.equal(bench.cancelled.length, 1)
  peer.close()
})

t.test('a refusal is repeated until its ACK and carries what the core says', async t => {
  const bench = await createBench({
    take: call => call.reject(486, 'Lines Busy', [['Retry-After', '5']]),
  })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const shape = { callId: 'busy', from: '<sip:a@b>;tag=1', branch: 'z9hG4bKbusy' }
  peer.send(request(peer, { ...shape, body: SDP }))
  const first = await peer.answer(486)
  t.match(first, { reason: 'Lines Busy' })
  t.equal(headerLine(first, 'Retry-After'), '5')
  await peer.answer(486)
  peer.send(request(peer, { ...shape, method: 'ACK', to: headerLine(first, 'To') ?? '' }))
  peer.close()
})

t.test('in a call: hold, digits, transfer, questions and unknown things', async t => {
  const heard: string[] = []
  const bench = await answering(heard)
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const line = await establish(peer)

  peer.send(request(peer, { ...line, method: 'INVITE', cseq: 2, body: `${SDP}a=sendonly\r\n` }))
  const held = await peer.answer(200, 2)
  t.match(held.body.toString(), 'a=recvonly')
  peer.send(request(peer, { ...line, method: 'ACK', cseq: 2 }))

  peer.send(request(peer, { ...line, method: 'UPDATE', cseq: 3, body: SDP }))
  t.match((await peer.answer(200, 3)).body.toString(), 'a=recvonly')
  peer.send(request(peer, { ...line, method: 'UPDATE', cseq: 4 }))
  t.equal((await peer.answer(200, 4)).body.length, 0)

  const digits = request(peer, {
    ...line,
    method: 'INFO',
    cseq: 5,
    body: 'Signal=5\r\nDuration=160\r\n',
  })
  peer.send(digits.replace('application/sdp', 'application/dtmf-relay'))
  await peer.answer(200, 5)

  peer.send(
    request(peer, { ...line, method: 'REFER', cseq: 6, extra: ['Refer-To: <sip:00900@evil>'] }),
  )
  await peer.answer(603, 6)
  peer.send(request(peer, { ...line, method: 'REFER', cseq: 7 }))
  await peer.answer(400, 7)

  peer.send(request(peer, { ...line, method: 'OPTIONS', cseq: 8 }))
  t.match(headerLine(await peer.answer(200, 8), 'Accept'), 'application/sdp')
  peer.send(request(peer, { ...line, method: 'PRACK', cseq: 9, extra: ['RAck: 1 1 INVITE'] }))
  await peer.answer(481, 9)
  peer.send(request(peer, { ...line, method: 'SUBSCRIBE', cseq: 10, extra: ['Event: dialog'] }))
  t.match(headerLine(await peer.answer(405, 10), 'Allow'), 'INVITE')
  peer.send(request(peer, { ...line, method: 'FLY', cseq: 9 }))
  await peer.answer(501, 9)
  peer.send(request(peer, { ...line, method: 'INFO', cseq: 4 }))
  await peer.answer(500, 4)
  peer.send(
    request(peer, {
      ...line,
      method: 'INVITE',
      cseq: 11,
      body: SDP,
      extra: ['Require: precondition'],
    }),
  )
  t.equal(headerLine(await peer.answer(420, 11), 'Unsupported'), 'precondition')
  peer.send(request(peer, { ...line, method: 'INFO', cseq: 12, to: '<sip:a@b>;tag=nobody' }))
  await peer.answer(481, 12)
  t.same(heard, [
    `reoffer ${SDP.length + 12}`,
    `reoffer ${SDP.length}`,
    'info application/dtmf-relay Signal=5\r\nDuration=160\r\n',
    'refer sip:00900@evil',
  ])
  peer.close()
})

t.test('a transfer that is allowed is told its outcome', async t => {
  const bench = await answering([], { onRefer: () => 202 })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const line = await establish(peer)
  peer.send(request(peer, { ...line, method: 'REFER', cseq: 2, extra: ['Refer-To: <sip:2@x>'] }))
  await peer.answer(202, 2)
  const notify = await peer.request('NOTIFY')
  t.equal(headerLine(notify, 'Event'), 'refer;id=2')
  t.equal(notify.body.toString(), 'SIP/2.0 200 OK\r\n')
  peer.send(answerTo(notify, 200))
  peer.close()
})

t.test('an INVITE without an offer gets ours, the answer comes in the ACK', async t => {
  const heard: string[] = []
  const bench = await answering(heard)
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const shape = { callId: 'late', from: '<sip:a@b>;tag=1' }
  peer.send(request(peer, shape))
  const ok = await peer.answer(200)
  t.equal(bench.calls[0]?.offer, undefined)
  const to = headerLine(ok, 'To') ?? ''
  peer.send(request(peer, { ...shape, to, method: 'ACK', body: SDP }))
  await until(() => heard.length > 0, 'the late answer')
  t.same(heard, [`late ${SDP.length}`])
  peer.send(request(peer, { ...shape, to, cseq: 2 }))
  t.equal((await peer.answer(200, 2)).body.toString(), SDP, 'a later one gets the last offer again')
  peer.send(request(peer, { ...shape, to, method: 'ACK', cseq: 2, body: SDP }))
  await until(() => heard.length > 1, 'the second late answer')
  peer.close()
})

t.test('two INVITEs at once: theirs waits for ours, ours for theirs', async t => {
  const heard: string[] = []
  let release: (() => void) | undefined
  const bench = await answering(heard, {
    onReoffer: () => new Promise(resolve => (release = () => resolve({ sdp: SDP }))),
  })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const line = await establish(peer)

  const ours = bench.dialogs[0]?.reinvite(SDP)
  const invite = await peer.request('INVITE')
  peer.send(request(peer, { ...line, cseq: 2, body: SDP }))
  await peer.answer(491, 2)
  peer.send(answerTo(invite, 491))
  await peer.request('ACK')
  const again = await peer.request('INVITE')
  t.not(headerLine(again, 'CSeq'), headerLine(invite, 'CSeq'), 'glare is tried again')
  peer.send(answerTo(again, 200, { contact: `<sip:me@127.0.0.1:${peer.port}>`, body: SDP }))
  await peer.request('ACK')
  t.same(await ours, { sdp: SDP })

  peer.send(request(peer, { ...line, cseq: 3, body: SDP }))
  await until(() => release !== undefined, 'their offer')
  peer.send(request(peer, { ...line, cseq: 4, body: SDP }))
  await peer.answer(500, 4)
  release?.()
  await peer.next(
    m => headerLine(m, 'CSeq') === '3 INVITE' && m.type === 'response' && m.status === 200,
    '200',
  )
  peer.close()
})

t.test('what the core asks in a call: INFO, hold that is refused, BYE', async t => {
  const heard: string[] = []
  const bench = await answering(heard)
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  await establish(peer, ['Record-Route: <sip:127.0.0.1:' + String(peer.port) + ';lr>'])
  const [dialog] = bench.dialogs
  const info = dialog?.info('application/dtmf-relay', 'Signal=1')
  const asked = await peer.request('INFO')
  t.equal(headerLine(asked, 'Route'), `<sip:127.0.0.1:${peer.port};lr>`)
  t.equal(asked.uri, `sip:me@127.0.0.1:${peer.port}`)
  peer.send(answerTo(asked, 200))
  t.equal(await info, 200)

  const hold = dialog?.reinvite(SDP)
  const invite = await peer.request('INVITE')
  peer.send(answerTo(invite, 488))
  await peer.request('ACK')
  t.same(await hold, { status: 488 })

  dialog?.bye([['Reason', 'Q.850;cause=16']])
  const bye = await peer.request('BYE')
  t.equal(headerLine(bye, 'Reason'), 'Q.850;cause=16')
  peer.send(answerTo(bye, 200))
  t.same(await dialog?.reinvite(SDP), { status: 481 })
  t.equal(await dialog?.info('text/plain', 'x'), 481)
  t.same(heard, [])
  peer.close()
})

t.test('a BYE of ours waits for the ACK of our 200', async t => {
  const bench = await createBench({
    take(call) {
      call.accept(SDP).bye()
    },
  })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const shape = { callId: 'quick', from: '<sip:a@b>;tag=1' }
  peer.send(request(peer, { ...shape, body: SDP }))
  const ok = await peer.answer(200)
  t.notOk(peer.heard.some(m => m.type === 'request'))
  peer.send(request(peer, { ...shape, method: 'ACK', to: headerLine(ok, 'To') ?? '' }))
  peer.send(answerTo(await peer.request('BYE'), 200))
  peer.close()
})

t.test('a far end that knows the call no more is lost', async t => {
  const heard: string[] = []
  const bench = await answering(heard)
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  await establish(peer)
  const result = bench.dialogs[0]?.reinvite(SDP)
  peer.send(answerTo(await peer.request('INVITE'), 481))
  t.same(await result, { status: 481 })
  await peer.request('BYE')
  t.same(heard, ['lost: re-INVITE answered 481'])
  peer.close()
})

t.test('session timers: too small is refused, agreed ones are said', async t => {
  const bench = await answering([])
  t.teardown(bench.close)
  const ask = async (status: number, ...extra: string[]) => {
    const peer = await udpPeer(bench.stack)
    peer.send(request(peer, { body: SDP, extra }))
    const answer = await peer.answer(status)
    peer.close()
    return answer
  }
  const small = await ask(422, 'Supported: timer', 'Session-Expires: 30')
  t.equal(headerLine(small, 'Min-SE'), '90')
  for (const [asked, said] of [
    ['1800', '1800;refresher=uac'],
    ['90;refresher=uas', '90;refresher=uas'],
  ]) {
    const ok = await ask(200, 'Supported: timer', `Session-Expires: ${asked}`)
    t.equal(headerLine(ok, 'Session-Expires'), said)
    t.equal(headerLine(ok, 'Require'), 'timer')
  }
  const without = await ask(200, 'Session-Expires: 1800')
  t.equal(headerLine(without, 'Session-Expires'), undefined)
})

t.test('bodies: multipart with SDP is read, foreign ones refused unless optional', async t => {
  const bench = await createBench({ take: call => call.reject(404) })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const parts = [
    '--x1\r\nContent-Type: application/isup;version=itu-t92+\r\n\r\n\x01\x02\r\n',
    `--x1\r\nContent-Type: application/sdp\r\n\r\n${SDP}`,
    '\r\n--x1--\r\n',
  ].join('')
  const multipart = 'Content-Type: multipart/mixed;boundary=x1'
  peer.send(
    request(peer, { body: parts }).replace(
      'Content-Type: application/sdp\r\nContent-L',
      `${multipart}\r\nContent-L`,
    ),
  )
  await peer.answer(404)
  t.equal(bench.calls[0]?.offer?.trim(), SDP.trim())
  const text = request(peer, { body: 'hello' }).replace('application/sdp', 'text/plain')
  peer.send(text)
  t.equal(headerLine(await peer.answer(415), 'Accept'), 'application/sdp')
  const optional = request(peer, {
    body: 'hello',
    extra: ['Content-Disposition: render;handling=optional'],
  })
  peer.send(optional.replace('application/sdp', 'text/plain'))
  await peer.answer(404)
  t.equal(bench.calls[1]?.offer, undefined)
  peer.close()
})

t.test('the same request over two ways is one call', async t => {
  const bench = await createBench({ take: call => call.progress(180) })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  const shape = { callId: 'fork', from: '<sip:a@b>;tag=1', body: SDP }
  peer.send(request(peer, shape))
  await peer.answer(180)
  peer.send(request(peer, shape))
  await peer.answer(482)
  t.equal(bench.calls.length, 1)
  peer.close()
})

t.test('outside of any call: OPTIONS, BYE, ACK and a gate that drops', async t => {
  const dropped: string[] = []
  const bench = await createBench({
    gate: {
      onRequest: method => {
        dropped.push(method)
        return method === 'OPTIONS' ? 'pass' : 'drop'
      },
      onBadCredentials: async () => undefined,
      onGoodCredentials: () => undefined,
    },
  })
  t.teardown(bench.close)
  const peer = await udpPeer(bench.stack)
  peer.send(request(peer, { body: SDP }))
  peer.send(request(peer, { method: 'REGISTER' }))
  peer.send(request(peer, { method: 'ACK', to: '<sip:a@b>;tag=x' }))
  peer.send('INVITE sip:x SIP/2.0\r\nVia: broken\r\n\r\n')
  peer.send(request(peer, { method: 'OPTIONS' }))
  const answer = await peer.answer(200)
  t.match(headerLine(answer, 'Allow'), 'INVITE, ACK, CANCEL, BYE')
  t.equal(peer.heard.length, 0, 'who is dropped hears nothing')
  t.same(dropped, ['INVITE', 'REGISTER', 'INVITE', 'OPTIONS'])
  t.equal(bench.calls.length, 0)
  peer.close()
})

t.test('a browser whose connection breaks in a call may come back, else it is lost', async t => {
  const heard: string[] = []
  const bench = await answering(heard)
  t.teardown(bench.close)
  const peer = await wsPeer(bench.stack)
  const line = await establish(peer)
  peer.close()
  const back = await wsPeer(bench.stack)
  back.send(request(back, { ...line, method: 'INVITE', cseq: 2, body: SDP }))
  await back.answer(200, 2)
  back.send(request(back, { ...line, method: 'ACK', cseq: 2 }))
  // Longer than the grace of 100 ms that the first connection left running.
  await new Promise(resolve => setTimeout(resolve, 200))
  t.same(heard, [`reoffer ${SDP.length}`])
  back.close()
  await until(() => heard.length > 1, 'the loss')
  t.equal(heard[1], 'lost: connection lost')
})

t.test('a caller on a connection that breaks before the answer has hung up', async t => {
  const bench = await createBench({ take: call => call.progress(180) })
  t.teardown(bench.close)
  for (const open of [tcpPeer, wsPeer]) {
    const peer = await open(bench.stack)
    peer.send(request(peer, { body: SDP }))
    await peer.answer(180)
    peer.close()
  }
  await until(() => bench.cancelled.length === 2, 'both calls cancelled')
})

t.test('a switch that closes says BYE and refuses what still rings', async t => {
  const heard: string[] = []
  let rings = false
  const bench = await createBench({
    take(call) {
      if (rings) call.progress(180)
      else call.accept(SDP).setHandler(listener(heard))
    },
  })
  const peer = await udpPeer(bench.stack)
  await establish(peer)
  rings = true
  peer.send(request(peer, { body: SDP }))
  await peer.answer(180)
  const closed = bench.stack.close(2000)
  peer.send(answerTo(await peer.request('BYE'), 200))
  await closed
  peer.close()
})
