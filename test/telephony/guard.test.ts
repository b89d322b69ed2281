// Admission on events: an embedded switch that lets everything in stands for one without rules of its own.
import t, { type Test } from 'tap'
import { BAN_RULES } from '../../telephony/admission/ban.ts'
import { createAdmission, type AdmissionRules } from '../../telephony/admission/keeper.ts'
import type { CallEvent } from '../../telephony/call/event.ts'
import type { PortId } from '../../telephony/softswitch/media/media.ts'
import { createGuard } from '../../telephony/guard.ts'
import { createTelephony } from '../../telephony/index.ts'
import { fakeSwitch } from '../fixtures/fake-switch.ts'
import { silentLog } from '../fixtures/log.ts'
import { PASSWORD, startTestSwitch } from '../fixtures/softswitch/switch.ts'
import { until } from '../fixtures/until.ts'

const BUSY = '/media/busy.wav'
const RULES: AdmissionRules = {
  publishedNumbers: ['12393'],
  blacklist: ['13800000666'],
  lineLimit: 2,
  reserve: 1,
  hasBusyPrompt: true,
  callsPerMinutePerCaller: 4,
  invitesPerSecondPerAddress: 50,
  registersPerSecondPerAddress: 50,
  invitesPerSecondPerTrunk: 200,
}

async function startGuarded(t: Test, rules: Partial<AdmissionRules> = {}) {
  const s = await startTestSwitch(t, {
    publishedNumbers: ['12393', '10000'],
    lines: { limit: 1000, reserve: 0 },
    rates: {
      invitesPerSecondPerAddress: 1000,
      registersPerSecondPerAddress: 1000,
      callsPerMinutePerCaller: 1000,
      invitesPerSecondPerTrunk: 1000,
    },
  })
  const url = `esl://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${s.socket.port}`
  return { s, url, ...(await guardOf(t, url, rules)) }
}

/** A server's view of a switch. */
async function guardOf(t: Test, url: string, rules: Partial<AdmissionRules> = {}) {
  const banned: string[] = []
  const guard = createGuard({
    admission: createAdmission(() => ({ ...RULES, ...rules })),
    arrivalOf: ({ callerNumber, calledNumber, networkAddress }) => ({
      caller: callerNumber,
      number: calledNumber,
      ...(networkAddress === '198.51.100.9' && { trunk: { id: 'narrow', lineLimit: 1 } }),
    }),
    mayAct: () => true,
    busyPrompt: () => BUSY,
    isOwn: address => address === '127.0.0.1',
    onBanned: address => banned.push(address),
  })
  const telephony = guard(
    createTelephony({ url, nodeName: 'bare', clock: { now: Date.now }, log: silentLog() }),
  )
  t.teardown(() => telephony.close())
  const heard: CallEvent[] = []
  telephony.onEvent(event => heard.push(event))
  await until('the connection', () => telephony.connected)
  return { telephony, heard, types: () => heard.map(({ type }) => type), banned }
}

t.test('a caller of a published number comes through as without a guard', async t => {
  const { s, heard, telephony } = await startGuarded(t)
  const caller = s.sip.receive({})
  const created = await until('the leg', () => heard.find(({ type }) => type === 'leg-created'))
  t.match(created, { callerNumber: '13800000001', calledNumber: '12393' })
  await until('the park', () => heard.some(({ type }) => type === 'leg-parked'))
  t.same(caller.answers, [])
  t.equal(telephony.nodeName, 'bare')
  t.ok(telephony.startedAt > 0, 'the rest of the door is the switch’s own')
})

t.test(
  'who may not ring in is refused with the status that says why, and never becomes a leg',
  async t => {
    const { s, heard, types } = await startGuarded(t)
    const cases = [
      [{ to: '10000' }, 404, 'unknown-number'],
      [{ from: '13800000666' }, 603, 'blacklist'],
    ] as const
    for (const [call, status, reason] of cases) {
      heard.splice(0)
      const caller = s.sip.receive(call)
      await until('the refusal', () => caller.answers.includes(`reject ${status}`))
      await until('the block', () => heard.some(({ type }) => type === 'call-blocked'))
      t.match(
        heard.find(({ type }) => type === 'call-blocked'),
        { reason, counted: true },
      )
      t.same(
        types().filter(type => type.startsWith('leg-')),
        [],
        'nothing else is heard of it',
      )
    }
  },
)

t.test('one caller who rings too often is a flood', async t => {
  const { s, heard } = await startGuarded(t, { callsPerMinutePerCaller: 1 })
  const first = s.sip.receive({})
  await until('the leg', () => heard.some(({ type }) => type === 'leg-parked'))
  const second = s.sip.receive({})
  await until('the refusal', () => second.answers.includes('reject 503'))
  t.match(
    heard.find(({ type }) => type === 'call-blocked'),
    { reason: 'flood' },
  )
  t.same(first.answers, [])
})

