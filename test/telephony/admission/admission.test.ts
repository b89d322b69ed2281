import t from 'tap'
import {
  BAN_RULES,
  isBanned,
  onWrongPassword,
  type Suspicion,
} from '../../../telephony/admission/ban.ts'
import {
  admitCall,
  NO_CALLS,
  type CallInput,
  type CallRules,
  type CallState,
} from '../../../telephony/admission/call.ts'
import { createAdmission } from '../../../telephony/admission/keeper.ts'
import { takeToken, type Bucket } from '../../../telephony/admission/rate.ts'

const rules: CallRules = {
  publishedNumbers: ['12393'],
  blacklist: ['666'],
  lineLimit: 2,
  reserve: 1,
  hasBusyPrompt: true,
  callsPerMinutePerCaller: 3,
}
const input: CallInput = {
  at: 1_000_000,
  caller: '138',
  number: '12393',
  linesInUse: 0,
  announcing: 0,
}
const AGENT = { user: '1001' }

t.test('who may call what', async t => {
  const cases: [name: string, change: Partial<CallInput>, verdict: object][] = [
    ['a published number', {}, { type: 'line' }],
    [
      'another number',
      { number: '00852' },
      { type: 'blocked', reason: 'unknown-number', sipStatus: 404, announce: false },
    ],
    [
      'a blacklisted caller',
      { caller: '666' },
      { type: 'blocked', reason: 'blacklist', sipStatus: 603 },
    ],
    [
      'an agent, any number',
      { ...AGENT, number: '00852', linesInUse: 9 },
      { type: 'agent', user: '1001' },
    ],
    ['an agent is on no blacklist', { ...AGENT, caller: '666' }, { type: 'agent' }],
    ['the last line', { linesInUse: 1 }, { type: 'line' }],
    [
      'beyond the lines: announcement',
      { linesInUse: 2 },
      { type: 'blocked', reason: 'all-lines-busy', sipStatus: 486, announce: true, counted: true },
    ],
    ['the last line of its trunk', { trunk: { linesInUse: 4, lineLimit: 5 } }, { type: 'line' }],
    [
      'beyond the lines of its trunk, though the site has some',
      { trunk: { linesInUse: 5, lineLimit: 5 } },
      { type: 'blocked', reason: 'trunk-busy', sipStatus: 486, announce: true, counted: true },
    ],
    [
      'a trunk reaches published numbers only',
      { number: '00852', trunk: { linesInUse: 0, lineLimit: 5 } },
      { type: 'blocked', reason: 'unknown-number' },
    ],
    [
      'a blacklisted caller by a trunk',
      { caller: '666', trunk: { linesInUse: 0, lineLimit: 5 } },
      { type: 'blocked', reason: 'blacklist' },
    ],
    [
      'beyond the reserve: at once',
      { linesInUse: 2, announcing: 1 },
      { type: 'blocked', sipStatus: 486, announce: false },
    ],
  ]
  for (const [name, change, verdict] of cases)
    t.match(admitCall(NO_CALLS, { ...input, ...change }, rules).verdict, verdict, name)
  t.match(
    admitCall(NO_CALLS, { ...input, linesInUse: 2 }, { ...rules, hasBusyPrompt: false }).verdict,
    { announce: false },
    'no prompt, no announcement',
  )
  const { state } = admitCall(NO_CALLS, { ...input, ...AGENT }, rules)
  t.equal(state, NO_CALLS, 'an agent changes nothing')
})

t.test('a redialling caller is counted once in five seconds', async t => {
  let state: CallState = NO_CALLS
  const dial = (at: number, change: Partial<CallInput> = {}) => {
    const result = admitCall(
      state,
      { ...input, at, linesInUse: 2, ...change },
      { ...rules, callsPerMinutePerCaller: 100 },
    )
    state = result.state
    return result.verdict.type === 'blocked' && result.verdict.counted
  }
  t.equal(dial(0), true)
  t.equal(dial(4_999), false)
  t.equal(dial(4_999, { caller: '139' }), true, 'another caller counts')
  t.equal(dial(5_000), true, 'five seconds after the first')
  t.equal(dial(9_000), false)
  t.ok(state.blocked.length <= 2, 'what is old is forgotten')
})

t.test(
  'one caller who calls without end is stopped, those who withhold their number are not one caller',
  async t => {
    let state: CallState = NO_CALLS
    const dial = (at: number, caller: string) => {
      const result = admitCall(state, { ...input, at, caller }, rules)
      state = result.state
      return result.verdict.type
    }
    t.same(
      [0, 1, 2, 3].map(at => dial(at, '138')),
      ['line', 'line', 'line', 'blocked'],
    )
    t.equal(dial(4, '139'), 'line')
    t.equal(dial(20_010, '138'), 'line', 'a third of a minute later one more')
    for (let i = 0; i < 20; i++)
      if (dial(i, 'anonymous') !== 'line') t.fail('anonymous callers share no allowance')
  },
)

