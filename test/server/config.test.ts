import t from 'tap'
import { execFileSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { readConfig, WrongConfiguration } from '../../server/config.ts'
import { createLog } from '../../server/log.ts'
import { maskNumber } from '../../server/auth/mask.ts'
import { lockMsAfter } from '../../server/auth/login.ts'
import { toCalendar, toCalendarRule } from '../../server/calendar-rule.ts'
import { startOfDay } from '../../server/start-of-day.ts'
import { createOpeningHours, standardCalendar } from '../../ivr-flows/index.ts'

t.test('nothing set gives a server of this machine alone', async t => {
  t.match(readConfig({}), {
    web: { host: '127.0.0.1', port: 8080 },
    sip: { host: '127.0.0.1', port: 5060 },
    eventSocket: { port: 8021 },
    rtpPorts: { first: 30_000, last: 31_999 },
    timeZone: 'Asia/Shanghai',
    switches: [],
    iceServers: [],
    drainMs: 30_000,
    outboundNumber: '12393',
  })
  t.match(readConfig({}).mediaDir, /data\/media$/)
  t.notOk(readConfig({ HOTLINE_PUBLIC_ADDRESS: '' }).publicAddress, 'empty means not set')
  t.throws(() => Object.assign(readConfig({}).web, { port: 1 }), 'frozen to the depth')
})

t.test('addresses with several parts', async t => {
  const config = readConfig({
    FREESWITCH_URL:
      'esl://:ClueCon@10.0.0.1:8021?ws=wss://a.test:7443&media=/mnt/media&tap=7070&sip=10.0.1.1:5080&weight=2, esl://:other@10.0.0.2?name=second',
    HOTLINE_ICE_SERVERS: 'stun:stun.test:3478,turn:user:pass@turn.test:3478?transport=tcp',
  })
  t.same(config.switches, [
    {
      name: '10.0.0.1:8021',
      url: 'esl://:ClueCon@10.0.0.1:8021',
      webSocketUrl: 'wss://a.test:7443',
      mediaDir: '/mnt/media',
      tap: '7070',
      sip: { host: '10.0.1.1', port: 5080 },
      weight: 2,
    },
    {
      name: 'second',
      url: 'esl://:other@10.0.0.2:8021',
      sip: { host: '10.0.0.2', port: 5060 },
      weight: 1,
    },
  ])
  t.same(
    config.edgeNodes,
    [
      { name: '10.0.0.1:8021', host: '10.0.1.1', port: 5080, weight: 2 },
      { name: 'second', host: '10.0.0.2', port: 5060, weight: 1 },
    ],
    'as the edge finds them, by the names that the switches have',
  )
  t.same(config.iceServers, [
    { urls: 'stun:stun.test:3478' },
    { urls: 'turn:turn.test:3478?transport=tcp', username: 'user', credential: 'pass' },
  ])
})

t.test('every wrong variable is named, one line each', async t => {
  const wrong: Record<string, string> = {
    HOTLINE_HTTP_PORT: '70000',
    HOTLINE_SIP_PORT: 'five',
    HOTLINE_TIME_ZONE: 'Mars/Olympus',
    HOTLINE_RTP_PORTS: '30000',
    FREESWITCH_URL: 'http://127.0.0.1',
    DRACHTIO_URL: 'redis://x',
    DATABASE_URL: 'mysql://x/y',
    REDIS_URL: 'localhost:6379',
    HOTLINE_ICE_SERVERS: 'turn:nobody',
    HOTLINE_ADMIN_PASSWORD: 'short',
    HOTLINE_TRUSTED_PROXIES: 'proxy.test',
    HOTLINE_SWITCH_SECRET: 'short',
    HOTLINE_DRAIN_SECONDS: '-1',
    HOTLINE_TRUNK: 'no port',
    HOTLINE_TLS_CERT: '/a/cert.pem',
  }
  try {
    readConfig(wrong)
    t.fail('must not be taken')
  } catch (error) {
    const problems = error instanceof WrongConfiguration ? error.problems : []
    const named = problems.map(problem => problem.split(' ')[0])
    for (const name of Object.keys(wrong)) {
      t.ok(named.includes(name === 'HOTLINE_TLS_CERT' ? 'HOTLINE_TLS_KEY' : name), name)
    }
    t.equal(problems.length, Object.keys(wrong).length)
    t.notOk(
      problems.some(problem => problem.includes('short')),
      'values that may be secret are not repeated',
    )
  }
})

t.test('the environment is read in one file a process', async t => {
  const found = execFileSync(
    'grep',
    ['-rlE', 'process\\.env', 'server', 'telephony', 'asr-tts', 'ivr-flows', 'integrations'],
    { encoding: 'utf8' },
  )
  t.same(found.trim().split('\n').sort(), ['server/config.ts', 'telephony/edge/config.ts'])
})

t.test('logs name nobody', async t => {
  const out = new PassThrough()
  const log = createLog('info', out)
  log.info(
    {
      caller: '13912341111',
      call: { callee: '12393', deep: { name: '王' } },
      headers: { authorization: 'Bearer x', cookie: 'y' },
      password: 'z',
      callId: 'c1',
    },
    'call offered',
  )
  const line = String(out.read())
  for (const secret of ['13912341111', '12393', '王', 'Bearer', '"y"', '"z"'])
    t.notOk(line.includes(secret), secret)
  t.match(JSON.parse(line), { level: 'info', callId: 'c1', msg: 'call offered' })
})

t.test('numbers are masked so that a person can still be told from another', async t => {
  const rows: [number: string, masked: string][] = [
    ['13912341111', '139****1111'],
    ['+8613912341111', '+86139****1111'],
    ['045188881234', '0451****1234'],
    ['88881234', '******34'],
    ['12393', '12393'],
    ['anonymous', 'anonymous'],
  ]
  for (const [number, masked] of rows) t.equal(maskNumber(number), masked, number)
})

t.test(
  'each wrong password beyond the fifth doubles the wait, up to a quarter of an hour',
  async t => {
    t.same(
      [1, 4, 5, 6, 7, 10, 30].map(lockMsAfter),
      [0, 0, 30_000, 60_000, 120_000, 900_000, 900_000],
    )
  },
)

t.test('a calendar filled in by people opens and closes as they meant', async t => {
  const rule = {
    ...toCalendarRule(standardCalendar()),
    holidays: { '2027-05-04': '青年节' },
    makeUpDays: { '2027-05-08': '2' as const },
  }
  const hours = createOpeningHours([toCalendar(rule)], [])
  const at = (text: string) => hours.openingOf('standard', Date.parse(`${text}+08:00`)).state
  t.equal(at('2027-05-06T09:30:00'), 'open', 'a Thursday')
  t.equal(at('2027-05-06T12:30:00'), 'closed', 'at lunch')
  t.equal(at('2027-05-04T09:30:00'), 'holiday')
  t.equal(at('2027-05-08T09:30:00'), 'open', 'a Saturday that is worked')
  t.equal(at('2027-05-09T09:30:00'), 'closed', 'a Sunday')
})

t.test('a day begins at midnight of the zone', async t => {
  const at = Date.parse('2026-11-22T03:00:00+08:00')
  t.equal(startOfDay(at, 'Asia/Shanghai'), Date.parse('2026-11-22T00:00:00+08:00'))
  t.equal(startOfDay(at, 'UTC'), Date.parse('2026-11-21T00:00:00Z'))
})
