import t from 'tap'
import { readFile } from 'node:fs/promises'
import {
  areaOf,
  createIsoTime,
  createRecordShape,
  normaliseNumber,
  recordOf,
} from '../../../server/records/index.ts'
import { outsideNumber } from '../../../server/store/number.ts'
import { wholeCall } from '../../fixtures/facts.ts'

t.test('a landline tells where it stands', async t => {
  const cases: [number: string, area: string | undefined][] = [
    ['0451888', undefined],
    ['045188887777', '哈尔滨'],
    ['+86 451 8888 7777', '哈尔滨'],
    ['0086-451-88887777', '哈尔滨'],
    ['04526123456', '齐齐哈尔'],
    ['01088886666', '北京'],
    ['+861088886666', '北京'],
    ['02188886666', '上海'],
    ['075588886666', '深圳'],
    ['08987654321', '海南'],
    ['13800138000', undefined],
    ['013800138000', undefined],
    ['+8613800138000', undefined],
    ['12393', undefined],
    ['04999999999', undefined],
    ['+85221234567', undefined],
    ['anonymous', undefined],
    ['', undefined],
  ]
  for (const [number, area] of cases) t.equal(areaOf(number), area, number)
})

t.test('the table has a name for every code, and no code begins another', async t => {
  const codes: Record<string, string> = JSON.parse(
    await readFile(new URL('../../../server/records/area-codes.json', import.meta.url), 'utf8'),
  )
  const all = Object.keys(codes)
  t.ok(all.length >= 300, `${all.length} codes`)
  t.ok(all.every(code => /^0(?:10|2\d|[3-9]\d\d)$/.test(code)))
  t.ok(Object.values(codes).every(name => /^[\u4e00-\u9fff、]{2,12}$/.test(name)))
  for (const province of [
    '0311',
    '0351',
    '0371',
    '0411',
    '0431',
    '0451',
    '0471',
    '0531',
    '0551',
    '0571',
    '0591',
    '0731',
    '0771',
    '0791',
    '0851',
    '0871',
    '0891',
    '0898',
    '0931',
    '0951',
    '0971',
    '0991',
  ])
    t.ok(codes[province], province)
})

t.test('one caller has one spelling', async t => {
  const cases: [written: string, one: string][] = [
    ['13800138000', '13800138000'],
    ['013800138000', '13800138000'],
    ['+8613800138000', '13800138000'],
    ['8613800138000', '13800138000'],
    ['0086 138-0013-8000', '13800138000'],
    ['+8645188887777', '045188887777'],
    ['045188887777', '045188887777'],
    ['88887777', '88887777'],
    ['1001', '1001'],
    ['+441632960000', '+441632960000'],
    ['anonymous', 'anonymous'],
  ]
  for (const [written, one] of cases) t.equal(normaliseNumber(written), one, written)
  t.equal(outsideNumber('inbound', '+8613800138000', '12393'), '13800138000')
  t.equal(outsideNumber('outbound', '12393', '13800138000'), '13800138000')
  t.equal(outsideNumber('internal', '1001', '1002'), null)
  for (const hidden of ['anonymous', '', 'unavailable', '*#'])
    t.equal(outsideNumber('inbound', hidden, '12393'), null, 'a hidden number is nobody')
})

t.test('times carry the offset of the place', async t => {
  const cases: [zone: string, at: string, written: string][] = [
    ['Asia/Shanghai', '2025-06-01T00:00:00.123Z', '2025-06-01T08:00:00.123+08:00'],
    ['UTC', '2025-06-01T00:00:00Z', '2025-06-01T00:00:00.000+00:00'],
    ['America/St_Johns', '2025-01-01T00:00:00Z', '2024-12-31T20:30:00.000-03:30'],
    ['Europe/Berlin', '2025-06-01T00:00:00Z', '2025-06-01T02:00:00.000+02:00'],
    ['Europe/Berlin', '2025-12-01T00:00:00Z', '2025-12-01T01:00:00.000+01:00'],
  ]
  for (const [zone, at, written] of cases)
    t.equal(createIsoTime(zone)(Date.parse(at)), written, `${zone} ${at}`)
})

t.test(
  'the shape of a record: times as text, area from the number unless an agent wrote one',
  async t => {
    const shape = createRecordShape('Asia/Shanghai')
    const call = recordOf(wholeCall('c1', Date.parse('2025-06-01T00:00:00Z'), '045188887777'))!
    t.match(shape.call(call), {
      startedAt: '2025-06-01T08:00:00.000+08:00',
      answeredAt: '2025-06-01T08:00:13.000+08:00',
      endedAt: '2025-06-01T08:01:00.000+08:00',
      area: '哈尔滨',
    })
    t.equal(shape.call({ ...call, area: null, caller: '02188886666' }).area, '上海')
    t.equal(
      shape.call({ ...call, area: null, direction: 'outbound', callee: '01088886666' }).area,
      '北京',
    )
    t.equal(shape.call({ ...call, area: null, direction: 'internal' }).area, null)
    t.equal(shape.call({ ...call, endedAt: null, answeredAt: null }).endedAt, null)
    const missed = {
      id: 'm',
      callId: 'm',
      kind: 'callback',
      number: '1',
      at: 0,
      waitMs: 0,
      recordingId: null,
      state: 'open',
      doneBy: null,
      doneAt: null,
      note: null,
    } as const
    t.match(shape.missed(missed), { at: '1970-01-01T08:00:00.000+08:00', doneAt: null })
  },
)
