import t from 'tap'
import { judge, type Standings } from '../../../server/alarm/judge.ts'
import { RULES, type Rule, wordsOf } from '../../../server/alarm/rule.ts'
import { alarmSettingsSchema, isWithin, rulesWith } from '../../../server/alarm/settings.ts'
import type { Figures } from '../../../server/alarm/figure.ts'

const rule: Rule = {
  id: 'lineShare',
  cause: 'lines-high',
  kind: 'volume',
  unit: '%',
  worse: 'above',
  thresholds: { info: 0.5, warning: 0.8, critical: 1 },
  holdMs: 10_000,
  calmMs: 60_000,
}

/** Plays figures second by second; gives what was said, and when. */
function play(rules: readonly Rule[], figures: readonly [atS: number, Figures][]) {
  let standings: Standings = {}
  const said: unknown[] = []
  for (const [atS, seen] of figures) {
    const next = judge(standings, rules, seen, atS * 1000)
    standings = next.standings
    for (const verdict of next.verdicts)
      said.push([atS, verdict.type === 'clear' ? 'clear' : verdict.level])
  }
  return said
}
const lines = (...pairs: [number, number | undefined][]): [number, Figures][] =>
  pairs.map(([at, lineShare]) => [at, lineShare === undefined ? {} : { lineShare }])

t.test('a peak is no alarm; what lasts is', async t => {
  t.same(play([rule], lines([0, 0.9], [5, 0.9], [9, 0.1], [12, 0.9], [20, 0.9])), [])
  t.same(play([rule], lines([0, 0.9], [5, 0.9], [10, 0.85])), [[10, 'warning']])
})

t.test('a short worse peak in what lasts gives the milder level', async t => {
  t.same(play([rule], lines([0, 0.6], [5, 1], [10, 1])), [[10, 'info']])
  t.same(
    play([rule], lines([0, 0.6], [10, 1], [11, 1], [20, 1], [21, 1])),
    [
      [10, 'info'],
      [21, 'critical'],
    ],
    'and the worse one follows when it has lasted itself',
  )
})

t.test('an alarm is over when it was well for a while, with some slack', async t => {
  const raised = lines([0, 0.81], [10, 0.81])
  t.same(
    play([rule], [...raised, ...lines([20, 0.79], [100, 0.73], [200, 0.79], [300, 0.75])]),
    [[10, 'warning']],
    'just below the threshold is not well',
  )
  t.same(play([rule], [...raised, ...lines([20, 0.6], [79, 0.6], [80, 0.6])]), [
    [10, 'warning'],
    [80, 'info'],
  ])
  t.same(play([rule], [...raised, ...lines([20, 0.1], [60, 0.1], [80, 0.1])]), [
    [10, 'warning'],
    [80, 'clear'],
  ])
  t.same(
    play([rule], [...raised, ...lines([20, undefined], [80, undefined])]),
    [
      [10, 'warning'],
      [80, 'clear'],
    ],
    'a figure that can not be told is no alarm',
  )
})

t.test('a rate is bad when it is low', async t => {
  const rate: Rule = {
    ...rule,
    id: 'answerRate',
    worse: 'below',
    thresholds: { warning: 0.9, critical: 0.7 },
  }
  const of = (...pairs: [number, number][]): [number, Figures][] =>
    pairs.map(([at, answerRate]) => [at, { answerRate }])
  t.same(play([rate], of([0, 0.89], [10, 0.89], [20, 0.5], [30, 0.5], [40, 1], [100, 1])), [
    [10, 'warning'],
    [30, 'critical'],
    [100, 'clear'],
  ])
})

t.test('zero is never too much, whatever the threshold', async t => {
  const none: Rule = { ...rule, id: 'blockedCalls', thresholds: { warning: 0 }, holdMs: 0 }
  t.same(
    play(
      [none],
      [
        [0, { blockedCalls: 0 }],
        [60, { blockedCalls: 0 }],
      ],
    ),
    [],
  )
})

t.test('every kind of T-OPS-1 has a rule, and each id and cause stands once', async t => {
  const kinds = new Set(RULES.map(({ kind }) => kind))
  for (const kind of [
    'process',
    'connection',
    'latency',
    'volume',
    'success-rate',
    'log-in',
    'attack',
    'bandwidth',
    'delay',
  ] as const)
    t.ok(kinds.has(kind), kind)
  t.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length)
  t.equal(new Set(RULES.map(({ cause }) => cause)).size, RULES.length)
  for (const { id, thresholds, worse } of RULES) {
    const given = [thresholds.info, thresholds.warning, thresholds.critical].filter(
      one => one !== undefined,
    )
    const sorted = given.toSorted((a, b) => (worse === 'above' ? a - b : b - a))
    t.same(given, sorted, `${id}: worse levels have worse thresholds`)
  }
})

t.test('operators change thresholds and turn rules off', async t => {
  const settings = alarmSettingsSchema.parse({
    thresholds: { waiting: { critical: 5 }, cpuShare: null },
  })
  const rules = rulesWith(settings)
  t.same(rules.find(({ id }) => id === 'waiting')?.thresholds, { critical: 5 })
  t.equal(
    rules.find(({ id }) => id === 'cpuShare'),
    undefined,
  )
  t.equal(rules.length, RULES.length - 1)
  t.throws(() => alarmSettingsSchema.parse({ thresholds: { nonsense: null } }))
})

t.test('quiet hours may pass midnight', async t => {
  const night = { from: '22:00', to: '07:00' }
  for (const [now, quiet] of [
    ['21:59', false],
    ['22:00', true],
    ['03:00', true],
    ['07:00', false],
  ] as const)
    t.equal(isWithin(night, now), quiet, now)
  t.equal(isWithin({ from: '12:00', to: '13:00' }, '12:30'), true)
  t.equal(isWithin({ from: '12:00', to: '13:00' }, '13:00'), false)
  t.equal(isWithin(null, '00:00'), false)
})

t.test('figures are told with their units', async t => {
  t.equal(wordsOf({ unit: '%' }, 0.8333), '83.3 %')
  t.equal(wordsOf({ unit: 'ms' }, 1234.5), '1235 ms')
  t.equal(wordsOf({ unit: '' }, 3), '3')
})