t.test(
  'beyond the limit a caller hears that all lines are busy, then 486; the next one at once',
  async t => {
    const { s, heard } = await startGuarded(t, { callsPerMinutePerCaller: 100 })
    for (const from of ['13800000001', '13800000002']) s.sip.receive({ from })
    await until('two lines', () => heard.filter(({ type }) => type === 'leg-parked').length === 2)
    const third = s.sip.receive({ from: '13800000003' })
    const port = await until('the announcement', () =>
      [...s.media.plays].find(([, { files }]) => files.includes(BUSY)),
    )
    t.same(
      third.answers.map(answer => answer.split(' ')[1]),
      ['183'],
      'as early media',
    )
    const fourth = s.sip.receive({ from: '13800000004' })
    await until('the refusal', () => fourth.answers.includes('reject 486'))
    t.same(fourth.answers, ['reject 486'], 'without an announcement: its ports are taken')
    s.media.finish(port[0] as PortId)
    await until('the refusal', () => third.answers.includes('reject 486'))
    t.match(
      heard.filter(({ type }) => type === 'call-blocked'),
      [
        { callerNumber: '13800000003', reason: 'all-lines-busy', counted: true },
        { callerNumber: '13800000004', reason: 'all-lines-busy', counted: true },
      ],
    )
    const again = s.sip.receive({ from: '13800000004' })
    await until('the refusal', () => again.answers.some(answer => answer.startsWith('progress')))
    t.match(
      heard.filter(({ type }) => type === 'call-blocked').at(-1),
      { callerNumber: '13800000004', counted: false },
      'a redial within five seconds is the same caller',
    )
  },
)

t.test('a line is free again when its caller has gone', async t => {
  const { s, heard } = await startGuarded(t, { lineLimit: 1, callsPerMinutePerCaller: 100 })
  const first = s.sip.receive({})
  await until('a line', () => heard.some(({ type }) => type === 'leg-parked'))
  first.hears.onCancelled()
  await until('its end', () => heard.some(({ type }) => type === 'leg-ended'))
  const second = s.sip.receive({ from: '13800000002' })
  await until('the next', () => heard.filter(({ type }) => type === 'leg-parked').length === 2)
  t.same(second.answers, [])
})

t.test('a trunk has a limit of its own', async t => {
  const { s, heard } = await startGuarded(t, { lineLimit: 10, callsPerMinutePerCaller: 100 })
  const address = '198.51.100.9'
  s.sip.receive({ from: '13800000001', address })
  await until('a line', () => heard.some(({ type }) => type === 'leg-parked'))
  const second = s.sip.receive({ from: '13800000002', address })
  await until('the refusal', () => second.answers.some(answer => /reject|progress/.test(answer)))
  t.match(
    heard.find(({ type }) => type === 'call-blocked'),
    { reason: 'trunk-busy', trunk: 'narrow' },
  )
})

t.test('lines that were there before this process count', async t => {
  const { s, url, heard, telephony } = await startGuarded(t, { lineLimit: 1 })
  s.sip.receive({})
  await until('a line', () => heard.some(({ type }) => type === 'leg-parked'))
  telephony.close()
  const next = await guardOf(t, url, { lineLimit: 1 })
  t.equal((await next.telephony.liveLegs()).length, 1)
  const another = s.sip.receive({ from: '13800000002' })
  await until('the announcement', () => another.answers.length > 0)
  t.match(another.answers[0], /183/)
})

t.test('an agent’s own call needs no line and no published number', async t => {
  const { s, heard } = await startGuarded(t, { lineLimit: 1 })
  s.sip.receive({})
  await until('a line', () => heard.some(({ type }) => type === 'leg-parked'))
  const agent = s.sip.receive({ from: '1001', to: '02712345678', user: '1001' })
  await until('the leg', () => heard.filter(({ type }) => type === 'leg-parked').length === 2)
  t.same(agent.answers, [])
})

t.test(
  'wrong passwords are counted by address until it is banned; our own address never is',
  async t => {
    const fake = await fakeSwitch(t)
    const { heard, banned } = await guardOf(t, fake.url)
    const fail = (address: string) =>
      fake.emit({
        'Event-Name': 'CUSTOM',
        'Event-Subclass': 'sofia::register_failure',
        'Event-Date-Timestamp': Date.now() * 1000,
        'to-user': '1001',
        'network-ip': address,
      })
    for (let i = 0; i < BAN_RULES.failuresBeforeBan * 2; i++) fail('127.0.0.1')
    for (let i = 0; i < BAN_RULES.failuresBeforeBan - 1; i++) fail('198.51.100.7')
    fail('198.51.100.8')
    fail('198.51.100.7')
    await until('the ban', () => banned.length > 0)
    t.same(banned, ['198.51.100.7'])
    t.notOk(
      heard.some(({ type }) => type === 'phone-refused'),
      'nobody else hears of it',
    )
  },
)
