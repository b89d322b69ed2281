import { readFile } from 'node:fs/promises'
import t from 'tap'
import {
  createOpeningHours,
  parseCalendar,
  parseFlow,
  parseHolidayYear,
  publishedHolidays,
  standardCalendar,
  standardFlow,
  waysOf,
  type FlowInput,
} from '../../ivr-flows/index.ts'
import {
  answered,
  digit,
  left,
  playIn,
  recorded,
  saidIn,
  silence,
  spoken,
  stopped,
  talkEnded,
} from './play.ts'

const hours = createOpeningHours([standardCalendar()], publishedHolidays())
const at = (time: string) => playIn({ at: Date.parse(`${time}+08:00`), openingOf: hours.openingOf })
const monday = at('2026-03-02T10:00:00')
const lunch = at('2026-03-02T12:30:00')
const festival = at('2026-02-17T10:00:00')
const makeUpSaturday = at('2026-02-14T10:00:00')

const greeted = [answered, spoken]
type Story = [name: string, when: typeof monday, inputs: FlowInput[], path: string, result?: string]
const stories: Story[] = [
  ['asks for a person', monday, [...greeted, digit('1')], 'main-menu agent'],
  [
    'asks before the greeting is over',
    monday,
    [answered, digit('1'), stopped, digit('1')],
    'main-menu agent',
  ],
  [
    'presses nothing and reaches a person',
    monday,
    [...greeted, spoken, silence],
    'main-menu agent',
  ],
  ['presses a wrong key and reaches a person', monday, [...greeted, digit('8')], 'main-menu agent'],
  ['works on a make-up Saturday', makeUpSaturday, [...greeted, digit('1')], 'main-menu agent'],
  [
    'is content',
    monday,
    [...greeted, digit('1'), talkEnded, digit('1'), spoken],
    'main-menu agent rating end-answered',
    'answered',
  ],
  [
    'does not rate',
    monday,
    [...greeted, digit('1'), talkEnded, spoken, silence, spoken, silence],
    'main-menu agent rating end-answered',
    'answered',
  ],
  [
    'finds the queue full and leaves a message',
    monday,
    [...greeted, digit('1'), left('full'), digit('1'), spoken, recorded(9000), spoken],
    'main-menu agent queue-full message message-kept end-voicemail',
    'voicemail',
  ],
  [
    'waits too long and is called back',
    monday,
    [...greeted, digit('1'), left('timed-out'), digit('2'), spoken],
    'main-menu agent long-wait callback end-callback',
    'callback',
  ],
  [
    'waits on',
    monday,
    [...greeted, digit('1'), left('timed-out'), digit('3')],
    'main-menu agent long-wait agent',
  ],
  [
    'asks for a callback while waiting',
    monday,
    [...greeted, digit('1'), left('asked-for-callback')],
    'main-menu agent callback',
  ],
  [
    'listens and hangs on',
    monday,
    [...greeted, digit('2'), digit('2'), spoken, spoken, silence, spoken],
    'main-menu self-service enrolment more goodbye end-self-service',
    'self-service',
  ],
  [
    'listens, goes back, then wants a person',
    monday,
    [...greeted, digit('2'), digit('3'), spoken, digit('9'), digit('0')],
    'main-menu self-service remote-care more self-service agent-by-hours agent',
  ],
  [
    'leaves a message',
    monday,
    [...greeted, digit('3'), spoken, digit('#'), recorded(4000), spoken],
    'main-menu message message-kept end-voicemail',
    'voicemail',
  ],
  [
    'says nothing',
    monday,
    [...greeted, digit('3'), spoken, recorded(0), spoken, recorded(0), spoken],
    'main-menu message message-empty end-unheard',
    'abandoned-ivr',
  ],
  [
    'comes at lunch and leaves a message',
    lunch,
    [...greeted, spoken, spoken, silence, spoken, recorded(3000), spoken],
    'closed closed-menu message message-kept end-voicemail',
    'voicemail',
  ],
  ['comes on a holiday', festival, [...greeted, spoken, digit('3')], 'holiday closed-menu message'],
  [
    'looks something up at night and cannot reach a person',
    lunch,
    [...greeted, spoken, digit('2'), digit('0'), spoken],
    'closed closed-menu self-service agent-by-hours no-agent-now message',
  ],
]

t.test('the standard flow: a caller', async t => {
  for (const [name, when, inputs, path, result] of stories) {
    const played = when(standardFlow(), ...inputs)
    t.equal(played.path.join(' '), `answer greeting opening ${path}`, name)
    const end = played.actions.find(({ type }) => type === 'hang-up')
    t.same(end, result && { type: 'hang-up', result })
  }
})

t.test('the greeting is short and the menu has three choices', async t => {
  t.equal(saidIn(monday(standardFlow(), answered).last), '您好，欢迎拨打12393医保服务热线。')
  t.equal(
    saidIn(monday(standardFlow(), ...greeted).last),
    '人工服务请按1，自助查询请按2，留言请按3。',
  )
})

t.test('the shipped files pass the gate, and every end has a result', async t => {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(
      await readFile(new URL(`../../ivr-flows/flows/${name}.json`, import.meta.url), 'utf8'),
    )
  t.match(parseFlow(await read('12393')), { flow: { id: '12393' } })
  t.match(parseCalendar(await read('calendar-standard')), { calendar: { id: 'standard' } })
  for (const year of [2025, 2026]) {
    t.match(parseHolidayYear(await read(`calendar-${year}`)), { year: { year } })
  }
  for (const [name, node] of Object.entries(standardFlow().nodes)) {
    if (node.kind === 'hangup') t.ok(node.result, name)
    if (node.kind === 'queue')
      t.equal(waysOf(node).length, 7, 'every way out of the queue is planned')
    if (node.kind === 'hours') t.ok(hours.has(node.calendar), node.calendar)
  }
})
