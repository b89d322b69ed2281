// A request's way through the edge: who may send what, which targets, what happens when one fails.
import t from 'tap'
import type { Incoming } from '../../../telephony/edge/incoming.ts'
import { LOAD_FRESH_MS } from '../../../telephony/edge/lines.ts'
import {
  CARRIER,
  createTestGuard,
  EDGE,
  invite,
  NODE_A,
  NODE_B,
  STRANGER,
} from '../../fixtures/edge.ts'

const AT = 1_000_000
const back = (number: string) => `sip:${number}@10.9.9.9:5060`
const again = (callId = 'call-1') =>
  invite({ callId, source: EDGE, headerNames: ['x-hotline-source'] })

t.test('who may send what', async t => {
  const cases: [name: string, change: Partial<Incoming>, status: number, reason: string][] = [
    ['no account here', { method: 'REGISTER' }, 403, 'no-registrar'],
    ['no messages', { method: 'MESSAGE' }, 405, 'no-such-method'],
    ['no REFER out of the blue', { method: 'REFER' }, 405, 'no-such-method'],
    ['no request within a dialog that is none', { hasToTag: true }, 481, 'no-such-dialog'],
    ['a trunk that a stranger claims', { headerNames: ['x-hotline-trunk'] }, 403, 'forged-header'],
    [
      'an address that a stranger claims',
      { headerNames: ['x-hotline-source'] },
      403,
      'forged-header',
    ],
    [
      'a trunk of ours may not claim another either',
      { source: CARRIER, headerNames: ['x-hotline-trunk'] },
      403,
      'forged-header',
    ],
    ["somebody's call taken over (RFC 3891)", { headerNames: ['replaces'] }, 403, 'takes-over'],
    ["somebody's call joined (RFC 3911)", { headerNames: ['join'] }, 403, 'takes-over'],
    ['a number outside', { requestUri: 'sip:0085290000000@10.9.9.9' }, 404, 'unknown-number'],
    [
      'a number outside, of a network',
      { source: CARRIER, requestUri: 'sip:0085290000000@10.9.9.9' },
      404,
      'unknown-number',
    ],
    ['nonsense', { requestUri: 'sip:10.9.9.9' }, 404, 'unknown-number'],
  ]
  for (const [name, change, sipStatus, reason] of cases)
    t.match(
      createTestGuard().onRequest(invite(change), AT),
      { type: 'refuse', sipStatus, reason },
      name,
    )
  t.match(createTestGuard().onRequest(invite({ method: 'OPTIONS' }), AT), {
    type: 'pong',
    sipStatus: 200,
  })
  t.match(
    createTestGuard().onRequest(again('unknown'), AT),
    { type: 'refuse', reason: 'forged-header' },
    'our own address is believed only for calls that pass here',
  )
})

t.test('a caller reaches a switch, and the next one when it fails', async t => {
  const guard = createTestGuard()
  t.same(guard.onRequest(invite({ source: CARRIER }), AT), {
    type: 'proxy',
    destinations: ['sip:12393@10.1.0.1:5060', back('12393')],
    headers: { 'X-Hotline-Source': CARRIER.address, 'X-Hotline-Trunk': 'main' },
    recordRoute: true,
    target: 'a',
  })
  t.equal(guard.lines(AT), 1, 'it counts from the first moment')
  guard.onTargetFailed('call-1', 503)
  t.same(
    guard.onRequest(again(), AT + 100),
    {
      type: 'proxy',
      destinations: ['sip:12393@10.1.0.2:5060'],
      headers: {},
      recordRoute: false,
      target: 'b',
    },
    'the last one has nobody after it',
  )
  t.equal(guard.linesOf('node', 'b', AT), 1)
  t.equal(guard.linesOf('node', 'a', AT), 0)
  guard.onSettled('call-1', 200, AT + 200)
  t.equal(guard.lines(AT), 1)
  guard.onEnded('call-1')
  t.equal(guard.lines(AT), 0)
  t.equal(guard.linesOf('trunk', 'main', AT), 0)
})

t.test('an answer of the switch is no failure', async t => {
  const guard = createTestGuard()
  guard.onRequest(invite(), AT)
  guard.onTargetFailed('call-1', 486)
  t.match(guard.onRequest(again(), AT + 10), { type: 'refuse', sipStatus: 486 })
  guard.onSettled('call-1', 486, AT + 20)
  t.equal(guard.lines(AT), 0)
})

t.test('two silent INVITEs in a row put a switch behind the others', async t => {
  const guard = createTestGuard()
  for (const callId of ['1', '2']) {
    t.match(guard.onRequest(invite({ callId }), AT), { target: 'a' })
    t.match(guard.onRequest(again(callId), AT + 1_000), { target: 'b' })
    guard.onSettled(callId, 200, AT + 1_100)
    guard.onEnded(callId)
  }
  t.match(guard.onRequest(invite({ callId: '3' }), AT + 2_000), { target: 'b' })
  guard.health.onNodePing('a', 200, AT + 3_000)
  t.match(guard.onRequest(invite({ callId: '4' }), AT + 3_000), { target: 'a' })
})

