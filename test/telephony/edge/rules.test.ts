// The edge's rules, each a table.
import t from 'tap'
import {
  afterFailure,
  RINGING_AFTER_MS,
  statusOfFailure,
} from '../../../telephony/edge/fail-over.ts'
import {
  onProbe,
  outcomeOf,
  unknownHealth,
  type Health,
  type ProbeOutcome,
} from '../../../telephony/edge/health.ts'
import {
  linesInUse,
  linesOfNode,
  linesOfTrunk,
  LOAD_FRESH_MS,
  settle,
  type EdgeCall,
} from '../../../telephony/edge/lines.ts'
import { chooseNodes, type NodeView } from '../../../telephony/edge/node.ts'
import {
  edgeNodeSchema,
  newerOf,
  NO_SETTINGS,
  readEdgeSettings,
} from '../../../telephony/edge/settings.ts'
import { sipUri } from '../../../telephony/edge/target.ts'
import { chooseWays } from '../../../telephony/edge/trunk-way.ts'
import type { TrunkLoad } from '../../../telephony/trunk/choose.ts'
import { toGatewayXml } from '../../../telephony/trunk/gateway-xml.ts'
import { trunkSchema } from '../../../telephony/trunk/trunk.ts'
import { edgeSettings } from '../../fixtures/edge.ts'

const node = (name: string, change: object = {}) =>
  edgeNodeSchema.parse({ name, host: `${name}.test`, port: 5060, ...change })
const view = (name: string, calls = 0, change: Partial<NodeView> & object = {}): NodeView => ({
  node: node(name),
  health: 'up',
  calls,
  ...change,
})

t.test('which switch gets the call', async t => {
  const cases: [name: string, views: NodeView[], order: string[]][] = [
    ['the one with the fewest calls', [view('a', 3), view('b', 1), view('c', 2)], ['b', 'c', 'a']],
    ['between equals the first', [view('a', 1), view('b', 1)], ['a', 'b']],
    [
      'by weight: two of weight two are one of weight one',
      [view('a', 1), view('b', 1, { node: node('b', { weight: 2 }) })],
      ['b', 'a'],
    ],
    [
      'none that is drained',
      [view('a', 0, { node: node('a', { draining: true }) }), view('b', 9)],
      ['b'],
    ],
    ['none that takes no calls', [view('a', 0, { health: 'paused' }), view('b', 9)], ['b']],
    [
      'one that seems down last, and not never',
      [view('a', 0, { health: 'down' }), view('b', 9)],
      ['b', 'a'],
    ],
    ['all down: they are tried all the same', [view('a', 0, { health: 'down' })], ['a']],
    ['three at the most', ['a', 'b', 'c', 'd'].map(name => view(name)), ['a', 'b', 'c']],
    ['nobody', [], []],
  ]
  for (const [name, views, order] of cases)
    t.same(
      chooseNodes(views).order.map(one => one.name),
      order,
      name,
    )
  t.same(
    chooseNodes([
      view('a', 0, { health: 'paused' }),
      view('b', 0, { node: node('b', { draining: true }) }),
    ]).passedOver,
    [
      { node: 'a', reason: 'paused' },
      { node: 'b', reason: 'draining' },
    ],
    'and why the others get nothing',
  )
})

t.test('when the call goes to the next one', async t => {
  const cases: [
    name: string,
    status: number | undefined,
    sinceMs: number,
    left: number,
    next: boolean,
  ][] = [
    ['silence', undefined, 1_000, 1, true],
    ['408', 408, 500, 1, true],
    ['503, full or paused', 503, 100, 1, true],
    ['503 of a call that nobody claimed', 503, 3_100, 1, true],
    ['500', 500, 100, 1, true],
    ['nobody is left', 503, 100, 0, false],
    ['busy is an answer', 486, 100, 1, false],
    ['declined is an answer', 603, 100, 1, false],
    ['no such number is an answer', 404, 100, 1, false],
    ['not acceptable is an answer', 488, 100, 1, false],
    ['it rang, and then failed', 503, RINGING_AFTER_MS + 1, 1, false],
    ['it rang, and nobody answered', 408, 60_000, 1, false],
  ]
  for (const [name, sipStatus, sinceSentMs, left, next] of cases)
    t.equal(afterFailure({ sipStatus, sinceSentMs, left }) === 'next', next, name)
  t.same(
    [undefined, 408, 486, 500].map(statusOfFailure),
    [503, 503, 486, 500],
    'what the caller is told',
  )
})

t.test('what OPTIONS tell of a switch', async t => {
  const input = { at: 5, failuresToDown: 2 }
  const up = unknownHealth(0)
  const play = (...outcomes: ProbeOutcome[]) =>
    outcomes.reduce((health: Health, outcome) => onProbe(health, outcome, input), up).state
  t.equal(play('silent'), 'up', 'one may be lost')
  t.equal(play('silent', 'silent'), 'down')
  t.equal(play('silent', 'answered', 'silent'), 'up', 'in a row')
  t.equal(play('silent', 'silent', 'answered'), 'up', 'one answer is enough')
  t.equal(play('paused'), 'paused', 'it says itself that it takes none')
  t.equal(play('paused', 'answered'), 'up')
  t.same([200, 404, 405, 503, 408, undefined].map(outcomeOf), [
    'answered',
    'answered',
    'answered',
    'paused',
    'silent',
    'silent',
  ])
})

