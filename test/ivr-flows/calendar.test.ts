import t from 'tap'
import {
  createOpening,
  createOpeningHours,
  parseCalendar,
  parseHolidayYear,
  publishedHolidays,
  standardCalendar,
  type Calendar,
} from '../../ivr-flows/index.ts'

const HOUR_MS = 3_600_000
const standard = createOpening(standardCalendar(), publishedHolidays())
const beijing = (time: string) => Date.parse(`${time}:00+08:00`)

/** Time in Beijing, state, rule, and the next change in Beijing. */
const moments: [at: string, state: string, rule: string, next: string][] = [
  ['2026-03-02T08:59', 'closed', 'mon', '2026-03-02T09:00'],
  ['2026-03-02T09:00', 'open', 'mon 09:00–12:00', '2026-03-02T12:00'],
  ['2026-03-02T11:59', 'open', 'mon 09:00–12:00', '2026-03-02T12:00'],
  ['2026-03-02T12:00', 'closed', 'mon', '2026-03-02T13:00'],
  ['2026-03-02T13:00', 'open', 'mon 13:00–17:00', '2026-03-02T17:00'],
  ['2026-03-02T17:00', 'closed', 'mon', '2026-03-03T09:00'],
  ['2026-03-06T17:00', 'closed', 'fri', '2026-03-09T09:00'],
  ['2026-03-07T10:00', 'closed', 'sat', '2026-03-09T09:00'],
  ['2026-02-14T10:00', 'open', 'make-up workday 春节 09:00–12:00', '2026-02-14T12:00'],
  ['2026-02-14T17:00', 'closed', 'make-up workday 春节', '2026-02-15T00:00'],
  ['2026-02-15T00:00', 'holiday', 'holiday 春节', '2026-02-24T00:00'],
  ['2026-02-23T23:59', 'holiday', 'holiday 春节', '2026-02-24T00:00'],
  ['2026-02-24T00:00', 'closed', 'tue', '2026-02-24T09:00'],
  ['2025-12-31T17:30', 'closed', 'wed', '2026-01-01T00:00'],
  ['2025-10-08T12:00', 'holiday', 'holiday 国庆节、中秋节', '2025-10-09T00:00'],
  ['2025-09-28T16:00', 'open', 'make-up workday 国庆节、中秋节 13:00–17:00', '2025-09-28T17:00'],
  ['2027-02-01T10:00', 'open', 'mon 09:00–12:00', '2027-02-01T12:00'],
]
t.test('split shifts, holidays and make-up workdays have their rule and their end', async t => {
  for (const [at, state, rule, next] of moments) {
    t.same(standard(beijing(at)), { state, rule, nextChangeAt: beijing(next) }, at)
  }
})

// Days worked and days off as published, counted by hand from the notices.
const published: [year: number, holidays: string[], workdays: string[]][] = [
  [
    2025,
    ['01-01', '01-28…8', '04-04…3', '05-01…5', '05-31…3', '10-01…8'],
    ['01-26', '02-08', '04-27', '09-28', '10-11'],
  ],
  [
    2026,
    ['01-01…3', '02-15…9', '04-04…3', '05-01…5', '06-19…3', '09-25…3', '10-01…7'],
    ['01-04', '02-14', '02-28', '05-09', '09-20', '10-10'],
  ],
]
t.test('every day of 2025 and 2026 is as the State Council published it', async t => {
  for (const [year, holidays, workdays] of published) {
    const off = new Set(
      holidays.flatMap(text => {
        const [from = '', count = '1'] = text.split('…')
        const first = Date.parse(`${year}-${from}T00:00:00Z`)
        return Array.from({ length: Number(count) }, (_, index) =>
          new Date(first + index * 24 * HOUR_MS).toISOString().slice(5, 10),
        )
      }),
    )
    let wrong = 0
    for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 24 * HOUR_MS) {
      const day = new Date(at).toISOString().slice(0, 10)
      const weekend = [0, 6].includes(new Date(at).getUTCDay())
      const worked = workdays.includes(day.slice(5)) || (!weekend && !off.has(day.slice(5)))
      const state = off.has(day.slice(5)) ? 'holiday' : worked ? 'open' : 'closed'
      if (standard(beijing(`${day}T10:00`)).state !== state) wrong += 1
    }
    t.equal(wrong, 0, `${year}`)
    t.ok(
      workdays.every(day => [0, 6].includes(new Date(`${year}-${day}`).getUTCDay())),
      'make-up workdays are on weekends',
    )
  }
})

