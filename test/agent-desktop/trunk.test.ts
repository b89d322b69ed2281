import t from 'tap'
import type { ShownTrunk, TrunkView } from '../../agent-desktop/src/state/protocol.ts'
import {
  blockedCount,
  blockedParts,
  isMain,
  lineBar,
  NEW_TRUNK,
  stateOf,
  toForm,
  toneOf,
  toTrunkBody,
  trunkLines,
} from '../../agent-desktop/src/state/trunk.ts'
import { trunkFormSchema, trunkSchema } from '../../telephony/trunk/trunk.ts'

const password = 'Geheim 1'
const access = { type: 'registration', username: '059112393', password, realm: 'ims' } as const
const shown = (id: string, more: object = {}): ShownTrunk => {
  const trunk = trunkSchema.parse({ id, name: id, address: { host: '10.0.0.1' }, ...more })
  if (trunk.access.type === 'ip-trust') return { ...trunk, access: trunk.access }
  const { password: _, ...known } = trunk.access
  return { ...trunk, access: { ...known, hasPassword: true } }
}
const view = (id: string, state: TrunkView['state'], blocked = {}): TrunkView => ({
  id,
  name: id,
  priority: 0,
  state,
  used: 0,
  limit: 30,
  nodes: [],
  today: {
    in: { calls: 0, answered: 0 },
    out: { calls: 0, answered: 0, failed: 0, movedOn: 0 },
    blocked,
  },
})

t.test('trunks stand in the order calls take them; the first are the main ones', async t => {
  const lines = trunkLines(
    [shown('z', { priority: 1 }), shown('b'), shown('a', { enabled: false }), shown('new')],
    [view('z', 'down'), view('b', 'suspect'), view('a', 'up')],
  )
  t.same(
    lines.map(line => [line.trunk.id, stateOf(line), toneOf(line), isMain(line, lines)]),
    [
      ['a', 'off', 'off', true],
      ['b', 'suspect', 'warn', true],
      ['new', 'unknown', 'off', true],
      ['z', 'down', 'bad', false],
    ],
  )
})

t.test('a bar has a cell a line while that can be seen, and one call is always seen', async t => {
  t.same(lineBar(0, 30), { cells: 30, filled: 0, linesEach: 1 })
  t.same(lineBar(31, 30), { cells: 30, filled: 30, linesEach: 1 }, 'a limit that was lowered')
  t.same(lineBar(1, 2000), { cells: 40, filled: 1, linesEach: 50 })
  t.same(lineBar(2000, 2000).filled, 40)
})

t.test('blocked calls by reason, the most frequent first', async t => {
  t.same(blockedParts({ flood: 1, blacklist: 3, 'trunk-busy': 1 }), [
    { reason: 'blacklist', count: 3 },
    { reason: 'flood', count: 1 },
    { reason: 'trunk-busy', count: 1 },
  ])
  t.equal(blockedCount([view('a', 'up', { flood: 2 }), view('b', 'up', { blacklist: 1 })]), 3)
})

t.test('what the form leaves alone is sent back as it was, without a password', async t => {
  const trunk = shown('ims', { access, priority: 3, inbound: { areaCode: '0591' } })
  const form = { ...toForm(trunk), host: '10.0.0.2', lineLimit: 60 }
  const read = trunkFormSchema.parse(toTrunkBody(trunk, form))
  t.match(read, {
    lineLimit: 60,
    priority: 3,
    address: { host: '10.0.0.2', port: 5060, transport: 'udp' },
    access: { type: 'registration', username: '059112393', realm: 'ims' },
    inbound: { areaCode: '0591' },
  })
  t.notOk('password' in read.access || 'hasPassword' in read.access)
  const { registerUser: _, ...without } = { registerUser: '', ...form }
  t.equal(trunkFormSchema.parse(toTrunkBody(trunk, without)).access.type, 'ip-trust')
  const plain = shown('plain', { access: { type: 'ip-trust', addresses: ['10.0.0.0/24'] } })
  const off = trunkFormSchema.parse(toTrunkBody(plain, { ...toForm(plain), enabled: false }))
  t.same(off, { ...plain, enabled: false })
})

t.test('a new trunk, trusted by its address or registered', async t => {
  const form = { ...NEW_TRUNK, id: 'new', name: '新中继', host: '10.0.0.9' }
  t.match(trunkFormSchema.parse(toTrunkBody(undefined, form)), {
    access: { type: 'ip-trust', addresses: [] },
    options: { everyS: 15 },
  })
  const registered = { ...form, registerUser: '059112393', registerPassword: password }
  t.match(trunkFormSchema.parse(toTrunkBody(undefined, registered)), {
    access: { type: 'registration', username: '059112393', password },
  })
})