t.test('lines in use', async t => {
  const call = (callId: string, change: Partial<EdgeCall> = {}): [string, EdgeCall] => [
    callId,
    { callId, direction: 'inward', state: 'up', at: 0, node: 'a', ...change },
  ]
  const load = (at: number, a: number) => new Map([['a', { at, lines: a }]])
  const calls = new Map([
    call('1'),
    call('2', { node: 'b', trunk: 'main' }),
    call('3', { direction: 'outward', trunk: 'main' }),
  ])
  const at = 100_000
  t.equal(linesInUse(calls, new Map(), at), 2, 'calls out are no lines of callers')
  t.equal(linesInUse(calls, load(at, 5), at), 6, 'after a start only servers know older calls')
  t.equal(linesInUse(calls, load(at, 0), at), 2, 'a call of this second is known here only')
  t.equal(linesInUse(calls, load(at - LOAD_FRESH_MS, 5), at), 2, 'old news is none')
  t.equal(linesOfNode(calls, load(at, 5), 'a', at), 5)
  t.equal(linesOfTrunk(calls, 'main'), 2, 'a network has both')
  t.same([...settle(calls, load(at, 0), at).keys()], ['2', '3'], 'an end that nobody saw')
  t.same([...settle(calls, load(at, 1), at).keys()], ['1', '2', '3'])
  t.equal(settle(new Map([call('9', { at: at - 500 })]), load(at, 0), at).size, 1, 'too young')
  t.equal(
    settle(new Map([call('9', { state: 'trying', node: 'z' })]), new Map(), 300_000).size,
    0,
    'an INVITE ends within timer C',
  )
})

t.test('which ways a call outside takes', async t => {
  const [main, standby] = edgeSettings().trunks as [TrunkLoad['trunk'], TrunkLoad['trunk']]
  const is = (trunk: TrunkLoad['trunk'], change: Partial<TrunkLoad> = {}): TrunkLoad => ({
    trunk,
    state: 'up',
    used: 0,
    ...change,
  })
  const cases: [name: string, loads: TrunkLoad[], wanted: string | undefined, ways: string[]][] = [
    ['main, then standby', [is(standby), is(main)], undefined, ['main', 'standby']],
    ['the one the switch wants first', [is(main), is(standby)], 'standby', ['standby', 'main']],
    ['none that is down', [is(main, { state: 'down' }), is(standby)], 'main', ['standby']],
    [
      'a suspect one last',
      [is(main, { state: 'suspect' }), is(standby)],
      'main',
      ['standby', 'main'],
    ],
    ['none that is full', [is(main, { used: 30 }), is(standby)], 'main', ['standby']],
    [
      'none that needs a password',
      [
        is({
          ...main,
          access: { type: 'registration', username: 'u', password: 'p', expiresS: 60 },
        }),
        is(standby),
      ],
      'main',
      ['standby'],
    ],
    ['nobody', [], 'main', []],
  ]
  for (const [name, loads, wanted, ways] of cases)
    t.same(
      chooseWays(loads, wanted, '13900000000').map(way => way.name),
      ways,
      name,
    )
  t.same(
    chooseWays([is({ ...main, numberForm: 'e164' })], undefined, '13900000000').map(
      ({ uri }) => uri,
    ),
    ['sip:+8613900000000@10.2.0.1:5060'],
    'in the form its network wants',
  )
})

t.test(
  'behind an edge, calls to a network are sent to the edge, which knows them by the id',
  async t => {
    const [main] = edgeSettings().trunks as [TrunkLoad['trunk']]
    const edge = { host: '10.9.9.9', port: 5060 }
    const behind = toGatewayXml(main, edge)
    t.match(behind, 'name="proxy" value="10.9.9.9:5060"')
    t.match(behind, 'name="sip_h_X-Hotline-Trunk" value="main" direction="outbound"')
    t.notMatch(behind, 'name="ping"', 'the edge asks the network whether it is there')
    t.notMatch(toGatewayXml(main), 'X-Hotline-Trunk')
    const registering = trunkSchema.parse({
      id: 'ims',
      name: 'ims',
      address: { host: '10.2.0.3' },
      access: { type: 'registration', username: 'u', password: 'p' },
    })
    t.match(
      toGatewayXml(registering, edge),
      'name="proxy" value="10.2.0.3:5060"',
      'a challenge is answered by the switch',
    )
  },
)

t.test('addresses are written as RFC 3261 has them', async t => {
  t.equal(
    sipUri('*67#1', { host: '2001:db8::1', port: 5061, transport: 'tcp' }),
    'sip:*67%231@[2001:db8::1]:5061;transport=tcp',
  )
  t.equal(sipUri('', { host: 'a.test', port: 5060 }), 'sip:a.test:5060')
})

t.test('settings', async t => {
  const told = edgeSettings({ publishedAt: 7 })
  t.same(readEdgeSettings(JSON.stringify(told)), told)
  t.equal(readEdgeSettings('{'), undefined, 'half a text')
  t.equal(readEdgeSettings('{"publishedAt":7}'), undefined, 'something else')
  t.equal(newerOf(told, undefined), told, 'what is in force stays')
  t.equal(newerOf(told, edgeSettings({ publishedAt: 6 })), told, 'an older copy')
  t.equal(newerOf(NO_SETTINGS, told), told)
  t.same(NO_SETTINGS.publishedNumbers, [], 'nobody rings in before anything was told')
})