const shifts = [
  { from: '09:00', to: '12:00' },
  { from: '13:00', to: '17:00' },
]
const night = [
  { from: '00:00', to: '06:00' },
  { from: '22:00', to: '24:00' },
]
const calendarOf = (changes: object): Calendar => {
  const week = { mon: shifts, tue: shifts, wed: shifts, thu: shifts, fri: shifts, sat: [], sun: [] }
  const parsed = parseCalendar({ id: 'c', name: 'C', week, ...changes })
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.calendar
}
const everyNight = {
  mon: night,
  tue: night,
  wed: night,
  thu: night,
  fri: night,
  sat: night,
  sun: night,
}

t.test('over a year the engine agrees with the clock on the wall', async t => {
  for (const timeZone of [
    'Asia/Shanghai',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  ]) {
    const opening = createOpening(calendarOf({ timeZone }), [])
    const wall = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    let wrong = 0
    // 7 h 20 min steps meet every hour and weekday within a few weeks.
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 7.3333 * HOUR_MS) {
      const part = Object.fromEntries(
        wall.formatToParts(at).map(({ type, value }) => [type, value]),
      )
      const time = `${part.hour}:${part.minute}`
      const worked =
        !['Sat', 'Sun'].includes(part.weekday ?? '') &&
        shifts.some(({ from, to }) => from <= time && time < to)
      if ((opening(at).state === 'open') !== worked) wrong += 1
    }
    t.equal(wrong, 0, timeZone)
  }
})

t.test('nothing changes before the next change, and then it does', async t => {
  const calendars: [name: string, calendar: Calendar][] = [
    ['split shifts', standardCalendar()],
    ['nights in New York', calendarOf({ timeZone: 'America/New_York', week: everyNight })],
    [
      'a half-hour summer time',
      calendarOf({
        timeZone: 'Australia/Lord_Howe',
        week: { ...everyNight, sun: [{ from: '01:45', to: '02:15' }] },
      }),
    ],
  ]
  for (const [name, calendar] of calendars) {
    const opening = createOpening(calendar, publishedHolidays())
    let at = Date.UTC(2026, 0, 1)
    let changes = 0
    let wrong = 0
    while (at < Date.UTC(2027, 0, 1) && changes < 2000) {
      const { state, nextChangeAt = Number.NaN } = opening(at)
      const before = [0.25, 0.5, 0.75].map(part => Math.floor(at + (nextChangeAt - at) * part))
      if (![...before, nextChangeAt - 1].every(moment => opening(moment).state === state))
        wrong += 1
      if (!(nextChangeAt > at) || opening(nextChangeAt).state === state) wrong += 1
      at = nextChangeAt
      changes += 1
    }
    t.equal(wrong, 0, name)
    t.ok(changes > 500, `${changes} changes in the year`)
  }
})