t.test('a bucket gives what its rate says, and a clock that steps back gives nothing', async t => {
  let bucket: Bucket | undefined
  const take = (at: number) => {
    const result = takeToken(bucket, { at }, { perSecond: 10, burst: 2 })
    bucket = result.state
    return result.verdict
  }
  t.same([0, 0, 0, 50, 100, 100].map(take), [
    'pass',
    'pass',
    'too-often',
    'too-often',
    'pass',
    'too-often',
  ])
  t.equal(take(-100_000), 'too-often')
  t.equal(take(10_000), 'pass')
})

t.test('wrong passwords cost a growing wait, then a ban with an end', async t => {
  let state: Suspicion | undefined
  const fail = (at: number) => {
    const result = onWrongPassword(state, { at }, BAN_RULES)
    state = result.state
    return result.verdict
  }
  const waits = Array.from({ length: 9 }, (_, i) => fail(i))
  t.same(
    waits.map(verdict => verdict.type === 'delayed' && verdict.delayMs),
    [250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000],
  )
  t.match(fail(9), { type: 'banned', until: 600_009 })
  t.equal(isBanned(state, 600_008), true)
  t.equal(isBanned(state, 600_009), false, 'the ban ends by itself')
  t.match(fail(2_000_000), { type: 'delayed', delayMs: 250 }, 'and long ago is forgiven')
})

t.test('the keeper holds it together', async t => {
  let limit = 5
  const admission = createAdmission(() => ({
    ...rules,
    lineLimit: 1,
    invitesPerSecondPerAddress: limit,
    registersPerSecondPerAddress: 1,
    invitesPerSecondPerTrunk: 20,
  }))
  const flood = Array.from({ length: 12 }, () => admission.onRequest('INVITE', '192.0.2.1', 0))
  t.equal(flood.filter(verdict => verdict === 'pass').length, 10, 'two seconds’ worth at once')
  t.equal(admission.onRequest('INVITE', '192.0.2.2', 0), 'pass', 'another address is not meant')
  t.equal(admission.onRequest('OPTIONS', '192.0.2.1', 0), 'pass', 'nor another method')
  limit = 100
  t.equal(
    admission.onRequest('INVITE', '192.0.2.1', 100),
    'pass',
    'a reloaded limit counts at once',
  )
  for (let i = 0; i < 9; i++) admission.onWrongPassword('198.51.100.7', i)
  admission.onRightPassword('198.51.100.7')
  t.match(
    admission.onWrongPassword('198.51.100.7', 10),
    { delayMs: 250 },
    'a right password wipes the slate',
  )
  for (let i = 0; i < 9; i++) admission.onWrongPassword('198.51.100.7', 20)
  t.equal(admission.onRequest('REGISTER', '198.51.100.7', 30), 'drop')
  t.equal(
    admission.onRequest('OPTIONS', '198.51.100.7', 30),
    'drop',
    'a banned source gets no answer at all',
  )
  t.match(admission.bans(30), [{ source: '198.51.100.7', until: 600_020, failures: 10 }])
  t.equal(admission.unban('198.51.100.7'), true)
  t.equal(admission.unban('198.51.100.7'), false)
  t.equal(admission.onRequest('REGISTER', '198.51.100.7', 31), 'pass')
  t.match(admission.onCall(input), { type: 'line' })
  for (let i = 0; i < 30_000; i++) admission.onRequest('INVITE', `10.0.${i >> 8}.${i & 255}`, 100)
  t.pass('thirty thousand addresses are bounded')
})

t.test('a trunk has a rate of its own, and no ban of whoever shares its address', async t => {
  const admission = createAdmission(() => ({
    ...rules,
    invitesPerSecondPerAddress: 1,
    registersPerSecondPerAddress: 100,
    invitesPerSecondPerTrunk: 20,
  }))
  const passed = (trunk?: string) =>
    Array.from({ length: 60 }, () => admission.onRequest('INVITE', '192.0.2.1', 0, trunk)).filter(
      verdict => verdict === 'pass',
    ).length
  t.equal(passed('main'), 40, 'two seconds’ worth of the trunk’s rate')
  t.equal(passed(), 2, 'a stranger at the same address has the stranger’s')
  for (let i = 0; i < 10; i++) admission.onWrongPassword('192.0.2.1', 10_000)
  t.equal(admission.onRequest('INVITE', '192.0.2.1', 10_001), 'drop')
  t.equal(admission.onRequest('INVITE', '192.0.2.1', 10_001, 'main'), 'pass')
  t.equal(admission.onRequest('REGISTER', '192.0.2.1', 10_001, 'main'), 'drop', 'phones are phones')
})
