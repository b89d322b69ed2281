import t from 'tap'
import {
  ladderLegs,
  ladderRows,
  levelOfScore,
  qualityLanes,
  type Chip,
} from '../../agent-desktop/src/state/ladder.ts'
import { sampleAxis } from '../fixtures/desktop-twin-record.ts'

const axis = sampleAxis()
const rows = (...chips: Chip[]) => ladderRows(axis, new Set(chips))

t.test('each kind is shown on wish, in one order of time', async t => {
  t.ok(rows('main').every(row => row.kind === 'fact'))
  t.ok(rows('detail').every(row => row.kind === 'fact' && row.item.type !== 'talk-began'))
  const all = rows('main', 'detail', 'message', 'quality')
  t.equal(all.length, axis.entries.length)
  t.same(
    all.map(row => row.ms),
    all.map(row => row.ms).toSorted((a, b) => a - b),
  )
  t.equal(rows().length, 0)
})

t.test('a message is an arrow on the rail of its leg', async t => {
  t.match(rows('message'), [
    { arrow: { lane: 0, direction: 'in', label: 'INVITE', isRefusal: false } },
    { arrow: { lane: 0, direction: 'out', label: '200 OK' } },
    { arrow: { lane: 1, direction: 'out', label: 'INVITE' } },
    { arrow: { lane: 1, direction: 'in', label: '200 OK' } },
  ])
  t.same(
    ladderLegs(axis).map(leg => leg.number),
    ['13904511111', '1001'],
  )
})

t.test('quality is a lane a leg, and a score has a level', async t => {
  t.match(qualityLanes(axis), [{ legId: 'l1' }, { legId: 'l3' }])
  t.equal(qualityLanes(axis)[0]?.points.length, 30)
  t.same([4.4, 3.6, 3.2, 2, undefined].map(levelOfScore), ['good', 'good', 'fair', 'poor', 'none'])
})

t.test('a call without a wire has no rails', async t => {
  const bare = { ...axis, legs: [], entries: axis.entries.filter(entry => entry.kind === 'fact') }
  t.same(ladderLegs(bare), [])
  t.equal(ladderRows(bare, new Set<Chip>(['main', 'message'])).length, rows('main').length)
  t.same(qualityLanes({ items: [], legs: [], entries: [] }), [])
})