t.test('the nights in which a clock is put forward or back', async t => {
  // New York 2026: forward at 07:00Z on 8 March (02:00 becomes 03:00), back at 06:00Z on 1 November (02:00 becomes 01:00).
  const opening = createOpening(
    calendarOf({
      timeZone: 'America/New_York',
      week: { ...everyNight, sun: [{ from: '02:30', to: '04:00' }] },
    }),
    [],
  )
  const at = (iso: string) => opening(Date.parse(iso)).state
  t.equal(at('2026-03-08T06:59:59Z'), 'closed')
  t.equal(at('2026-03-08T07:00:00Z'), 'open', '02:30 never comes, so the jump begins the shift')
  t.equal(at('2026-03-08T07:59:59Z'), 'open')
  t.equal(at('2026-03-08T08:00:00Z'), 'closed', '04:00 summer time')
  t.equal(at('2026-11-01T07:29:59Z'), 'closed')
  t.equal(at('2026-11-01T07:30:00Z'), 'open', '02:30 standard time')
})

t.test('a shift to midnight goes on in the next day without a seam', async t => {
  const always = [
    { from: '00:00', to: '12:00' },
    { from: '12:00', to: '24:00' },
  ]
  const week = { mon: always, tue: always, wed: [], thu: [], fri: [], sat: [], sun: [] }
  const opening = createOpening(calendarOf({ week }), [])
  t.equal(opening(beijing('2026-03-02T01:00')).nextChangeAt, beijing('2026-03-04T00:00'))
  const never = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] }
  t.same(createOpening(calendarOf({ week: never }), [])(0), { state: 'closed', rule: 'thu' })
})

t.test('own days win over the year, special days over everything', async t => {
  const calendar = calendarOf({
    days: [{ name: '除夕值班', day: '2026-02-16', shifts: [{ from: '09:00', to: '11:00' }] }],
    holidays: [{ name: '装修', from: '2026-03-03', to: '2026-03-04' }],
    workdays: [{ name: '应急', day: '2026-02-18' }],
    workdayLike: 'fri',
  })
  const opening = createOpening(calendar, publishedHolidays())
  t.match(opening(beijing('2026-02-16T10:00')), {
    state: 'open',
    rule: 'special day 除夕值班 09:00–11:00',
  })
  t.match(opening(beijing('2026-02-16T12:00')), { state: 'closed' })
  t.match(opening(beijing('2026-02-18T10:00')), { state: 'open', rule: /make-up workday 应急/ })
  t.match(opening(beijing('2026-03-04T10:00')), { state: 'holiday', rule: 'holiday 装修' })
})

t.test('a calendar that cannot be is refused with the reason', async t => {
  const broken: [changes: object, code: string][] = [
    [{ timeZone: 'Mars/Olympus' }, 'TIME_ZONE_UNKNOWN'],
    [{ week: { ...everyNight, mon: [{ from: '17:00', to: '09:00' }] } }, 'SHIFT_EMPTY'],
    [
      {
        week: {
          ...everyNight,
          mon: [
            { from: '09:00', to: '13:00' },
            { from: '12:00', to: '17:00' },
          ],
        },
      },
      'SHIFTS_OVERLAP',
    ],
    [{ week: { ...everyNight, mon: [{ from: '9:00', to: '12:00' }] } }, 'FIELD_MALFORMED'],
    [{ week: {} }, 'FIELD_MISSING'],
    [{ holidays: [{ name: 'a', from: '2026-02-30', to: '2026-03-01' }] }, 'DATE_UNKNOWN'],
    [{ holidays: [{ name: 'a', from: '2026-03-02', to: '2026-03-01' }] }, 'PERIOD_EMPTY'],
    [
      {
        holidays: [{ name: 'a', from: '2026-03-01', to: '2026-03-03' }],
        workdays: [{ name: 'b', day: '2026-03-02' }],
      },
      'DAY_CONTRADICTS',
    ],
  ]
  const right = { id: 'c', name: 'C', week: everyNight }
  for (const [changes, code] of broken) {
    t.match(parseCalendar({ ...right, ...changes }), { problems: [{ node: '(calendar)', code }] })
  }
  t.match(parseHolidayYear({ year: 2027 }), { problems: [{ code: 'FIELD_MISSING' }] })
  t.throws(() => createOpeningHours([], []).openingOf('night', 0), { code: 'CALENDAR_UNKNOWN' })
})
