import t from 'tap'
import { addDay, setShifts, withoutDay } from '../../agent-desktop/src/state/calendar.ts'
import { toFlowView } from '../../agent-desktop/src/state/flow-view.ts'
import {
  changesOf,
  emptyFields,
  problemsByField,
  SECTIONS,
  SETTINGS_FIELDS,
  toBody,
} from '../../agent-desktop/src/state/section.ts'
import {
  agentConfigSchema,
  contactReasonSchema,
  numberSchema,
  queueConfigSchema,
} from '../../server/api/schema.ts'
import { siteSettingsSchema } from '../../server/site-settings.ts'

const section = (id: string) => {
  const found = SECTIONS.find(one => one.id === id)
  if (!found) throw new Error(id)
  return found
}

t.test('every form has exactly the fields that the server knows', async t => {
  for (const [id, schema] of [
    ['queues', queueConfigSchema],
    ['agents', agentConfigSchema],
    ['numbers', numberSchema],
    ['reasons', contactReasonSchema],
  ] as const)
    t.same(
      section(id)
        .fields.map(field => field.id)
        .toSorted(),
      Object.keys(schema.shape).toSorted(),
      id,
    )
  t.same(
    SETTINGS_FIELDS.map(field => field.id).toSorted(),
    Object.keys(siteSettingsSchema.shape).toSorted(),
  )
})

t.test('a new thing filled in passes the server', async t => {
  const queues = section('queues')
  const body = toBody(
    { ...queues.blank, id: 'elder', name: '老年专席', overflowTo: '' },
    queues.fields,
    true,
  )
  t.notOk('overflowTo' in body, 'an empty choice is left out')
  t.ok(queueConfigSchema.safeParse(body).success)
  const reasons = section('reasons')
  t.same(
    toBody({ ...reasons.blank, id: 'a', name: '甲', parent: '' }, reasons.fields, true)['parent'],
    null,
  )
})

t.test('what saving will do is told field by field', async t => {
  const { fields } = section('queues')
  const before = { id: 'a', name: '甲', capacity: 30 }
  t.same(changesOf(before, { ...before, capacity: 20 }, fields), [
    { field: 'capacity', before: 30, after: 20 },
  ])
  t.same(
    changesOf(before, { ...before, overflowTo: '' }, fields),
    [],
    'nothing chosen is the same as nothing there',
  )
})

t.test('what must be filled is said before the server is asked', async t => {
  const users = section('users')
  t.same(emptyFields(users.blank, users.fields, true), ['username', 'name'])
  t.same(
    emptyFields({ username: 'a', name: 'b', roles: [], disabled: false }, users.fields, false),
    ['roles'],
  )
  t.same(
    problemsByField([
      { field: '/name', problem: 'too long' },
      { field: '/queues/a', problem: 'x' },
      5,
    ]),
    { name: 'too long', queues: 'x' },
  )
  t.same(problemsByField('no'), {})
})

t.test('a flow is read from its start, with every way out', async t => {
  const view = toFlowView({
    start: 'menu',
    nodes: {
      lost: { kind: 'hangup' },
      bye: { kind: 'hangup' },
      menu: {
        kind: 'menu',
        prompt: [{ say: '您好' }, { file: 'a.wav' }],
        choices: { 1: 'people' },
        otherwise: 'bye',
      },
      people: { kind: 'queue', queue: 'consult', timedOut: 'bye', otherwise: 'menu' },
      check: { kind: 'branch', cases: [{ equals: '5', next: 'bye' }], otherwise: 'bye' },
    },
  })
  t.same(
    view.map(node => node.name),
    ['menu', 'people', 'bye', 'lost', 'check'],
  )
  t.same(view[0]?.says, ['您好', 'a.wav'])
  t.same(view[0]?.exits, [
    { when: '1', next: 'people' },
    { when: 'otherwise', next: 'bye' },
  ])
  t.same(
    view.filter(node => node.unreachable).map(node => node.name),
    ['lost', 'check'],
  )
  t.same(view.at(-1)?.exits[0], { when: '= 5', next: 'bye' })
  t.same(
    [toFlowView(null), toFlowView({ nodes: [] }), toFlowView({ start: 'x', nodes: {} })],
    [[], [], []],
  )
})

t.test('a day is a holiday or a make-up day, never both', async t => {
  const rule = {
    id: 'w',
    name: '工作',
    timeZone: 'Asia/Shanghai',
    week: {} as never,
    holidays: { '2026-10-01': '国庆节' },
    makeUpDays: {},
  }
  const moved = addDay(rule, 'makeUpDays', '2026-10-01', '1')
  t.same([moved.holidays, moved.makeUpDays], [{}, { '2026-10-01': '1' }])
  t.same(withoutDay(moved, 'makeUpDays', '2026-10-01').makeUpDays, {})
  t.same(
    setShifts(rule, '1', [
      ['13:00', '17:00'],
      ['09:00', '12:00'],
    ]).week['1'],
    [
      ['09:00', '12:00'],
      ['13:00', '17:00'],
    ],
  )
})
