import t from 'tap'
import { axisMarks, recordingStartMs, toAxis } from '../../agent-desktop/src/state/axis.ts'
import { isDetail, wordsOfFact, type FactNames } from '../../agent-desktop/src/state/fact-words.ts'
import { momentOf, toBars, waveLengthMs } from '../../agent-desktop/src/state/player.ts'
import {
  emptyFilter,
  fromAddress,
  localDate,
  offsetText,
  toAddress,
  toQuery,
} from '../../agent-desktop/src/state/record-filter.ts'
import { usualColumns } from '../../agent-desktop/src/state/record-column.ts'
import { sampleTimeline } from '../fixtures/desktop-twin-record.ts'

const facts = sampleTimeline()
const item = (type: string, data: Record<string, unknown> = {}, second = 0) => ({
  seq: second,
  at: new Date(second * 1000).toISOString(),
  type,
  data,
})

t.test('a call is drawn as one lane for each party, in the order they came', async t => {
  const { lanes, durationMs } = toAxis(facts, 0)
  t.equal(durationMs, 199_000)
  t.same(
    lanes.map(lane => lane.id),
    ['caller', 'agent/1004', 'agent/1001', 'supervisor/2001'],
  )
  const own = lanes.find(lane => lane.id === 'agent/1001')
  t.same(
    own?.spans.map(span => [span.kind, span.fromMs, span.toMs]),
    [
      ['ring', 36_100, 39_500],
      ['consult', 95_200, 115_000],
      ['hold', 95_000, 116_000],
      ['talk', 39_600, 192_000],
    ],
  )
  const caller = lanes.find(lane => lane.id === 'caller')
  t.same(
    caller?.spans.map(span => span.kind),
    ['flow', 'flow', 'queue', 'flow'],
  )
  t.equal(caller?.label, '13904511111')
})

t.test('what has not ended in a living call reaches to now', async t => {
  const { durationMs, lanes } = toAxis(
    [item('call-began', { caller: '1' }), item('queue-joined', { queue: 'q' }, 5)],
    65_000,
  )
  t.equal(durationMs, 65_000)
  t.match(lanes[0]?.spans, [{ kind: 'queue', fromMs: 5000, toMs: 65_000 }])
})

t.test('a call that broke off in the middle of everything is closed at its end', async t => {
  const { lanes } = toAxis(
    [
      item('call-began', { caller: '1' }),
      item('talk-began', { agent: '7' }, 2),
      item('call-held', { agent: '7' }, 3),
      item('call-ended', {}, 9),
    ],
    999_000,
  )
  t.same(
    lanes[1]?.spans.map(span => [span.kind, span.toMs]),
    [
      ['talk', 9000],
      ['hold', 9000],
    ],
  )
})

t.test('a dialled number has a lane of its own', async t => {
  const { lanes } = toAxis(
    [
      item('call-began', { caller: '1001' }),
      item('number-dialled', { agent: '1001', number: '139', legId: 'x' }, 1),
      item('number-answered', { number: '139', legId: 'x' }, 6),
      item('call-ended', {}, 20),
    ],
    0,
  )
  t.same(
    lanes[1]?.spans.map(span => [span.kind, span.fromMs, span.toMs]),
    [
      ['ring', 1000, 6000],
      ['talk', 6000, 20_000],
    ],
  )
})

t.test('nothing at all makes an empty axis', async t => {
  t.match(toAxis([], 5), { lanes: [], durationMs: 1000 })
  t.equal(recordingStartMs([]), null)
  t.equal(recordingStartMs(facts), 39_600)
})

t.test('marks are round and few', async t => {
  t.same(axisMarks(199_000, 10), [0, 30_000, 60_000, 90_000, 120_000, 150_000, 180_000])
  t.same(axisMarks(4000, 10), [0, 1000, 2000, 3000, 4000])
  t.ok(axisMarks(86_400_000, 10).length < 30)
})

t.test('every fact becomes a sentence with names instead of ids', async t => {
  const names: FactNames = {
    queue: id => (id === 'consult' ? '咨询组' : id),
    agent: id => (id === '1001' ? '1001 王敏' : id),
    word: (family, code) => `${family}/${code}`,
  }
  const say = (type: string, data: Record<string, unknown>) => wordsOfFact(item(type, data), names)
  t.match(say('queue-left', { queue: 'consult', outcome: 'answered', waitMs: 29_600 }), {
    key: 'fact.queue-left',
    values: { queue: '咨询组', outcome: 'outcome/answered', waitMs: '00:29' },
  })
  t.match(
    say('agent-offered', {
      agent: '1001',
      reason: { rule: 'longest-idle', idleMs: 61_000, skillLevel: 1 },
    }).values,
    { agent: '1001 王敏', rule: 'rule/longest-idle', idleMs: '01:01', skillLevel: '1' },
  )
  t.match(say('talk-ended', { by: 'caller' }).values, { by: 'endedBy/caller' })
  t.match(say('call-transferred', { by: '1001', to: 'consult' }).values, {
    by: '1001 王敏',
    to: '咨询组',
  })
  t.equal(say('agent-muted', { muted: false }).key, 'fact.agent-unmuted')
  t.equal(say('recording-masked', { masked: false }).key, 'fact.recording-unmasked')
  t.equal(say('call-began', { direction: 'outbound' }).key, 'fact.call-began-outbound')
  t.match(say('something-new', {}), { key: 'fact.other', values: { type: 'something-new' } })
  t.match(say('hours-checked', { state: 'open' }).values, { state: 'hours/open' })
  t.ok(isDetail('leg-ended'))
  t.notOk(isDetail('call-ended'))
})

t.test('the filter survives the address bar and ignores nonsense in it', async t => {
  const today = '2026-03-02'
  const filter = { ...emptyFilter(today), from: '2026-03-01', caller: '139', result: 'answered' }
  t.same(toAddress(filter, today), { from: '2026-03-01', caller: '139', result: 'answered' })
  t.same(fromAddress(toAddress(filter, today), today), filter)
  t.same(
    fromAddress(
      {
        result: 'nonsense',
        direction: '../',
        caller: '139<script>',
        agent: 'x'.repeat(99),
        from: ['a'],
      },
      today,
    ),
    { ...emptyFilter(today), caller: '139' },
  )
  t.equal(
    toQuery(filter, '+08:00').toString(),
    'from=2026-03-01T00%3A00%3A00.000%2B08%3A00&to=2026-03-02T23%3A59%3A59.999%2B08%3A00&caller=139&result=answered',
  )
  t.same([-480, 0, 210].map(offsetText), ['+08:00', '+00:00', '-03:30'])
  t.equal(localDate(Date.UTC(2026, 2, 1, 20), -480), '2026-03-02')
  t.ok(usualColumns().includes('startedAt'))
})

t.test('the waveform keeps its peaks when it is drawn smaller', async t => {
  t.same(toBars([0.1, -0.9, 0.2, 0.3], 2), [0.9, 0.3])
  t.same(toBars([0.5], 3), [0.5, 0.5, 0.5])
  t.same(toBars([], 3), [])
  t.equal(waveLengthMs({ durationMs: 0, bucketMs: 100, caller: [1, 1, 1], agent: [1] }), 300)
  t.same([momentOf('83'), momentOf('x'), momentOf(undefined)], [83, null, null])
})
