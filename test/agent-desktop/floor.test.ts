import t from 'tap'
import { byAttention, needsAttention, urgency } from '../../agent-desktop/src/state/attention.ts'
import { formatDuration, percent, secondsLeft } from '../../agent-desktop/src/state/duration.ts'
import { figuresOf } from '../../agent-desktop/src/state/figure.ts'
import { filterAgents, toFloor } from '../../agent-desktop/src/state/floor.ts'
import { lineCells, lineKind } from '../../agent-desktop/src/state/line.ts'
import { placesFor, startOf } from '../../agent-desktop/src/state/place.ts'
import { quarterLabel } from '../../agent-desktop/src/state/quarter.ts'
import { sparkPaths } from '../../agent-desktop/src/state/spark.ts'
import type { AgentView } from '../../server/desktop/protocol.ts'
import {
  sampleAgents,
  sampleAlarms,
  sampleLines,
  sampleQueues,
  sampleToday,
} from '../fixtures/desktop-sample.ts'

const NOW = 1_800_000_000_000
const agents = sampleAgents(NOW)
const agent = (
  id: string,
  state: AgentView['state'],
  seconds: number,
  more: Partial<AgentView> = {},
): AgentView => ({
  id,
  name: '某',
  state,
  since: NOW - seconds * 1000,
  queues: [],
  phone: 'registered',
  autoAnswer: false,
  today: { answered: 0, missed: 0, talkMs: 0, rated: 0 },
  ...more,
})

t.test('durations are minutes and seconds, with hours when there are any', async t => {
  t.same([0, -5000, 999, 61_000, 3_599_999, 3_600_000, 36_061_000].map(formatDuration), [
    '00:00',
    '00:00',
    '00:00',
    '01:01',
    '59:59',
    '1:00:00',
    '10:01:01',
  ])
  t.same([secondsLeft(1001, 0), secondsLeft(1000, 0), secondsLeft(0, 5)], [2, 1, 0])
  t.same([percent(1, 3), percent(0, 5), percent(0, 0)], [33, 0, null])
})

t.test('who needs help stands first, the worst in front', async t => {
  const sorted = [
    agent('1', 'idle', 9000),
    agent('2', 'talking', 60),
    agent('3', 'talking', 1000),
    agent('4', 'wrap-up', 400),
    agent('5', 'busy', 60, { reason: 'no-answer' }),
    agent('6', 'signed-out', 90_000),
    agent('7', 'idle', 5),
    agent('8', 'idle', 5, { phone: 'unregistered' }),
    agent('9', 'busy', 60),
  ].toSorted(byAttention(NOW))
  t.same(
    sorted.map(one => one.id),
    ['4', '3', '5', '8', '2', '9', '1', '7', '6'],
  )
})

t.test('an idle or absent agent never calls for attention, whatever the time', async t => {
  t.equal(urgency(agent('1', 'idle', 90_000), NOW), 0)
  t.equal(urgency(agent('1', 'signed-out', 90_000, { phone: 'unregistered' }), NOW), 0)
  t.notOk(needsAttention(agent('1', 'talking', 479), NOW))
  t.ok(needsAttention(agent('1', 'talking', 480), NOW))
  t.ok(needsAttention(agent('1', 'ringing', 15), NOW))
})

t.test('equals keep the order of their numbers', async t => {
  const sorted = [agent('12', 'idle', 5), agent('11', 'idle', 5)].toSorted(byAttention(NOW))
  t.same(
    sorted.map(one => one.id),
    ['11', '12'],
  )
})