t.test('draining: no new calls, the others stay', async t => {
  const guard = createTestGuard()
  guard.onRequest(invite({ callId: '1' }), AT)
  guard.onSettled('1', 200, AT)
  guard.configure({
    ...guard.settings(),
    nodes: [
      { ...NODE_A, weight: 1, draining: true },
      { ...NODE_B, weight: 1, draining: false },
    ],
  })
  for (const callId of ['2', '3', '4'])
    t.match(guard.onRequest(invite({ callId }), AT), { target: 'b' })
  t.equal(guard.linesOf('node', 'a', AT), 1, 'a call that is there goes on')
  guard.configure({ ...guard.settings(), nodes: [{ ...NODE_A, weight: 1, draining: true }] })
  t.match(guard.onRequest(invite({ callId: '5' }), AT), {
    type: 'refuse',
    sipStatus: 503,
    reason: 'no-way',
  })
})

t.test('a call outside: the wanted trunk, then the other', async t => {
  const guard = createTestGuard()
  const out = (callId: string) =>
    guard.onRequest(
      invite({
        callId,
        source: { address: NODE_A.host, port: NODE_A.port },
        requestUri: 'sip:13900000000@10.9.9.9',
        headerNames: ['x-hotline-trunk'],
        wantedTrunk: 'main',
      }),
      AT,
    )
  t.same(out('1'), {
    type: 'proxy',
    destinations: ['sip:13900000000@10.2.0.1:5060', back('13900000000')],
    headers: {},
    recordRoute: true,
    target: 'main',
  })
  guard.onTargetFailed('1', 503)
  t.match(guard.onRequest(again('1'), AT + 10), {
    destinations: ['sip:13900000000@10.2.0.2:5060'],
    target: 'standby',
  })
  guard.onSettled('1', 200, AT + 20)
  t.equal(guard.health.trunk('main').state, 'suspect')
  t.match(out('2'), { target: 'standby' }, 'the next call goes there at once')
  guard.onTargetFailed('2', 486)
  t.match(
    guard.onRequest(again('2'), AT + 30),
    { type: 'refuse', sipStatus: 486 },
    'who is busy is not rung by another network',
  )
})

t.test('all lines are busy', async t => {
  const guard = createTestGuard(
    { lines: { limit: 1, reserve: 1 }, busyPrompt: '/busy.wav' },
    { hasAnnouncer: true },
  )
  guard.onRequest(invite({ callId: '1' }), AT)
  t.match(guard.onRequest(invite({ callId: '2' }), AT), {
    type: 'announce',
    sipStatus: 486,
    blocked: {
      reason: 'all-lines-busy',
      caller: '13800000001',
      number: '12393',
      counted: true,
      address: STRANGER.address,
    },
  })
  guard.onAnnounced(1)
  t.match(
    guard.onRequest(invite({ callId: '3' }), AT),
    { type: 'refuse', sipStatus: 486 },
    'the reserve is used',
  )
  guard.onAnnounced(-1)
  t.match(guard.onRequest(invite({ callId: '4' }), AT), {
    type: 'announce',
    blocked: { counted: false },
  })
  guard.onEnded('1')
  t.match(guard.onRequest(invite({ callId: '5' }), AT), { type: 'proxy' })
})

t.test('after a start the servers know how many lines are in use', async t => {
  const guard = createTestGuard({ lines: { limit: 2, reserve: 0 } })
  guard.onLoad(new Map([['a', { at: AT, lines: 2 }]]), AT)
  t.match(guard.onRequest(invite(), AT), { type: 'refuse', reason: 'all-lines-busy' })
  t.match(
    guard.onRequest(invite(), AT + LOAD_FRESH_MS),
    { type: 'proxy' },
    'no server tells: ours count',
  )
})

t.test("a network's own limit", async t => {
  const guard = createTestGuard({
    trunks: [{ id: 'main', name: 'main', address: { host: CARRIER.address }, lineLimit: 1 }],
  })
  t.match(guard.onRequest(invite({ callId: '1', source: CARRIER }), AT), { type: 'proxy' })
  t.match(guard.onRequest(invite({ callId: '2', source: CARRIER }), AT), {
    reason: 'trunk-busy',
    blocked: { trunk: 'main' },
  })
  t.match(guard.onRequest(invite({ callId: '3' }), AT), { type: 'proxy' }, 'another way in')
})

t.test('the number is read where the network writes it', async t => {
  const guard = createTestGuard({
    trunks: [
      {
        id: 'ims',
        name: 'ims',
        address: { host: CARRIER.address },
        inbound: { calledFrom: 'to', areaCode: '0591' },
      },
    ],
  })
  t.match(
    guard.onRequest(
      invite({
        source: CARRIER,
        requestUri: 'sip:+8659100000000@10.9.9.9',
        to: '<tel:+8659112393>',
        from: '<sip:anonymous@anonymous.invalid>;tag=1',
        assertedIdentity: '<tel:+8613800000001>',
      }),
      AT,
    ),
    { destinations: ['sip:12393@10.1.0.1:5060', back('12393')] },
  )
})

t.test('who guesses passwords is shut out, and a network is not', async t => {
  const guard = createTestGuard()
  for (let i = 0; i < 10; i++) guard.onRequest(invite({ method: 'REGISTER' }), AT + i)
  t.match(guard.onRequest(invite(), AT + 20), { type: 'refuse', reason: 'too-often' })
  t.equal(guard.admission.bans(AT + 20).length, 1)
  t.match(guard.onRequest(invite({ callId: '2', source: CARRIER }), AT + 20), { type: 'proxy' })
  guard.admission.unban(STRANGER.address)
  t.match(guard.onRequest(invite(), AT + 30), { type: 'proxy' })
})