t.test('the flat map of the floor comes apart into its lists', async t => {
  const queues = sampleQueues(NOW, agents)
  const floor = toFloor({
    ...Object.fromEntries(agents.map(one => [`agent/${one.id}`, one])),
    ...Object.fromEntries(queues.map(one => [`queue/${one.id}`, one])),
    ...Object.fromEntries(sampleAlarms(NOW).map(one => [`alarm/${one.id}`, one])),
    lines: sampleLines(NOW),
    today: sampleToday(),
  })
  t.equal(floor.agents.length, 20)
  t.equal(floor.queues[0]?.id, 'consult', 'the group with the most waiting comes first')
  t.equal(floor.alarms[0]?.level, 'critical')
  t.equal(floor.lines?.used, 17)
  const empty = toFloor({})
  t.same(
    [empty.agents, empty.queues, empty.alarms, empty.lines, empty.today],
    [[], [], [], null, null],
  )
})

t.test('agents are found by state, group, number and name', async t => {
  t.ok(filterAgents(agents, { state: 'busy' }).every(one => one.state === 'busy'))
  t.ok(filterAgents(agents, { queue: 'elder' }).every(one => one.queues.includes('elder')))
  t.same(
    filterAgents(agents, { text: ' 1001 ' }).map(one => one.id),
    ['1001'],
  )
  t.same(
    filterAgents(agents, { text: '王' }).map(one => one.id),
    ['1001'],
  )
  t.equal(filterAgents(agents, { state: '', text: '' }).length, 20)
})

t.test('the lines are a bar: talking first, then waiting, then in the flow, then free', async t => {
  const cells = lineCells(sampleLines(NOW))
  t.equal(cells.length, 30)
  t.same([...new Set(cells.map(cell => cell.kind))], ['talking', 'waiting', 'flow', 'free'])
  t.equal(cells.filter(cell => cell.kind === 'talking').length, 9)
  t.equal(
    lineCells({ ...sampleLines(NOW), limit: 10 }).length,
    17,
    'more calls than lines are all shown',
  )
  t.same(['on-hold', 'queued', 'anything'].map(lineKind), ['talking', 'waiting', 'flow'])
})

t.test('each figure follows its formula and knows when it is bad', async t => {
  const byId = (today = sampleToday()) =>
    Object.fromEntries(figuresOf(today).map(figure => [figure.id, figure]))
  const { connection, level15, wait, blocked, satisfied } = byId()
  t.match(connection, { value: 91, level: 'warn' })
  t.match(level15, { value: 77, level: 'warn' })
  t.match(wait, { value: 9, level: 'plain' })
  t.match(blocked, { value: 3, level: 'bad' })
  t.match(satisfied, { value: 97, level: 'plain' })
  const none = byId({
    ...sampleToday(),
    answered: 0,
    askedForAgent: 0,
    answeredIn15s: 0,
    ratedCount: 0,
    blocked: 0,
  })
  t.same(
    [none['connection']?.value, none['wait']?.value, none['satisfied']?.value],
    [null, null, null],
    'nothing counted is not nought',
  )
  t.equal(byId({ ...sampleToday(), answered: 100, waitMs: 5_000_000 })['wait']?.level, 'bad')
})

t.test('a slot without calls breaks the line of the service level', async t => {
  t.same(sparkPaths([], 100, 20), { paths: [], dots: [] })
  const { paths, dots } = sparkPaths([1, 0, null, 1, null, 0.5, 2], 103, 26)
  t.equal(paths.length, 2)
  t.equal(paths[0], 'M3 3L19.2 23')
  t.same(
    dots,
    [
      { x: 51.5, y: 3 },
      { x: 100, y: 3 },
    ],
    'a lone value is a dot, and so is the last',
  )
  t.equal(quarterLabel(37), '09:15')
})

t.test('each role begins at its own place and sees no more than its own', async t => {
  t.equal(startOf(['agent']), 'desk')
  t.equal(startOf(['supervisor', 'agent']), 'live')
  t.equal(startOf(['administrator']), 'admin')
  t.same(placesFor(['agent']), ['desk', 'records', 'missed'])
  t.same(placesFor(['supervisor']), ['live', 'records', 'missed', 'trunks', 'speech', 'alarms'])
  t.same(placesFor([]), [])
})
